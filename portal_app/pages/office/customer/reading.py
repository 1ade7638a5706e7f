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
    person_row,
    quote_row,
    target_choices,
)
from portal_app.services import business, change_decisions, links
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
    work: list[RecordRow] = field(default_factory=list)
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
    zone = words.look.zone
    jobs = [job_row(job, words) for job in profile.open_jobs(session, actor, of, zone, OPEN_WORK)]
    quotes = [quote_row(quote, words) for quote in profile.open_quotes(session, actor, of, OPEN_WORK)]
    return {
        **_people(session, actor, of, words, 0),
        "links": [link_row(link, words) for link in links.of_customer(session, actor, of.public_id)[:LATELY]],
        "money": money_view(profile.balance(session, actor, of, zone), words),
        "work": jobs + quotes,
        "history": _history(session, actor, of, words, LATELY)["history"],
    }


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
    return {
        "work": [job_row(job, words) for job in profile.open_jobs(session, actor, of, zone, MOST_ROWS)],
        "past": [job_row(job, words) for job in over.entries],
        "next": over.next_cursor,
    }


def _invoices(session: Session, actor: Staff, of: Head, words: Words, rows: int) -> Shown:
    page = profile.newest_invoices(session, actor, of, rows)
    return {
        "money": money_view(profile.balance(session, actor, of, words.look.zone), words),
        "invoices": [invoice_row(one, words) for one in page.entries],
        "next": page.next_cursor,
    }


def _history(session: Session, actor: Staff, of: Head, words: Words, rows: int) -> Shown:
    found = profile.history(session, actor, of, limit=rows)
    return {
        "history": [happening_row(one, words) for one in found.happenings],
        "next": str(found.next) if found.next else "",
    }


_TABS: dict[str, Callable[[Session, Staff, Head, Words, int], Shown]] = {
    "overview": _overview,
    "people": _people,
    "links": _links,
    "jobs": _jobs,
    "invoices": _invoices,
    "activity": _history,
}
