"""The state of the statement's page: which periods there are to choose from, and which properties."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import reflex as rx
from sqlmodel import Session

from portal_app import routes
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_filter import Choice, address_of
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import Invalid
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.services import business, properties, statements
from portal_app.services.actors import Customer
from portal_app.services.rights import Right


@dataclass(frozen=True)
class StatementView:
    """What can be chosen; days are ISO words, `places` empty where there is only one property.

    `first_wrong` and `last_wrong` say what is wrong with days that were asked for.
    """

    first: str = ""
    last: str = ""
    first_wrong: str = ""
    last_wrong: str = ""
    periods: list[Choice] = field(default_factory=list)
    places: list[Choice] = field(default_factory=list)
    place: str = ""


class StatementState(rx.State):
    """What the page shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[StatementView] = rx.field(default_factory=StatementView)

    _period: str = ""
    _place: str = ""
    _days: tuple[str, str] = ("", "")

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the period that the address names, this year's without one, or the days that made no statement."""
        self._period, self._place = asked_for(self, "period"), asked_for(self, "property")
        self._days = asked_for(self, "from"), asked_for(self, "to")
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        found, self.trouble = await attempt(_read, actor, self._period, self._place, self._days)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = StatementView(), False


def presets(today: date) -> dict[str, tuple[str, date, date]]:
    """Return the periods people ask for, by the word in the address: what each is called, its first and last day."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    year = today.replace(month=1, day=1)
    return {
        "year": ("This year", year, today),
        "month": ("This month", month, today),
        "last-month": ("Last month", before.replace(day=1), before),
        "last-year": (
            "Last year",
            year.replace(year=year.year - 1),
            year - timedelta(days=1),
        ),
        "all": ("Everything", statements.FIRST_DAY, today),
    }


def problems(first: str, last: str, today: date) -> tuple[str, str]:
    """Return what is wrong with the first and the last day of a statement, as they were typed; empty where nothing."""
    ends = statements.FIRST_DAY.isoformat(), statements.LAST_DAY.isoformat()
    return (
        _problem(first, ends[1], today) or ("" if _problem(ends[0], last, today) else _problem(first, last, today)),
        _problem(ends[0], last, today),
    )


def _problem(first: str, last: str, today: date) -> str:
    try:
        statements.period(first, last, today)
    except Invalid as refusal:
        return refusal.sentence
    return ""


def _read(actor: Customer, period: str, place: str, days: tuple[str, str]) -> StatementView:
    actor.require(Right.VIEW_MONEY)
    today = Words(business.look()).today
    known = presets(today)
    chosen = "" if any(days) else period if period in known else "year"
    with reading() as session:
        places = properties.those_with(session, actor, Right.VIEW_MONEY)
        here = place if any(one.public_id == place for one in places) else ""
        first, last = known[chosen][1:] if chosen else (today, today)
        if chosen == "all":
            first = _first_entry(session, actor, today, here)
    wrong = problems(*days, today) if any(days) else ("", "")
    return StatementView(
        first=days[0] if any(days) else first.isoformat(),
        last=days[1] if any(days) else last.isoformat(),
        first_wrong=wrong[0],
        last_wrong=wrong[1],
        periods=[
            Choice(key, word, address_of(routes.STATEMENT, period=key, property=here), key == chosen)
            for key, (word, _, _) in known.items()
        ],
        places=[
            Choice("", "All properties"),
            *(Choice(one.public_id, one.name or "Property without a name") for one in places),
        ]
        if len(places) > 1
        else [],
        place=here,
    )


def _first_entry(session: Session, actor: Customer, today: date, place: str) -> date:
    """Return the day of an account's first line, today without any; the first of all where there are too many."""
    try:
        found = statements.get(session, actor, statements.FIRST_DAY, today, today, place)
    except Invalid:
        return statements.FIRST_DAY
    return min((ledger.entries[0].day for ledger in found.ledgers if ledger.entries), default=today)


refresh_on(StatementState, "location.", "contact.", "business.")
