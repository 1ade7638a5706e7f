"""How far what is said of today's visit can be trusted, in one sentence that is true whenever it is read."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from portal_app import clock
from portal_app.components.visit_words import LIVE, MOVING, is_ahead, is_overdue, is_today, late_at, passes_at
from portal_app.components.words import Words
from portal_app.services.visits import VisitFacts

# A CRM that is asked every minute and has not answered for so long says nothing of now.
OLD = timedelta(minutes=15)


def freshness_of(visit: VisitFacts | None, words: Words, as_of: datetime | None) -> str:
    """Return `Between 10 and 12; now likely 11:10, told at 10:42.`, and that the office's data is old where it is.

    Empty for what is neither today's nor under way. `as_of` is when the CRM was last heard, None without one.
    """
    if visit is None or visit.status not in {*MOVING, *LIVE} or not is_today(visit, words):
        return ""
    parts = [_window(visit, words), _likely(visit, words)] if visit.status in MOVING else []
    said = "; ".join(part for part in parts if part)
    sentences = [f"{said[:1].upper()}{said[1:]}." if said else "", _old(words, as_of)]
    return " ".join(sentence for sentence in sentences if sentence)


def _window(visit: VisitFacts, words: Words) -> str:
    """Return the window, with its day where it is over since before today; empty once somebody has come.

    One of several days is what the page's heading says as long as it is open.
    """
    if visit.begun:
        return ""
    start, end, span = visit.window_start, visit.window_end, words.span(visit)
    if start is None:
        return span
    if words.several_days(visit) is not None:
        return f"was due {span}" if is_overdue(visit, words) else ""
    ends = words.last_day(start, end) if end and words.whole_days(start, end) else words.day(end or start)
    if ends < words.today:
        span = f"on {words.long_day(words.day(start))} {span}".rstrip()
    return f"was due {span}" if is_overdue(visit, words) else span


def _likely(visit: VisitFacts, words: Words) -> str:
    eta = visit.eta_at
    if eta is None:
        return ""
    day = "" if words.day(eta) == words.today else f" on {words.long_day(words.day(eta))}"
    verb = "now likely" if is_ahead(eta, words) else "was likely"
    told = f", told at {words.moment(visit.eta_told_at)}" if visit.eta_told_at else ""
    return f"{verb} {words.time(eta)}{day}{told}"


def _old(words: Words, as_of: datetime | None) -> str:
    if as_of is None or words.now - as_of < OLD:
        return ""
    return f"We last heard from the office’s system at {words.moment(as_of)}, so this may have changed."


def turns_at(found: Iterable[VisitFacts | None], words: Words, as_of: datetime | None = None) -> datetime:
    """Return the next moment at which other words are true of these visits: when tomorrow begins, or before that."""
    moments = [clock.start_of(words.today + timedelta(days=1), words.look.zone)]
    moments += [as_of + OLD] if as_of else []
    for visit in found:
        if visit is not None:
            arrival = passes_at(visit.eta_at) if visit.eta_at else None
            ends = visit.window_start, visit.window_end, late_at(visit)
            moments += [moment for moment in (*ends, arrival) if moment]
    return min(moment for moment in moments if moment > words.now)
