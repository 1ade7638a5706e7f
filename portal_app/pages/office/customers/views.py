"""The list's words."""

from dataclasses import dataclass, field
from datetime import datetime

from babel.numbers import format_decimal

from portal_app import routes
from portal_app.components.shell_state import initials
from portal_app.components.tables import Chip
from portal_app.components.words import Words
from portal_app.services.customer_list import Line, Page
from portal_app.services.customer_search import COUNTED

FILTERS = {
    "all": "All",
    "on": "Portal on",
    "off": "Portal off",
    "active": "Active",
    "invited": "Invited",
    "never": "Never signed in",
}
_STATES = {
    "off": ("Off", "off"),
    "idle": ("Not invited", "scheduled"),
    "invited": ("Invited", "scheduled"),
    "active": ("Active", "complete"),
}


@dataclass(frozen=True)
class CustomerRow:
    """One customer; `tone` is the badge's colour, `trouble` that mail cannot reach them."""

    public_id: str = ""
    href: str = ""
    initials: str = ""
    name: str = ""
    sub: str = ""
    trouble: bool = False
    town: str = ""
    state: str = ""
    tone: str = ""
    owed: str = ""
    overdue: str = ""
    seen: str = ""


@dataclass(frozen=True)
class CustomersView:
    """The whole list; `typed` and `show` are what it was asked for, `none` which empty state it shows, if any."""

    typed: str = ""
    show: str = "all"
    rows: list[CustomerRow] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    summary: str = ""
    count: str = ""
    before: str = ""
    after: str = ""
    after_word: str = "Next"
    none: str = ""


def customers_view(
    page: Page, tallies: dict[str, tuple[int, bool]], typed: str, show: str, words: Words
) -> CustomersView:
    """Return the list for one page of it."""
    everybody = tallies["all"][0]
    none = "" if page.lines or page.after else ("search" if typed or show != "all" else "start")
    return CustomersView(
        typed=typed,
        show=show,
        rows=[_row(line, words) for line in page.lines],
        chips=[
            Chip(
                word,
                "" if typed else _number(tallies[name], words),
                routes.office_customer_list(typed, name),
                name == show,
            )
            for name, word in FILTERS.items()
        ],
        summary=f"{_number(tallies['all'], words)} customers, {_number(tallies['active'], words)} use the portal"
        if everybody
        else "",
        count=_count(page, words),
        before=routes.office_customer_list(typed, show, before=page.before) if page.before else "",
        after=routes.office_customer_list(typed, show, after=page.after) if page.after else "",
        after_word="Next" if page.lines else "Look further",
        none=none,
    )


def _number(tally: tuple[int, bool], words: Words) -> str:
    number, exact = tally
    shown = format_decimal(number, locale=words.look.locale)
    return shown if exact else f"{shown}+"


def _count(page: Page, words: Words) -> str:
    number = format_decimal(page.count, locale=words.look.locale)
    if not page.exact:
        return f"More than {number}" if page.count >= COUNTED else f"At least {number}" if page.count else ""
    return f"{number} customer" if page.count == 1 else f"{number} customers"


def _row(line: Line, words: Words) -> CustomerRow:
    state, tone = _STATES[line.state]
    if not line.active:
        state, tone = "No longer active", "off"
    elif not line.email and line.state in ("idle", "invited"):
        state, tone = "No e-mail", "overdue"
    trouble = "Mail comes back" if line.mail_problem else "" if line.email else "No e-mail address"
    late = [late for _, late in line.owed if late.minor > 0]
    return CustomerRow(
        public_id=line.public_id,
        href=routes.office_customer(line.public_id),
        initials=initials(line.name),
        name=line.name,
        sub=f"{line.email}, mail comes back" if line.email and line.mail_problem else line.email or trouble,
        trouble=bool(trouble),
        town=line.town,
        state=state,
        tone=tone,
        owed=" and ".join(words.money(total) for total, _ in line.owed),
        overdue=f"{' and '.join(words.money(one) for one in late)} overdue" if late else "",
        seen=_seen(line.last_seen, line.state, words),
    )


def _seen(moment: datetime | None, state: str, words: Words) -> str:
    if moment is None:
        return "Not yet" if state in ("idle", "invited") else "Never"
    day = words.day(moment)
    return f"Today, {words.time(moment)}" if day == words.today else words.short_day(day)
