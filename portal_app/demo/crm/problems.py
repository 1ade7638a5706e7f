"""Errors as RFC 9457 problem+json, the bearer token, and request bodies read with care."""

import hmac
import json
from typing import Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal_app.demo.crm.store import Record, dumps

MAX_BODY = 2 * 1024 * 1024

_TITLES = {
    400: "The request is not understood",
    401: "A bearer token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Not a method of this address",
    409: "In conflict with what is there",
    410: "Deleted",
    413: "Too large",
    422: "This id was used for something else",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available just now",
}


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """Answer with an RFC 9457 problem; `detail` is a sentence, `more` are further members."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Refused"), "status": status, "detail": detail, **more}
    return Response(dumps(body), status, headers, media_type="application/problem+json")


def refuse(status: int, detail: str, headers: dict[str, str] | None = None) -> NoReturn:
    """Stop here and answer with a problem."""
    raise HTTPException(status, detail, headers)


async def answer_http_exception(_: Request, error: Exception) -> Response:
    """Turn a refusal, ours or the router's, into a problem."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, error.detail, headers)


def check_token(request: Request, token: str) -> None:
    """Refuse with 401 unless the request carries `Authorization: Bearer` with the right token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not right:
        refuse(401, "Send the token of this CRM as `Authorization: Bearer …`.", {"WWW-Authenticate": "Bearer"})


async def read_bytes(request: Request) -> bytes:
    """Read a body of at most 2 MiB; 413 for a larger one."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            refuse(413, "A body may have 2 MiB at most.")
    return bytes(body)


async def read_object(request: Request) -> Record:
    """Read a body that must be one JSON object; 400 for anything else."""
    body = await read_bytes(request)
    try:
        value = json.loads(body)
        dumps(value)
    except (ValueError, RecursionError):
        refuse(400, "The body is not JSON.")
    if not isinstance(value, dict):
        refuse(400, "The body must be a JSON object.")
    return value
