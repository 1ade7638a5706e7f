"""Where a request came from, as far as it can be believed."""

import ipaddress

from starlette.requests import HTTPConnection

from portal_app.services.actors import Origin
from portal_app.settings import get_settings


def origin_of(request: HTTPConnection) -> Origin:
    """Return the client's address and browser; X-Forwarded-For counts only as deep as we have proxies of our own."""
    agent = "".join(c for c in request.headers.get("user-agent", "")[:300] if c.isprintable())
    peer = request.client.host if request.client else ""
    hops = get_settings().trusted_proxy_hops
    return Origin(network=_forwarded(request, hops) or _address(peer), user_agent=agent)


def _forwarded(request: HTTPConnection, hops: int) -> str:
    """Return the entry that our outermost proxy wrote: the `hops`-th from the right."""
    if hops == 0:
        return ""
    entries = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    return _address(entries[-min(hops, len(entries))].strip())


def _address(text: str) -> str:
    """Return an address without port, brackets or zone; empty when it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
