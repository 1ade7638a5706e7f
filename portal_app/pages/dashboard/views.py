"""The home page's words: facts of the services, written out in the business's zone and language."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from portal_app import clock, routes
from portal_app.components.lists import Row
from portal_app.components.shell_state import initials
from portal_app.components.visit_card import Step, VisitCard
from portal_app.services.business import Look
from portal_app.services.dashboard import Home
from portal_app.services.timeline import VISIT, Entry, Paper
from portal_app.services.visits import VisitFacts

STEPS = ("Scheduled", "On the way", "In progress", "Complete")
_STEP_OF = {"scheduled": 0, "on_the_way": 1, "in_progress": 2, "on_hold": 2, "completed": 3}


@dataclass(frozen=True)
class OwedCard:
    """What is owed: one amount per currency."""

    shown: bool = False
    clear: bool = False
    amounts: list[str] = field(default_factory=list)
    sentence: str = ""
    overdue: str = ""


@dataclass(frozen=True)
class HomeView:
    """The whole page, ready to show."""

    greeting: str = ""
    place: str = ""
    initials: str = ""
    name: str = ""
    card: VisitCard = field(default_factory=VisitCard)
    owed: OwedCard = field(default_factory=OwedCard)
    waiting: list[Row] = field(default_factory=list)
    coming: list[Row] = field(default_factory=list)
    coming_more: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Writes moments and money as one business does."""

    look: Look

    def time(self, moment: datetime) -> str:
        """Return the wall-clock time."""
        return clock.show_time(moment, self.look.zone, self.look.locale)

    def day(self, moment: datetime) -> date:
        """Return the business's calendar day of a moment."""
        return clock.local(moment, self.look.zone).date()

    def day_words(self, day: date) -> str:
        """Return today, tomorrow, or the day in words."""
        distance = clock.whole_days(clock.today(self.look.zone), day)
        near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
        return near.get(distance) or clock.show_long_day(day, self.look.locale)

    def span(self, visit: VisitFacts) -> str:
        """Return the arrival window, such as `between 10:00 and 12:00`."""
        if visit.window_start and visit.window_end and visit.window_start != visit.window_end:
            return f"between {self.time(visit.window_start)} and {self.time(visit.window_end)}"
        return f"at {self.time(visit.window_start)}" if visit.window_start else ""


def first_name(name: str) -> str:
    """Return what somebody is called."""
    return name.split()[0] if name.split() else ""


def home_view(home: Home, name: str, look: Look) -> HomeView:
    """Return the page of one contact."""
    words = Words(look)
    several = len(home.places) > 1
    return HomeView(
        greeting=greeting(name, look),
        place=_header_place(home),
        initials=initials(name),
        name=name,
        card=visit_card(home.card, words, place_of(home, home.card) if several else "") if home.card else VisitCard(),
        owed=owed_card(home, words),
        waiting=[*(_quote_row(quote, words) for quote in home.quotes), *(_advice_row(a, look) for a in home.advice)],
        coming=[_coming_row(visit, words, place_of(home, visit) if several else "") for visit in home.coming],
        coming_more=f"and {home.coming_more} more" if home.coming_more else "",
        as_of=words.time(home.as_of) if home.as_of else "",
    )


def greeting(name: str, look: Look) -> str:
    """Return the greeting for the business's hour of day."""
    hour = clock.local(clock.now(), look.zone).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if hour < 18 and hour >= 12 else "evening"
    return f"Good {part}, {first_name(name)}" if first_name(name) else f"Good {part}"


def _header_place(home: Home) -> str:
    if len(home.places) == 1:
        ((_, line, city),) = home.places.values()
        return ", ".join(part for part in (line, city) if part)
    return f"{len(home.places)} properties" if home.places else home.customer_name


def place_of(home: Home, visit: VisitFacts | None) -> str:
    """Return the name of the visit's property."""
    label, line, _ = home.places.get(visit.location_id or 0, ("", "", "")) if visit else ("", "", "")
    return label or line


def visit_card(visit: VisitFacts, words: Words, place: str) -> VisitCard:
    """Return the card of one visit."""
    lead = visit.technicians[0] if visit.technicians else None
    who = first_name(lead.name) if lead else ""
    today = words.day(visit.sort_at) == clock.today(words.look.zone) or visit.status in {"on_the_way", "in_progress"}
    moving = visit.status in {"scheduled", "on_the_way"}
    eta = visit.eta_at if moving and today else None
    rail = eta is not None and visit.window_start is not None and visit.window_end is not None
    plain = not rail and visit.status == "scheduled" and today
    return VisitCard(
        shown=True,
        live=visit.status in {"on_the_way", "in_progress"},
        headline=_headline(visit, who, words, today=today),
        title=visit.title,
        place=place,
        note=_note(visit, eta, words),
        day="" if today else words.day_words(words.day(visit.sort_at)),
        figure=words.time(eta) if eta else words.time(visit.window_start) if plain and visit.window_start else "",
        figure_note="likely arrival" if eta else "earliest arrival" if plain and visit.window_start else "",
        told=f"told at {words.time(visit.eta_told_at)}" if eta and visit.eta_told_at else "",
        window_start=words.time(visit.window_start) if visit.window_start and moving else "",
        window_end=words.time(visit.window_end) if visit.window_end and moving else "",
        at=_mark(eta, visit) if rail else "",
        technician=lead.name if lead else "",
        initials=initials(lead.name) if lead else "",
        photo=routes.technician_photo(lead.public_id) if lead and lead.photo else "",
        steps=_steps(visit.status),
    )


def _headline(visit: VisitFacts, who: str, words: Words, *, today: bool) -> str:
    somebody = who or "Somebody"
    if visit.status == "scheduled":
        when = words.span(visit) if today else ""
        return f"{somebody} is coming {when}".strip() if today else f"{somebody} is coming"
    return {
        "on_the_way": f"{somebody} is on the way",
        "in_progress": f"{somebody} is here" if who else "Work is in progress",
        "on_hold": "Work is paused",
        "completed": f"All done, thanks for having {who}" if who else "All done",
        "canceled": "Today’s visit was cancelled" if today else "The visit was cancelled",
        "unscheduled": "We are finding you a time",
    }.get(visit.status, "The office is updating this visit")


def _note(visit: VisitFacts, eta: datetime | None, words: Words) -> str:
    if eta and visit.window_end and eta > visit.window_end:
        return f"Later than planned: the window ended at {words.time(visit.window_end)}."
    if visit.status in {"canceled", "on_hold"} and visit.status_reason:
        return visit.status_reason
    if visit.status == "completed":
        return f"Finished at {words.time(visit.completed_at)}." if visit.completed_at else ""
    if visit.status == "in_progress" and visit.started_at:
        return f"Started at {words.time(visit.started_at)}."
    return visit.travel_update


def _mark(eta: datetime | None, visit: VisitFacts) -> str:
    assert eta is not None
    assert visit.window_start is not None
    assert visit.window_end is not None
    whole = (visit.window_end - visit.window_start) / timedelta(seconds=1)
    part = (eta - visit.window_start) / timedelta(seconds=1)
    return f"{max(0, min(100, round(100 * part / whole))) if whole > 0 else 0}%"


def _steps(status: str) -> list[Step]:
    if status not in _STEP_OF:
        return []
    reached = _STEP_OF[status]
    states = ["done" if i < reached or status == "completed" else "now" if i == reached else "next" for i in range(4)]
    return [Step(label, state) for label, state in zip(STEPS, states, strict=True)]


def owed_card(home: Home, words: Words) -> OwedCard:
    """Return what is owed in words."""
    if not home.owed:
        return OwedCard()
    locale = words.look.locale
    count = sum(entry.invoices for entry in home.owed)
    late = [entry for entry in home.owed if entry.overdue.minor > 0]
    due = home.due_first
    if count == 1 and due:
        sentence = f"Invoice {due.number}" + (f", {_due_words(due.due_on, words)}" if due.due_on else "")
    else:
        sentence = f"{count} invoices"
        if due and due.due_on and not late:
            sentence += f", the first {_due_words(due.due_on, words)}"
    overdue = " and ".join(entry.overdue.show(locale) for entry in late)
    return OwedCard(
        shown=True,
        amounts=[entry.total.show(locale) for entry in home.owed],
        sentence=sentence,
        overdue=f"{overdue} overdue" if overdue else "",
    )


def _due_words(day: date, words: Words) -> str:
    late = clock.whole_days(day, clock.today(words.look.zone))
    if late > 0:
        return f"{late} {'day' if late == 1 else 'days'} overdue"
    return "due today" if late == 0 else f"due on {clock.show_long_day(day, words.look.locale)}"


def _quote_row(quote: Paper, words: Words) -> Row:
    until = f", open until {clock.show_day(quote.open_until, words.look.locale)}" if quote.open_until else ""
    title = f": {quote.title}" if quote.title else ""
    return Row("quote", f"Quote {quote.number}{title}", f"{quote.total.show(words.look.locale)}{until}")


def _advice_row(advice, look: Look) -> Row:
    low, high = advice.prices
    if low and high and low != high:
        price = f"{low.show(look.locale)} to {high.show(look.locale)}. "
    else:
        price = f"{(low or high).show(look.locale)}. " if low or high else ""
    return Row("bulb", advice.title, f"{price}{advice.detail}")


def _coming_row(visit: VisitFacts, words: Words, place: str) -> Row:
    day = words.day_words(words.day(visit.sort_at))
    span = words.span(visit)
    when = f"{day}, {span}" if span else day
    return Row("calendar", visit.title, f"{when} · {place}" if place else when)


def timeline_row(entry: Entry, words: Words) -> Row:
    """Return one row of the timeline."""
    what = entry.what
    if isinstance(what, VisitFacts):
        return _visit_row(what, words)
    day = entry.at.date()
    when = clock.show_day(day, words.look.locale) if day != clock.today(words.look.zone) else "Today"
    kind = "Quote" if entry.rank != VISIT and what.balance is None else "Invoice"
    title = f"{kind} {what.number}" + (f": {what.title}" if what.title else "")
    sub = _quote_sub(what, words) if kind == "Quote" else _invoice_sub(what, words)
    return Row("quote" if kind == "Quote" else "receipt", title, sub, when)


def _visit_row(visit: VisitFacts, words: Words) -> Row:
    who = first_name(visit.technicians[0].name) if visit.technicians else "We"
    day = words.day(visit.sort_at)
    when = "Today" if day == clock.today(words.look.zone) else clock.show_day(day, words.look.locale)
    if visit.status == "completed":
        return Row("wrench", visit.title, visit.work_summary or f"{who} finished the work", when)
    doing = "is on the way" if visit.status == "on_the_way" else "is working on this"
    verb = doing if who != "We" else doing.replace("is", "are", 1)
    return Row("wrench", visit.title, f"{who} {verb}", when)


def _quote_sub(quote: Paper, words: Words) -> str:
    amount = quote.total.show(words.look.locale)
    state = {
        "sent": f"open until {clock.show_day(quote.open_until, words.look.locale)}" if quote.open_until else "open",
        "approved": "approved",
        "converted": "approved",
        "declined": "declined",
        "expired": "expired",
        "withdrawn": "withdrawn",
        "changes_requested": "changes asked for",
    }.get(quote.status, "")
    if quote.status == "sent" and quote.open_until and quote.open_until < clock.today(words.look.zone):
        state = "expired"
    return f"{amount}, {state}" if state else amount


def _invoice_sub(invoice: Paper, words: Words) -> str:
    amount = invoice.total.show(words.look.locale)
    assert invoice.balance is not None
    if invoice.status == "partially_paid":
        paid = type(invoice.total)(invoice.total.minor - invoice.balance.minor, invoice.total.currency)
        return f"{amount}, of which {paid.show(words.look.locale)} paid"
    if invoice.status == "open" and invoice.due_on:
        return f"{amount}, {_due_words(invoice.due_on, words)}"
    state = {"paid": "paid", "void": "cancelled", "open": "open", "uncollectible": "closed"}.get(invoice.status, "")
    return f"{amount}, {state}" if state else amount
