"""One pass over a CRM: walk every stream, store each page with its cursor, and say how it went.

The network is never inside a transaction: while one page is being stored, the next one is on its way.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlmodel import Session

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.integrations.crm.adapter import Capabilities, CrmAdapter
from portal_app.integrations.crm.errors import CrmBroken, CrmError, CrmRefused, CrmUnavailable, CursorRefused
from portal_app.integrations.crm.pages import Item, Page, Record, Rejected
from portal_app.integrations.crm.records import STREAMS
from portal_app.services import crm_connection, crm_cursors, crm_set_aside, crm_technicians
from portal_app.services.crm_cursors import Walk
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import Counts, has_news, store_items
from portal_app.workflows import crm_photos, crm_sweep
from portal_app.workflows.crm_pass import Pass

MOST_PAGES = 100_000
MOST_EMPTY_PAGES = 1_000
UNAVAILABLE_IN_A_ROW = 3
# The CRM's clock may drift and answers may take long; a step back larger than this is a clock set right.
CLOCK_STEP = timedelta(seconds=30)
CLOCK_NOISE = timedelta(seconds=2)
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class StreamResult:
    """How one stream went: records read, changed and set aside, and what went wrong in words."""

    stream: str
    read: int = 0
    changed: int = 0
    set_aside: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class PassResult:
    """How a pass went. `retry_after` is in seconds where the CRM named a time; `stopped` when it refused the token."""

    streams: tuple[StreamResult, ...]
    error: str = ""
    retry_after: float | None = None
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """Whether every stream was read to its end."""
        return not self.error and all(not stream.error for stream in self.streams)

    @property
    def failed(self) -> bool:
        """Whether nothing could be read, or the CRM asked to be left alone."""
        return bool(self.error) or (bool(self.streams) and all(stream.error for stream in self.streams))

    def sentence(self) -> str:
        """Return what went wrong, empty when nothing did."""
        return self.error or " ".join(f"{one.stream}: {one.error}" for one in self.streams if one.error)


async def run_pass(connection_id: int, adapter: CrmAdapter, holder: str | None = None) -> PassResult:
    """Read all that changed in the CRM. Trouble with it is in the result; only LeaseLost and bugs raise."""
    this = await asyncio.to_thread(_begin, connection_id, adapter, holder)
    try:
        this, capabilities = await _look(this)
        result = await _walk_streams(this, capabilities)
        await _settle(this)
        result = replace(result, streams=tuple(_with_late(this, stream) for stream in result.streams))
        if result.complete:
            await _fetch_photos(this, result)
            await crm_sweep.sweep_when_due(this, capabilities)
    except CrmRefused as error:
        sentence = error.sentence
        await this.write(lambda session: crm_connection.stop(session, connection_id, sentence))
        result = PassResult((), sentence, stopped=True)
    except CrmUnavailable as error:
        result = PassResult((), error.sentence, error.retry_after)
    except CrmError as error:
        result = PassResult((), error.sentence)
    await this.write(lambda session: _end(session, this, result))
    return result


def _begin(connection_id: int, adapter: CrmAdapter, holder: str | None) -> Pass:
    """Note that a pass begins, and read in the same transaction all that it starts from."""
    with transaction() as session:
        row = crm_connection.pass_started(session, connection_id)
        return Pass(
            connection_id,
            adapter,
            dict(row.status_map),
            holder,
            row.clock_lead,
            row.last_sweep_at,
            walks=crm_cursors.walks(session, connection_id),
            with_asides=crm_set_aside.streams(session, connection_id),
            photos_wanted=bool(crm_technicians.wanted_photos(session, connection_id, clock.now())),
        )


def _end(session: Session, this: Pass, result: PassResult) -> None:
    crm_cursors.nothing_new(session, this.connection_id, this.nothing_new)
    crm_connection.pass_ended(
        session,
        this.connection_id,
        complete=result.complete,
        sentence=result.sentence(),
        failed=result.failed,
        wait=result.retry_after,
    )


async def _fetch_photos(this: Pass, result: PassResult) -> None:
    """Fetch what is wanted; looked for only where something is, or technicians have changed just now."""
    if this.photos_wanted or any(stream.stream == "technicians" and stream.changed for stream in result.streams):
        await crm_photos.fetch_photos(this)


async def _look(this: Pass) -> tuple[Pass, Capabilities]:
    """Ask what the CRM offers, and notice when its clock was set back since the last pass."""
    before = clock.now()
    capabilities = await this.adapter.capabilities()
    after = clock.now()
    if capabilities.time is not None:
        least, most = (capabilities.time - after).total_seconds(), (capabilities.time - before).total_seconds()
        if this.clock_lead is None or abs(least - this.clock_lead) > CLOCK_NOISE.total_seconds():
            walks = await this.write(lambda session: _compare_clocks(session, this.connection_id, least, most))
            this = replace(this, walks=walks)
    return replace(this, page=capabilities.page), capabilities


def _compare_clocks(session: Session, connection_id: int, least: float, most: float) -> Mapping[str, Walk]:
    """Compare how far the CRM's clock is ahead of ours with the last time.

    Our clock never enters a cursor. But once the CRM's was set back, its stamps start again below the ones stored
    here, and neither the cursors nor "older is ignored" can be trusted: then everything is read once more.
    Returns the walks to go on with.
    """
    row = crm_connection.get_one(session, connection_id)
    if row.clock_lead is not None and most < row.clock_lead - CLOCK_STEP.total_seconds():
        log.warning("crm_clock_set_back", seconds=round(row.clock_lead - most))
        crm_cursors.read_everything_again(session, connection_id)
    row.clock_lead = least
    session.flush()
    return crm_cursors.walks(session, connection_id)


async def _walk_streams(this: Pass, capabilities: Capabilities) -> PassResult:
    results: list[StreamResult] = []
    unavailable = 0
    for stream in STREAMS:
        if stream not in capabilities.streams:
            continue
        try:
            results.append(await _walk(this, this.walks.get(stream) or crm_cursors.first_walk(stream)))
            unavailable = 0
        except CrmRefused:
            raise
        except CrmError as error:
            log.warning("crm_stream_failed", stream=stream, reason=error.sentence)
            sentence = error.sentence
            await this.write(
                lambda session, s=stream, e=sentence: crm_cursors.failed(session, this.connection_id, s, e)
            )
            results.append(StreamResult(stream, error=sentence))
            unavailable = unavailable + 1 if isinstance(error, CrmUnavailable) else 0
            wait = error.retry_after if isinstance(error, CrmUnavailable) else None
            if wait is not None or unavailable == UNAVAILABLE_IN_A_ROW:
                return PassResult(tuple(results), sentence, wait)
    return PassResult(tuple(results))


async def _walk(this: Pass, walk: Walk) -> StreamResult:
    """Walk one stream to its end, from where an unfinished walk stands; afresh when the CRM forgot that place."""
    try:
        return await _walk_pages(this, walk)
    except CursorRefused:
        await this.write(lambda session: crm_cursors.forget_walk(session, this.connection_id, walk.stream))
        walks = await asyncio.to_thread(_walks, this.connection_id)
        return await _walk_pages(this, walks[walk.stream])


def _walks(connection_id: int) -> Mapping[str, Walk]:
    with reading() as session:
        return crm_cursors.walks(session, connection_id)


async def _walk_pages(this: Pass, walk: Walk) -> StreamResult:
    guard = _Guard()
    forget = partial(crm_cursors.forget_walk, connection_id=this.connection_id, stream=walk.stream)
    read, total = 0, Counts()
    coming = asyncio.create_task(this.adapter.pull(walk.stream, walk.since, walk.cursor, this.page))
    try:
        while True:
            page = await coming
            if not guard.goes_on(walk.cursor, page):
                await this.write(forget)
                raise CrmBroken("The CRM gives out the same pages over and over, so reading them never ends.")
            following = page.next_cursor
            if following is not None:
                coming = asyncio.create_task(this.adapter.pull(walk.stream, walk.since, following, this.page))
            total.add(await _store(this, walk, page))
            read += page.rows
            if following is None:
                return StreamResult(walk.stream, read, total.changed, total.set_aside)
            walk = replace(walk, cursor=following)
    finally:
        if not coming.done():
            coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


class _Guard:
    """Notices a walk that cannot end: a cursor given out twice, or pages without rows for ever."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._empty = 0

    def goes_on(self, cursor: str | None, page: Page) -> bool:
        """Return whether the walk may go on from this page, which came from that cursor."""
        self._seen.add(hash(cursor))
        self._empty = 0 if page.rows else self._empty + 1
        if page.next_cursor is None:
            return True
        again = hash(page.next_cursor) in self._seen
        return not again and self._empty < MOST_EMPTY_PAGES and len(self._seen) < MOST_PAGES


async def _store(this: Pass, walk: Walk, page: Page) -> Counts:
    """Store a page and its cursor together; one that seems to hold nothing new waits for the next `_settle`."""
    if walk.moves_nothing(page):
        this.quiet.append((walk, page))
        return Counts()
    await _settle(this)
    return await _store_now(this, walk, page)


async def _settle(this: Pass) -> None:
    """Look at the quiet pages together, and store those that hold news after all, in the order they were read.

    In an idle pass this is the one time the database is asked about records.
    """
    if not this.quiet:
        return
    quiet = list(this.quiet)
    this.quiet.clear()
    for (walk, page), news in zip(quiet, await asyncio.to_thread(_have_news, this, quiet), strict=True):
        if news:
            this.late[walk.stream] = await _store_now(this, walk, page)
        else:
            this.nothing_new[walk.stream] = page.rows


def _have_news(this: Pass, quiet: Sequence[tuple[Walk, Page]]) -> list[bool]:
    with reading() as session:
        return [
            has_news(
                session, this.reading(walk, page.server_time), walk.stream, page.items, walk.stream in this.with_asides
            )
            for walk, page in quiet
        ]


def _with_late(this: Pass, result: StreamResult) -> StreamResult:
    """Return a stream's result with what was stored of it when the quiet pages were looked at."""
    counts = this.late.get(result.stream)
    if counts is None:
        return result
    return replace(result, changed=result.changed + counts.changed, set_aside=result.set_aside + counts.set_aside)


async def _store_now(this: Pass, walk: Walk, page: Page) -> Counts:
    """Store a page and its cursor together; a page the database refuses is stored record by record."""
    try:
        return await this.write(lambda session: _store_page(session, this, walk, page, store_items))
    except OperationalError:
        raise
    except (DBAPIError, StatementError, ValueError, TypeError, KeyError) as error:
        log.error("crm_page_refused", stream=walk.stream, reference=logs.reference(), exc_info=error)
        return await this.write(lambda session: _store_page(session, this, walk, page, _store_one_by_one))


def _store_page(
    session: Session,
    this: Pass,
    walk: Walk,
    page: Page,
    store: Callable[[Session, Reading, str, tuple[Item, ...]], Counts],
) -> Counts:
    counts = store(session, this.reading(walk, page.server_time), walk.stream, page.items)
    crm_cursors.page_stored(session, this.connection_id, walk, page, counts)
    return counts


def _store_one_by_one(session: Session, how: Reading, stream: str, items: tuple[Item, ...]) -> Counts:
    """Store what can be stored; set the rest aside with a reference into the log."""
    total = Counts()
    for item in items:
        try:
            with session.begin_nested():
                total.add(store_items(session, how, stream, [item]))
        except OperationalError:
            raise
        except (DBAPIError, StatementError, ValueError, TypeError, KeyError) as error:
            reference = logs.reference()
            log.error("crm_record_refused", stream=stream, record=item.external_id, reference=reference, exc_info=error)
            reason = f"The portal could not store it; the log says why under {reference}."
            shown = str(item.model_dump(mode="json", exclude_defaults=True))[:500] if isinstance(item, Record) else ""
            rejected = Rejected(item.external_id, item.updated_at, reason, shown)
            total.add(store_items(session, how, stream, [rejected]))
    return total
