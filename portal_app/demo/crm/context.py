"""What every endpoint needs: the store, the token and the clock as the outside sees it."""

import re
from dataclasses import dataclass, field

from starlette.requests import Request

from portal_app.demo.crm import stamps
from portal_app.demo.crm.store import Row, Store

# The opening quote of a text follows one of these; a quote inside a text is escaped and follows a backslash.
_OWN_ADDRESS = re.compile(r'(?<=[:,\[])"@crm/')


@dataclass
class Clock:
    """The CRM's clock; stored stamps are true, what is served and read is `offset` microseconds off."""

    offset: int = 0
    whole_seconds: bool = False

    def now(self) -> int:
        """Give the true present, for storing."""
        return stamps.now_stamp()

    def shown_now(self) -> str:
        """Give the present as this clock tells it."""
        return self.shown(self.now())

    def shown(self, stamp: int) -> str:
        """Write a stored stamp as this clock tells it."""
        stamp += self.offset
        if self.whole_seconds:
            stamp -= stamp % stamps.SECOND
        return stamps.rfc3339(stamp)

    def stored(self, text: object) -> int:
        """Read a stamp of the outside into a stored one; raise ValueError with a sentence."""
        return stamps.read_rfc3339(text) - self.offset

    def lower_bound(self, text: object) -> int:
        """Read `updated_since`: with stamps cut to seconds, a record is compared by its cut stamp."""
        stamp = stamps.read_rfc3339(text)
        if self.whole_seconds:
            stamp = -(-stamp // stamps.SECOND) * stamps.SECOND
        return stamp - self.offset


@dataclass
class Crm:
    """One running CRM."""

    store: Store
    token: str
    clock: Clock = field(default_factory=Clock)
    running: set[tuple[str, str]] = field(default_factory=set)


def crm_of(request: Request) -> Crm:
    """Give the CRM that serves this request."""
    return request.app.state.crm


def origin_of(request: Request) -> str:
    """Give the address under which the client reached this server, such as `http://127.0.0.1:8001`."""
    return f"{request.url.scheme}://{request.url.netloc}"


def as_json(row: Row, clock: Clock, origin: str) -> str:
    """Write one record as served; `@crm/` at the start of a text becomes this server's own address."""
    if row.verbatim:
        return row.body
    head = f'"external_id":{_quoted(row.external_id)},"updated_at":"{clock.shown(row.updated_at)}"'
    if row.deleted:
        return f'{{{head},"deleted":true}}'
    body = _OWN_ADDRESS.sub(lambda _: f'"{origin}/', row.body)
    comma = "" if body == "{}" else ","
    return f'{{{head},"deleted":false{comma}{body[1:]}'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
