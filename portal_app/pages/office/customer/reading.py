"""Reading what one tab of the profile shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from portal_app.components.lists import Row
from portal_app.components.records import RecordRow
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.pages.office.customer.happenings import happening_row
from portal_app.pages.office.customer.views import (
    ChangeRow,
    Choice,
    HeadView,
    LinkRow,
    MoneyView,
    PersonRow,
    change_row,
    head_view,
    invoice_row,
    job_row,
    link_row,
    money_view,
    note_row,
    person_row,
    quote_row,
    request_row,
    target_choices,
)
from portal_app.services import booking_notes, business, change_decisions, links, service_requests
from portal_app.services import customer_profile as profile
from portal_app.services.actors import Staff
from portal_app.services.customer_profile import Head

LATELY = 6
OPEN_WORK = 5
MOST_ROWS = 200
Shown = dict[str, Any]


@dataclass(frozen=True)
class ProfileView:
    """One customer, as far as the open tab shows it; `next` is where its list goes on, empty at the end."""

    tab: str = "overview"
    head: HeadView = field(default_factory=HeadView)
    people: list[PersonRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    any_live: bool = False
    targets: list[Choice] = field(default_factory=list)
    readers: list[Choice] = field(default_factory=list)
    money: MoneyView = field(default_factory=MoneyView)
    notes: list[Row] = field(default_factory=list)
    requests: list[RecordRow] = field(default_factory=list)
    work: list[RecordRow] = field(default_factory=list)
    quotes: list[RecordRow] = field(default_factory=list)
    past: list[RecordRow] = field(default_factory=list)
    invoices: list[RecordRow] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    next: str = ""


def read(actor: Staff, public_id: str, tab: str, rows: int) -> ProfileView:
    """Return what a tab shows, its list `rows` long where it has so many."""
    words = Words(business.look())
    with reading() as session:
        of = profile.head(session, actor, public_id)
        shown = _TABS[tab](session, actor, of, words, rows)
    if rows >= MOST_ROWS:
        shown["next"] = ""
    return ProfileView(tab=tab, head=head_view(of, tab), **shown)


def _overview(session: Session, actor: Staff, of: Head, words: Words, _rows: int) -> Shown:
    notes, jobs = _work(session, actor, of, words, OPEN_WORK)
    quotes = [quote_row(quote, words) for quote in profile.open_quotes(session, actor, of, OPEN_WORK)]
    return {
        **_people(session, actor, of, words, 0),
        "links": [link_row(link, words) for link in links.of_customer(session, actor, of.public_id)[:LATELY]],
        "money": _money(session, actor, of, words),
        "notes": notes,
        "requests": _requests(session, actor, of, words),
        "work": jobs + quotes,
        "history": _history(session, actor, of, words, LATELY)["history"],
    }


def _money(session: Session, actor: Staff, of: Head, words: Words) -> MoneyView:
    owed = profile.balance(session, actor, of, words.look.zone)
    return money_view(owed, profile.credit(session, actor, of), words)


def _work(session: Session, actor: Staff, of: Head, words: Words, limit: int) -> tuple[list[Row], list[RecordRow]]:
    """Return what is written for visits, and the jobs that go on, each with what is written for its property."""
    notes = booking_notes.of_customer(session, actor, of.public_id)
    said = {note.location_id: note.body for note in notes}
    found = profile.open_jobs(session, actor, of, words.look.zone, limit)
    return [note_row(note, words) for note in notes], [
        job_row(job, words, said.get(job.location_id or 0, "")) for job in found
    ]


def _requests(session: Session, actor: Staff, of: Head, words: Words) -> list[RecordRow]:
    found = service_requests.of_customer(session, actor, of.public_id)
    return [request_row(request, words) for request in found]


def _people(session: Session, actor: Staff, of: Head, words: Words, _rows: int) -> Shown:
    people = profile.people(session, actor, of.public_id)
    return {
        "people": [person_row(person, of.public_id, words) for person in people],
        "changes": [change_row(change) for change in change_decisions.open_of_customer(session, actor, of.public_id)],
    }


def _links(session: Session, actor: Staff, of: Head, words: Words, _rows: int) -> Shown:
    found = links.of_customer(session, actor, of.public_id)
    people = profile.people(session, actor, of.public_id)
    readers = [Choice(one.public_id, one.name) for one in people if one.state not in (profile.DISABLED, profile.GONE)]
    return {
        "links": [link_row(link, words) for link in found],
        "any_live": any(link.state == links.LIVE for link in found),
        "targets": target_choices(profile.targets(session, actor, of), words),
        "readers": [Choice("", "Whoever owns the account"), *readers],
    }


def _jobs(session: Session, actor: Staff, of: Head, words: Words, rows: int) -> Shown:
    zone = words.look.zone
    over = profile.past_jobs(session, actor, of, zone, rows)
    notes, work = _work(session, actor, of, words, MOST_ROWS)
    return {
        "notes": notes,
        "requests": _requests(session, actor, of, words),
        "work": work,
        "quotes": [quote_row(quote, words) for quote in profile.all_quotes(session, actor, of, MOST_ROWS)],
        "past": [job_row(job, words) for job in over.entries],
        "next": over.next_cursor,
    }


def _invoices(session: Session, actor: Staff, of: Head, words: Words, rows: int) -> Shown:
    page = profile.newest_invoices(session, actor, of, rows)
    return {
        "money": _money(session, actor, of, words),
        "invoices": [invoice_row(one, words) for one in page.entries],
        "next": page.next_cursor,
    }


def _history(session: Session, actor: Staff, of: Head, words: Words, rows: int) -> Shown:
    found = profile.history(session, actor, of, limit=rows)
    return {
        "history": [happening_row(one, words) for one in found.happenings],
        "next": str(found.next) if found.next else "",
    }


def _files(_session: Session, _actor: Staff, _of: Head, _words: Words, _rows: int) -> Shown:
    """Return nothing: CustomerFilesState reads them."""
    return {}


_TABS: dict[str, Callable[[Session, Staff, Head, Words, int], Shown]] = {
    "overview": _overview,
    "people": _people,
    "links": _links,
    "jobs": _jobs,
    "invoices": _invoices,
    "files": _files,
    "activity": _history,
}
