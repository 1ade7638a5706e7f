"""The home page's words: facts of the services, written out in the business's zone and language."""

from dataclasses import dataclass, field
from datetime import date

from portal_app import clock, routes
from portal_app.components.lists import Row
from portal_app.components.payment_words import undecided_words, with_bank_words
from portal_app.components.property_filter import PropertyFilter
from portal_app.components.shell_state import initials
from portal_app.components.visit_card import VisitCard
from portal_app.components.visit_words import LIVE, card_of, doing, is_current
from portal_app.components.words import Words, clip, first_name, plural
from portal_app.money import Money
from portal_app.services.business import Look
from portal_app.services.dashboard import DETAILS, ONLINE, PROPERTIES_LIMIT, SOME_ONLINE, TRANSFER, Advice, Home
from portal_app.services.owed import Owed
from portal_app.services.timeline import Paper
from portal_app.services.visits import COMING_COUNTED, VisitFacts

COMING_SHOWN = 4
DAYS_NAMED = 3
# About two lines on a phone.
ADVICE_LENGTH = 64


@dataclass(frozen=True)
class OwedCard:
    """What is owed: one amount per currency. `clear` says that nothing is, to somebody who may know.

    `how` says how it can be paid, `button` what leads there (`href`); `pays` that it can be paid there at once.
    """

    shown: bool = False
    clear: bool = False
    amounts: list[str] = field(default_factory=list)
    sentence: str = ""
    overdue: str = ""
    how: str = ""
    button: str = ""
    href: str = routes.INVOICES
    pays: bool = False


@dataclass(frozen=True)
class HomeView:
    """The whole page, ready to show; `current` says that what the card tells may be otherwise by now.

    `sees_visits` says that the reader may know of visits, and so of there being none.
    """

    greeting: str = ""
    place: str = ""
    initials: str = ""
    name: str = ""
    card: VisitCard = field(default_factory=VisitCard)
    current: bool = False
    sees_visits: bool = False
    owed: OwedCard = field(default_factory=OwedCard)
    waiting: list[Row] = field(default_factory=list)
    coming: list[Row] = field(default_factory=list)
    coming_more: str = ""
    as_of: str = ""
    as_of_iso: str = ""
    places: PropertyFilter = field(default_factory=PropertyFilter)


def home_view(home: Home, name: str, look: Look) -> HomeView:
    """Return the page of one contact."""
    words = Words(look, home.now)
    several = len(home.properties) > 1
    coming, coming_more = coming_rows(home, words, several=several)
    return HomeView(
        greeting=greeting(name, words),
        place=_header_place(home),
        initials=initials(name),
        name=name,
        card=card_of(home.card, words, home.card.place if several else "") if home.card else VisitCard(),
        current=is_current(home.card, words),
        owed=owed_card(home, words),
        waiting=[*(_quote_row(quote, words) for quote in home.quotes), *(_advice_row(a, words) for a in home.advice)],
        coming=coming,
        coming_more=coming_more,
        as_of=words.moment(home.as_of) if home.as_of else "",
        as_of_iso=clock.iso(home.as_of),
    )


def greeting(name: str, words: Words) -> str:
    """Return the greeting for the business's hour of day."""
    hour = clock.local(words.now, words.look.zone).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}, {first_name(name)}" if first_name(name) else f"Good {part}"


def _header_place(home: Home) -> str:
    if len(home.properties) == 1:
        _, line, city = home.properties[0]
        return ", ".join(part for part in (line, city) if part) or home.customer_name
    if len(home.properties) >= PROPERTIES_LIMIT:
        return home.customer_name
    return f"{len(home.properties)} properties" if home.properties else home.customer_name


def coming_rows(home: Home, words: Words, *, several: bool) -> tuple[list[Row], str]:
    """Return the first rows of what comes and the words for the rest. Visits of one plan share a row."""
    groups: dict[tuple[int, str, bool], list[VisitFacts]] = {}
    for visit in home.coming:
        live = visit.status in LIVE
        groups.setdefault((visit.id if live else visit.plan, visit.place, live), []).append(visit)
    shown = list(groups.values())[:COMING_SHOWN]
    more = home.coming_total - sum(len(group) for group in shown)
    about = "at least " if home.coming_total >= COMING_COUNTED else ""
    rows = [_coming_row(group, words, group[0].place if several else "") for group in shown]
    return rows, f"and {about}{more} more" if more > 0 else ""


def _coming_row(group: list[VisitFacts], words: Words, place: str) -> Row:
    first = group[0]
    if first.status in LIVE:
        when = doing(first, words)
    else:
        when = words.when(first, short=True)
        if first.status == "unknown":
            when = f"{words.day_words(words.day(first.sort_at))}; the office is updating this visit"
    title = clip(first.title) or "Visit"
    sub = " · ".join(part for part in (when + _then(group[1:], words), place) if part)
    return Row("calendar", title, sub, href=routes.job(first.job_public_id))


def _then(later: list[VisitFacts], words: Words) -> str:
    """Name the next days of the same plan: `, then 17 Dec, 31 Dec and 4 more`."""
    if not later:
        return ""
    days = list(dict.fromkeys(words.short_day(words.day(visit.sort_at)) for visit in later))
    named, rest = days[:DAYS_NAMED], len(days) - DAYS_NAMED
    return f", then {', '.join(named)}" + (f" and {rest} more" if rest > 0 else "")


def owed_card(home: Home, words: Words) -> OwedCard:
    """Return what is owed in words."""
    if not home.owed:
        return OwedCard(clear=home.sees_money)
    late = [entry for entry in home.owed if entry.overdue.minor > 0]
    overdue = " and ".join(words.money(entry.overdue) for entry in late)
    to_pay = [left for entry in home.owed if (left := _payable(entry)).minor > 0]
    one = home.owed[0].public_id if len(home.owed) == 1 else ""
    pays = home.way == ONLINE and bool(to_pay)
    return OwedCard(
        shown=True,
        amounts=[words.money(entry.total) for entry in home.owed],
        sentence=_owed_sentence(home.owed, words),
        overdue=f"{overdue} overdue" if overdue else "",
        how=_how(home, to_pay, words),
        button=_button(to_pay, words, pays=pays, one=bool(one)),
        href=routes.invoice(one) if one and pays else routes.INVOICES,
        pays=pays,
    )


# That it can be paid online is what the button says.
_WAYS = {
    SOME_ONLINE: "Each invoice says whether you can pay it online.",
    TRANSFER: "Pay by bank transfer; each invoice says how.",
    DETAILS: "Pay by the details on your invoice.",
}


def _payable(entry: Owed) -> Money:
    waits = entry.with_bank_minor + entry.disputed_minor + entry.held_minor
    return Money(entry.total.minor - waits, entry.total.currency)


def _how(home: Home, to_pay: list[Money], words: Words) -> str:
    """Return what is on its way already, and how the rest can be paid by this reader."""
    undecided = undecided_words(home.owed, words)
    if not to_pay:
        return undecided or with_bank_words(home.owed, words)
    return " ".join(filter(None, (with_bank_words(home.owed, words), undecided, _WAYS.get(home.way, ""))))


def _button(to_pay: list[Money], words: Words, *, pays: bool, one: bool) -> str:
    if not pays:
        return "See what is to be paid"
    return f"Pay {words.money(to_pay[0])}" if one else "See and pay"


def _owed_sentence(owed: tuple[Owed, ...], words: Words) -> str:
    """Return `Invoice 2291, due on Friday 28 November`, or `3 invoices, 1 overdue`."""
    count, late = sum(entry.invoices for entry in owed), sum(entry.overdue_invoices for entry in owed)
    due_first = min((entry.due_first for entry in owed if entry.due_first), default=None)
    if count == 1:
        due = f", {_due_words(due_first, words)}" if due_first else ""
        return f"Invoice {owed[0].number}".rstrip() + due
    if late:
        return f"{count} invoices, {late} overdue"
    return f"{count} invoices" + (f", the first {_due_words(due_first, words)}" if due_first else "")


def _due_words(day: date, words: Words) -> str:
    late = clock.whole_days(day, words.today)
    if late > 0:
        return f"{plural(late, 'day', 'days')} overdue"
    return "due today" if late == 0 else f"due on {words.long_day(day)}"


def _quote_row(quote: Paper, words: Words) -> Row:
    title = f": {quote.title}" if quote.title else ""
    until = ""
    if quote.open_until:
        until = ", open until " + (
            "the end of today" if quote.open_until == words.today else words.short_day(quote.open_until)
        )
    return Row("quote", clip(f"Quote {quote.number}".rstrip() + title), f"{words.money(quote.total)}{until}")


def _advice_row(advice: Advice, words: Words) -> Row:
    price = words.price_range(advice.low, advice.high)
    sub = clip(f"{price}. {advice.detail}" if price else advice.detail, ADVICE_LENGTH)
    return Row("bulb", clip(advice.title), sub, href=routes.job(advice.job_public_id))
