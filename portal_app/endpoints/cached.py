"""Answers that are the same for everybody: kept by browsers, asked for again by ETag, text compressed.

Only for what the portal makes of the business's public words, colours and pictures. An answer that holds a secret
beside something a visitor sent must not be compressed: its length would tell of the one by way of the other (BREACH).
"""

import gzip
import hashlib
from functools import lru_cache

import brotli
from starlette.requests import Request
from starlette.responses import Response

_TEXT = {"image/svg+xml", "text/css", "text/javascript", "text/html", "application/manifest+json"}
# The smaller one first.
_ENCODINGS = ("br", "gzip")


def answer_cached(request: Request, body: bytes, media_type: str) -> Response:
    """Return the body with an ETag, or 304 when the browser already has it; text is compressed where it may be."""
    headers = {"cache-control": "no-cache"}
    tag = hashlib.sha256(body).hexdigest()[:20]
    if media_type in _TEXT:
        headers["vary"] = "accept-encoding"
        encoding = encoding_for(", ".join(request.headers.getlist("accept-encoding")))
        if encoding:
            body, tag = _compressed(body, encoding), f"{tag}-{encoding}"
            headers["content-encoding"] = encoding
    headers["etag"] = f'"{tag}"'
    if _has(", ".join(request.headers.getlist("if-none-match")), tag):
        headers.pop("content-encoding", None)
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def encoding_for(accepted: str) -> str:
    """Return `br` or `gzip`, whichever an Accept-Encoding header likes better, or nothing to send the body as it is."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter)
    others = weights.get("*", 0.0)
    best = max(_ENCODINGS, key=lambda name: weights.get(name, others))
    wanted = weights.get(best, others)
    return best if wanted > 0 and wanted >= weights.get("identity", 0.0) else ""


def _weight(parameter: str) -> float:
    """Return the q-value of RFC 9110, 0 for what cannot be read: what is not understood is not sent."""
    name, _, value = parameter.replace(" ", "").partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _has(known: str, tag: str) -> bool:
    """Return whether an If-None-Match header names the tag; proxies mark those they pass on as weak."""
    return any(one.strip().removeprefix("W/") == f'"{tag}"' for one in known.split(","))


@lru_cache(maxsize=64)
def _compressed(body: bytes, encoding: str) -> bytes:
    return brotli.compress(body) if encoding == "br" else gzip.compress(body, mtime=0)
