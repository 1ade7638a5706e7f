"""Reading a form that anybody may have written: from our own pages only, bounded, and each field once."""

import asyncio
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from portal_app.errors import PortalError
from portal_app.settings import get_settings

MOST_BYTES = 16 * 1024
MOST_FIELDS = 40
READ_SECONDS = 15
FORM_TYPE = "application/x-www-form-urlencoded"


class FormRefused(PortalError):
    """The request is no form of ours; `status` is the HTTP answer."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


def require_same_origin(request: Request) -> None:
    """Raise FormRefused (403) unless a page of this very site sent the request.

    Browsers name the sending site in Origin with every POST; Sec-Fetch-Site stands in where it is missing.
    """
    origins = request.headers.getlist("origin")
    if origins:
        ours = len(origins) == 1 and origins[0] in get_settings().origins
    else:
        ours = request.headers.getlist("sec-fetch-site") == ["same-origin"]
    if not ours:
        raise FormRefused("This form was sent from another site, so nothing was done. Please use our own page.", 403)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; raises FormRefused with a sentence for anything but a plain, small form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise FormRefused("We could not read that. Please use the form on our page.", 415)
    body = await bounded_body(request)
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:  # too many fields, or not UTF-8
        raise FormRefused("We could not read that. Please type it again.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs) or any("\0" in name or "\0" in value for name, value in pairs):
        raise FormRefused("We could not read that. Please type it again.")
    return fields


async def bounded_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """Return a request's body; raises FormRefused (413) when it is larger, 408 when it does not come."""
    too_long = FormRefused("That is more than we can take in one form. Please shorten it.", 413)
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or int(announced[:12]) > most_bytes:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise too_long
    except (TimeoutError, ClientDisconnect) as error:
        raise FormRefused("The form did not arrive whole. Please send it again.", 408) from error
    return bytes(body)
