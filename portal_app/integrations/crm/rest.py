"""A CRM, or a bridge to one, that serves Portal Sync v1 over HTTP."""

import asyncio
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from pydantic_core import PydanticCustomError

from portal_app.integrations.crm.adapter import Capabilities, CommandAnswer, IdsPage
from portal_app.integrations.crm.bucket import USUAL_RPS, bucket_for
from portal_app.integrations.crm.errors import CrmBroken, CrmError, CrmRefused, CrmUnavailable, CursorRefused
from portal_app.integrations.crm.pages import (
    Item,
    Page,
    Rejected,
    Tombstone,
    load_object,
    read_ids,
    read_item,
    read_page,
)
from portal_app.integrations.crm.values import moment

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
ANSWER_SECONDS = 60.0
LARGEST_ANSWER = 64 * 1024 * 1024
SMALL_ANSWER = 16 * 1024
USUAL_PAGE = 200
LARGEST_PAGE = 500
_LATER = {408, 425, 429}
_LONGEST_WAIT = 3600.0


class RestAdapter:
    """Speaks Portal Sync v1 to one base address with one bearer token; keep it between passes, close it after."""

    def __init__(self, base_url: str, token: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "Porchlight",
        }
        timeout = httpx.Timeout(min(READ_SECONDS, answer_seconds), connect=CONNECT_SECONDS)
        self._extensions = {"timeout": timeout.as_dict()}
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
        )
        self._answer_seconds = answer_seconds
        self._bucket = bucket_for(self._base_url)

    async def close(self) -> None:
        """Let go of open connections."""
        await self._client.aclose()

    async def capabilities(self) -> Capabilities:
        """Return what the CRM offers, and keep to its limits from now on."""
        body = await self._read("/v1/capabilities")
        found = _capabilities(load_object(body))
        self._bucket.set_rate(found.rps)
        return found

    async def pull(self, stream: str, since: datetime | None, cursor: str | None, limit: int) -> Page:
        """Return one page of the records changed since a moment, or from a cursor on; CursorRefused when it is old."""
        query: dict[str, str | int] = {"limit": limit}
        if since is not None:
            query["updated_since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if cursor is not None:
            query["cursor"] = cursor
        body = await self._read(f"/v1/{stream}", query)
        # Handing a few records to a thread takes longer than reading them.
        return (
            read_page(stream, body) if len(body) <= SMALL_ANSWER else await asyncio.to_thread(read_page, stream, body)
        )

    async def ids(self, stream: str, cursor: str | None) -> IdsPage:
        """Return one page of the ids that exist."""
        body = await self._read(f"/v1/{stream}/ids", {} if cursor is None else {"cursor": cursor})
        ids, following = await asyncio.to_thread(read_ids, body)
        return IdsPage(tuple(ids), following)

    async def get(self, stream: str, external_id: str) -> Item | None:
        """Return one record as it is now; None for 404, a tombstone for 410."""
        status, headers, body = await self._ask("GET", f"/v1/{stream}/{quote(external_id, safe='')}")
        if status == 404:
            return None
        if status == 410:
            return _gone(external_id, body)
        _raise_for(status, headers, body)
        item = await asyncio.to_thread(lambda: read_item(stream, load_object(body)))
        if item.external_id != external_id and not isinstance(item, Rejected):
            raise CrmBroken("The CRM answered with another record than the one it was asked for.")
        return item

    async def apply(self, command: str, portal_id: str, body: Mapping[str, Any]) -> CommandAnswer:
        """Tell the CRM something under an id of ours, which is also the idempotency key."""
        path = "/".join(quote(part, safe="") for part in (command, *portal_id.split("/")))
        status, headers, text = await self._ask("PUT", f"/v1/{path}", key=portal_id, body=body)
        _raise_for(status, headers, text)
        answer = load_object(text)
        fields = (str(answer.get(name) or "") for name in ("status", "external_id", "reason"))
        return CommandAnswer(*fields)

    async def check(self) -> str:
        """Return in one sentence that the CRM can be read and with what; raises CrmError with why not."""
        found = await self.capabilities()
        return f"The CRM answers and offers {', '.join(found.streams)}."

    async def _read(self, path: str, query: Mapping[str, str | int] | None = None) -> bytes:
        """Read one answer; asked once more when the line broke, since reading changes nothing."""
        try:
            status, headers, body = await self._ask("GET", path, query)
        except _LineBroke:
            status, headers, body = await self._ask("GET", path, query)
        if query and "cursor" in query and status in (400, 404, 410, 422):
            raise CursorRefused("The CRM no longer knows the page it was asked to go on from.")
        _raise_for(status, headers, body)
        return body

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        key: str | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[int, httpx.Headers, bytes]:
        # Commands are what people did.
        await self._bucket.take(first=method == "PUT")
        # Made whole here: the client would put address, query and headers together anew for each request,
        # which takes longer than all else about a small answer.
        address = f"{self._base_url}{path}?{urlencode(query)}" if query else self._base_url + path
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        request = httpx.Request(method, address, headers=headers, json=body, extensions=self._extensions)
        try:
            async with asyncio.timeout(self._answer_seconds):
                response = await self._client.send(request, stream=True)
                try:
                    return response.status_code, response.headers, await _bounded(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise CrmUnavailable("The CRM took too long to answer.") from None
        except httpx.ConnectError:
            raise CrmUnavailable("The CRM cannot be reached.") from None
        except httpx.TransportError:
            raise _LineBroke("The CRM broke off before its answer was whole.") from None
        except httpx.DecodingError:
            raise CrmBroken("The CRM's answer cannot be unpacked.") from None


_PACKINGS = ("", "identity", "gzip")


class _LineBroke(CrmUnavailable):
    """The connection ended in the middle of things."""


async def _bounded(response: httpx.Response) -> bytes:
    """Return the body; a small answer that unpacks into a huge one is refused by its layers before it is opened."""
    if response.headers.get("content-encoding", "identity").strip().lower() not in _PACKINGS:
        raise CrmBroken("The CRM packs its answers in a way the portal does not open; gzip once is understood.")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise CrmBroken(f"The CRM's answer is larger than {LARGEST_ANSWER // 1024 // 1024} MiB.")
    return bytes(body)


def _raise_for(status: int, headers: httpx.Headers, body: bytes) -> None:
    """Raise the kind of trouble a status means; nothing for 2xx."""
    if 200 <= status < 300:
        return
    if status in (401, 403):
        raise CrmRefused("The CRM does not accept the portal's token. Give a new one, then press “poll now”.")
    if status in _LATER or status >= 500:
        words = "asks the portal to slow down" if status == 429 else f"is in trouble (it answered {status})"
        raise CrmUnavailable(f"The CRM {words}.", _retry_after(headers))
    if status == 409 and "Retry-After" in headers:
        # The contract: a command that came before and is still being worked on.
        raise CrmUnavailable("The CRM is still working on this.", _retry_after(headers))
    if 300 <= status < 400:
        raise CrmBroken("The CRM sends the portal to another address, which it does not follow: check PORTAL_CRM_URL.")
    raise CrmBroken(f"The CRM does not understand the portal (it answered {status}){_detail(body)}.")


def _detail(body: bytes) -> str:
    """Return what a problem+json answer says, shortened; empty for anything else."""
    try:
        detail = load_object(body[:10_000]).get("detail")
    except CrmError:
        return ""
    return f": {detail[:200].rstrip('.')}" if isinstance(detail, str) and detail.isprintable() else ""


def _retry_after(headers: httpx.Headers) -> float | None:
    """Read `Retry-After` (RFC 9110 §10.2.3): seconds, or a date by the CRM's own clock."""
    given = headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit() and len(given) < 10:
        return min(float(given), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(given)
        start = parsedate_to_datetime(headers.get("Date", ""))
        return min(max(0.0, (until - start).total_seconds()), _LONGEST_WAIT)
    except (ValueError, TypeError):
        return None


def _capabilities(answer: Mapping[str, Any]) -> Capabilities:
    limits = answer.get("limits")
    limits = limits if isinstance(limits, dict) else {}
    streams = answer.get("streams")
    if not isinstance(streams, list):
        raise CrmBroken("The CRM's capabilities name no streams: is PORTAL_CRM_URL the address of Portal Sync v1?")
    commands = answer.get("commands")
    return Capabilities(
        streams=tuple(name for name in streams if isinstance(name, str)),
        commands=tuple(name for name in commands if isinstance(name, str)) if isinstance(commands, list) else (),
        deletes="tombstone" if answer.get("deletes") == "tombstone" else "sweep",
        rps=_positive(limits.get("rps"), USUAL_RPS),
        page=int(min(_positive(limits.get("page"), USUAL_PAGE), LARGEST_PAGE)),
        time=_moment_or_none(answer.get("time")),
    )


def _positive(value: object, usual: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        return usual
    return float(value)


def _moment_or_none(value: object) -> datetime | None:
    try:
        return moment(value)
    except PydanticCustomError:
        return None


def _gone(external_id: str, body: bytes) -> Tombstone:
    """Read 410; its stamp is when the CRM says it was deleted."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = {}
    stamp = _moment_or_none(said.get("deleted_at") if isinstance(said, dict) else None)
    if stamp is None:
        raise CrmBroken("The CRM says that a record is gone but not since when.")
    return Tombstone(external_id, stamp)
