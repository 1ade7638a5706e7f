"""The sync page's words."""

from dataclasses import dataclass, field
from datetime import datetime

from portal_app import clock
from portal_app.services.business import Look
from portal_app.services.crm_connection import SetAsideRow, StreamOverview, SyncOverview


@dataclass(frozen=True)
class StreamRow:
    """One stream: its name in words, when it last succeeded, rows of its last walk, and what is wrong."""

    name: str = ""
    last: str = ""
    last_iso: str = ""
    read: int = 0
    changed: int = 0
    set_aside: int = 0
    problem: str = ""
    walking: bool = False


@dataclass(frozen=True)
class AsideRow:
    """One record that could not be stored, and why."""

    stream: str = ""
    external_id: str = ""
    reason: str = ""
    excerpt: str = ""
    since: str = ""


@dataclass(frozen=True)
class SyncView:
    """The whole page; `tone` is complete, processing or overdue (the colour of the state's badge)."""

    connected: bool = False
    tone: str = "processing"
    state: str = ""
    sentence: str = ""
    address: str = ""
    last: str = ""
    last_iso: str = ""
    polling: bool = False
    streams: list[StreamRow] = field(default_factory=list)
    set_aside: list[AsideRow] = field(default_factory=list)
    set_aside_more: str = ""


def sync_view(overview: SyncOverview, look: Look) -> SyncView:
    """Return the page for one state of the connection."""
    if overview.state == "none":
        return SyncView(
            state="Not connected",
            sentence="No CRM is set up. Give PORTAL_CRM_URL and PORTAL_CRM_TOKEN, then start the portal again.",
        )
    state, tone, sentence = _state(overview)
    more = overview.set_aside_count - len(overview.set_aside)
    return SyncView(
        connected=True,
        tone=tone,
        state=state,
        sentence=sentence,
        address=overview.base_url,
        last=_moment(overview.last_success_at, look),
        last_iso=clock.iso(overview.last_success_at),
        polling=overview.poll_wanted,
        streams=[_stream(stream, look) for stream in overview.streams],
        set_aside=[_aside(row, look) for row in overview.set_aside],
        set_aside_more=f"and {more} more" if more > 0 else "",
    )


def _state(overview: SyncOverview) -> tuple[str, str, str]:
    if overview.state == "stopped":
        return "Stopped", "overdue", f"{overview.last_error} Nothing is fetched until you press “Poll now”."
    if overview.last_error:
        return "Trouble", "overdue", f"{overview.last_error} We keep trying by ourselves."
    if overview.last_success_at is None:
        return "First import", "processing", "The first import is under way; customers appear as it goes on."
    troubled = [stream for stream in overview.streams if stream.error or stream.warning]
    if troubled:
        return "Partly", "processing", "Some streams need a look; the others are up to date."
    aside = overview.set_aside_count
    if aside:
        records = "one record, which is" if aside == 1 else f"{aside} records, which are"
        return "Up to date", "complete", f"What the CRM has told us is in the portal but for {records} set aside below."
    return "Up to date", "complete", "Everything the CRM has told us is in the portal."


def _stream(stream: StreamOverview, look: Look) -> StreamRow:
    return StreamRow(
        name=_name(stream.stream),
        last=_moment(stream.last_success_at, look),
        last_iso=clock.iso(stream.last_success_at),
        read=stream.rows_read,
        changed=stream.rows_changed,
        set_aside=stream.set_aside,
        problem=stream.error or stream.warning,
        walking=stream.walking,
    )


def _name(stream: str) -> str:
    return stream.replace("-", " ").capitalize()


def _aside(row: SetAsideRow, look: Look) -> AsideRow:
    return AsideRow(_name(row.stream), row.external_id, row.reason, row.excerpt, _moment(row.since, look))


def _moment(moment: datetime | None, look: Look) -> str:
    if moment is None:
        return "never"
    day = clock.local(moment, look.zone).date()
    time = clock.show_time(moment, look.zone, look.locale)
    return time if day == clock.today(look.zone) else f"{clock.show_day(day, look.locale)}, {time}"
