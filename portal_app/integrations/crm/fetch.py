"""Fetching a file whose address a CRM gave: what it says is data, not trust.

Only the CRM's own origin and hosts named in its settings are asked; a name is resolved once and the address that
was checked is the one connected to, so a name cannot change its mind in between. The token goes to the CRM alone.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
from httpcore._backends.auto import AutoBackend

LARGEST_FILE = 5 * 1024 * 1024
FILE_SECONDS = 15.0
MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
# Request Timeout, Too Early, Too Many Requests.
_SOON = {408, 425, 429}
# Another token, or another right of ours there, would help.
_FORBIDDEN = {401, 403, 407}
_Options = Iterable[httpcore.SOCKET_OPTION]


class FetchRefused(Exception):
    """The file must not or cannot be used, and asking again will not help; the message says why."""


class FetchFailed(Exception):
    """The file could not be fetched just now; the message says why.

    `forbidden` is when its server is well and does not let us in, which may last until somebody there does.
    """

    def __init__(self, reason: str, *, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.forbidden = forbidden


@dataclass(frozen=True, slots=True)
class Source:
    """Whose addresses these are: the CRM's base address and token, and the other hosts its files may come from."""

    base_url: str
    token: str
    hosts: tuple[str, ...] = ()


async def fetch_file(
    url: str, source: Source, largest: int = LARGEST_FILE, accept: bytes = b"image/webp,image/png,image/jpeg"
) -> bytes:
    """Return the bytes behind an address; raises FetchRefused or FetchFailed with a reason in words.

    `accept` is what its server is told we can use; what comes is still to be looked at.
    """
    try:
        async with asyncio.timeout(FILE_SECONDS):
            for _ in range(MOST_REDIRECTS + 1):
                answer = await _ask(url, source, largest, accept)
                if isinstance(answer, bytes):
                    return answer
                url = urljoin(url, answer)
    except TimeoutError:
        raise FetchFailed("It took too long to come.") from None
    raise FetchRefused("It is redirected too often.")


async def _ask(url: str, source: Source, largest: int, accept: bytes) -> bytes | str:
    """Return the body, or the address it is redirected to."""
    address, own = _checked(url, source)
    headers = [(b"Host", address.netloc.encode("idna" if not address.netloc.isascii() else "ascii"))]
    headers += [(b"Accept", accept), (b"Accept-Encoding", b"identity")]
    if own and source.token:
        headers.append((b"Authorization", b"Bearer " + source.token.encode()))
    backend = _CheckedBackend(loopback_allowed=_is_loopback_host(urlsplit(source.base_url).hostname or ""))
    try:
        async with (
            httpcore.AsyncConnectionPool(network_backend=backend) as pool,
            pool.stream("GET", url, headers=headers) as response,
        ):
            if response.status in _REDIRECTS:
                return _header(response, b"location")
            if response.status in _SOON or response.status >= 500:
                raise FetchFailed(f"Its server is in trouble (it answered {response.status}).")
            if response.status in _FORBIDDEN:
                raise FetchFailed(f"Its server does not let us in (it answered {response.status}).", forbidden=True)
            if response.status != 200:
                raise FetchRefused(f"Its server does not give it out (it answered {response.status}).")
            return await _bounded(response, largest)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
        raise FetchFailed("Its server cannot be reached.") from None
    except (httpcore.UnsupportedProtocol, UnicodeError, ValueError):
        raise FetchRefused("Its address cannot be used.") from None


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


async def _bounded(response: httpcore.Response, largest: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > largest:
            raise FetchRefused(f"It is larger than {largest // 1024 // 1024} MB.")
    return bytes(body)


def _checked(url: str, source: Source) -> tuple[SplitResult, bool]:
    """Return the address taken apart, and whether it is the CRM's own; FetchRefused for any other than allowed."""
    try:
        address, base = urlsplit(url), urlsplit(source.base_url)
        own = _origin(address) == _origin(base)
        listed = address.hostname in source.hosts and address.port is None and address.scheme == "https"
        if address.username is not None or address.scheme not in ("http", "https") or not address.hostname:
            raise FetchRefused("Its address cannot be used.")
    except ValueError:
        raise FetchRefused("Its address cannot be used.") from None
    if not own and not listed:
        raise FetchRefused(f"It lies on {address.hostname[:100]}, which is not a host the CRM's files may come from.")
    return address, own


def _origin(address: SplitResult) -> tuple[str, str | None, int]:
    return address.scheme, address.hostname, address.port or (443 if address.scheme == "https" else 80)


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses of the public internet (and to loopback where the CRM itself is there)."""

    def __init__(self, loopback_allowed: bool) -> None:
        self._inner: httpcore.AsyncNetworkBackend = AutoBackend()
        self._loopback_allowed = loopback_allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: _Options | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and connect to the very address that was checked."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore.ConnectError("the name cannot be resolved") from None
        for _, _, _, _, place in found:
            self._check(str(place[0]))
        return await self._inner.connect_tcp(str(found[0][4][0]), port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: _Options | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no address of ours is a socket file."""
        raise httpcore.UnsupportedProtocol("no socket files")

    async def sleep(self, seconds: float) -> None:
        """Sleep, for httpcore's own retries."""
        await self._inner.sleep(seconds)

    def _check(self, place: str) -> None:
        address = _meant(place)
        if address.is_loopback and self._loopback_allowed:
            return
        # Site-local addresses are out of use (RFC 3879), and some networks still have them.
        inside = not address.is_global or getattr(address, "is_site_local", False)
        if inside or address.is_multicast or address.is_reserved:
            raise FetchRefused("It lies inside a private network, where the portal does not look.")


def _meant(place: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address, or the older one that is written into it: mapped (RFC 4291) or by 6to4 (RFC 3056)."""
    address = ipaddress.ip_address(place.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or address.sixtofour or address
