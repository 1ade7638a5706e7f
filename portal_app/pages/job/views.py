"""The words of one job's page."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal_app import routes
from portal_app.components.documents import DocumentRow
from portal_app.components.freshness import freshness_of, turns_at
from portal_app.components.gallery import PhotoGroup
from portal_app.components.invoice_paper import due_words, heading_of, status_words
from portal_app.components.job_timeline import TrackStep, track_of
from portal_app.components.records import RecordRow
from portal_app.components.shell_state import initials
from portal_app.components.visit_words import is_current, is_today, lateness, visit_badge
from portal_app.components.words import Words, clip, first_name
from portal_app.pages.job import files
from portal_app.services import invoices
from portal_app.services.jobs import Advice, Detail, Entry
from portal_app.services.timeline import Paper
from portal_app.services.visits import TechnicianFacts, VisitFacts

# Today's visit is read anew so often, another day's so.
READ_TODAY, READ_ANEW = timedelta(minutes=2), timedelta(minutes=10)
_ADVICE = {
    "dismissed": ("Dismissed", "off"),
    "quoted": ("Quoted", "processing"),
    "accepted": ("Agreed", "complete"),
    "approved": ("Agreed", "complete"),
    "done": ("Done", "complete"),
    "completed": ("Done", "complete"),
    "declined": ("Declined", "off"),
}
_JOB_BADGES = {
    "completed": ("Complete", "complete"),
    "canceled": ("Cancelled", "off"),
    "on_hold": ("On hold", "processing"),
    "unknown": ("Being updated", "off"),
}
_QUOTE_BADGES = {
    "sent": ("Waiting for you", "processing"),
    "approved": ("Approved", "complete"),
    "converted": ("Approved", "complete"),
    "declined": ("Declined", "off"),
    "expired": ("Expired", "off"),
    "withdrawn": ("Withdrawn", "off"),
    "changes_requested": ("Changes asked for", "processing"),
}


@dataclass(frozen=True)
class PersonView:
    """Somebody who comes."""

    name: str = ""
    initials: str = ""
    photo: str = ""


@dataclass(frozen=True)
class Finding:
    """A recommendation, or what was done at a visit: a title, its text, and perhaps a day, a price and a badge.

    `ask` names the recommendation of which a quote can be asked for; `asked` says when somebody has.
    """

    title: str = ""
    text: str = ""
    note: str = ""
    badge: str = ""
    tone: str = ""
    ask: str = ""
    asked: str = ""


@dataclass(frozen=True)
class JobView:
    """The whole page, ready to show; `goes_on` until the work is done or cancelled.

    `current` says that what is told of its visit may be otherwise by now, `late` that the time that was given passes.
    """

    title: str = ""
    goes_on: bool = False
    current: bool = False
    sub: str = ""
    description: str = ""
    when: str = ""
    fresh: str = ""
    late: str = ""
    badge: str = ""
    tone: str = ""
    track: list[TrackStep] = field(default_factory=list)
    people: list[PersonView] = field(default_factory=list)
    people_title: str = ""
    done: list[Finding] = field(default_factory=list)
    advice: list[Finding] = field(default_factory=list)
    advice_title: str = ""
    visits: list[RecordRow] = field(default_factory=list)
    invoices: list[RecordRow] = field(default_factory=list)
    quotes: list[RecordRow] = field(default_factory=list)
    photos: list[PhotoGroup] = field(default_factory=list)
    photos_note: str = ""
    documents: list[DocumentRow] = field(default_factory=list)
    note: str = ""
    note_by: str = ""
    may_note: bool = False


def job_view(detail: Detail, words: Words) -> JobView:
    """Return the page of one job."""
    head, lead = detail.head, detail.lead
    goes_on = head.status not in {"completed", "canceled"}
    # A visit of another day that was called off says nothing of what the job is at now.
    called_off = goes_on and lead is not None and lead.status == "canceled" and not is_today(lead, words)
    badge, tone = _badge(detail, called_off=called_off)
    sub = [f"Job {head.number}" if head.number else "", head.place]
    photos = files.photo_groups(detail, words)
    people = lead.technicians if lead is not None and goes_on and lead.status != "canceled" else ()
    return JobView(
        title=clip(head.title) or "Job",
        goes_on=goes_on,
        current=goes_on and is_current(lead, words),
        sub=", ".join(part for part in sub if part),
        description=detail.description.strip(),
        when=_when(None if called_off else lead, words) if goes_on or lead else _when_over(head, words),
        fresh=freshness_of(lead, words, detail.as_of) if goes_on and head.status != "on_hold" else "",
        late=lateness(lead, words) if lead is not None and goes_on else "",
        badge=badge,
        tone=tone,
        track=track_of(lead, detail.steps, head.status, words, head.closed_at),
        people=[_person(technician) for technician in people],
        people_title="Who came" if lead is not None and lead.status == "completed" else "Who comes",
        done=[_done(visit, words) for visit in detail.visits if visit.work_summary.strip()],
        advice=[_finding(advice, words) for advice in detail.advice],
        advice_title=_advice_title(detail),
        visits=[_visit_row(visit, words) for visit in detail.visits],
        invoices=[invoice_row(invoice, words) for invoice in detail.invoices],
        quotes=[_quote_row(quote, words) for quote in detail.quotes],
        photos=photos,
        photos_note=files.photos_note(photos),
        documents=files.documents(detail, words),
        **_note(detail, words),
    )


def _note(detail: Detail, words: Words) -> dict[str, Any]:
    """Return what is written for visits to the property, and whether something can be while any is to come."""
    note = detail.note
    if note is None:
        return {}
    written = f"Written by {note.who}, {words.moment(note.at)}" if note.at and note.body else ""
    going_on = detail.head.status not in {"completed", "canceled"}
    return {"note": note.body if going_on else "", "note_by": written, "may_note": note.may_write and going_on}


def _badge(detail: Detail, *, called_off: bool) -> tuple[str, str]:
    status = detail.head.status
    if status == "open" and detail.lead is not None:
        return visit_badge("unscheduled" if called_off else detail.lead.status)
    return _JOB_BADGES.get(status, ("To be arranged", "scheduled"))


def _when(lead: VisitFacts | None, words: Words, *, short: bool = False) -> str:
    if lead is None or lead.status == "unscheduled":
        return "No visit planned yet"
    if lead.status != "completed":
        return words.when(lead, short=short)
    # Of several days the work was done on one.
    several = words.several_days(lead) is not None
    return words.day_words(words.day(lead.completed_at if several and lead.completed_at else lead.sort_at))


def _when_over(head: Entry, words: Words) -> str:
    """Return the day on which a job without any visit was over."""
    return words.day_words(words.day(head.closed_at)) if head.closed_at else "No visit"


def _person(technician: TechnicianFacts) -> PersonView:
    photo = routes.technician_photo(technician.public_id) if technician.photo else ""
    return PersonView(technician.name, initials(technician.name), photo)


def _done(visit: VisitFacts, words: Words) -> Finding:
    day = words.long_day(words.day(visit.completed_at or visit.sort_at))
    who = first_name(visit.technicians[0].name) if visit.technicians else ""
    return Finding(title=f"{day}, by {who}" if who else day, text=visit.work_summary.strip())


def _advice_title(detail: Detail) -> str:
    """Return whose findings they are: one person's by name."""
    found = {advice.visit_id for advice in detail.advice}
    names = {visit.technicians[0].name for visit in detail.visits if visit.id in found and visit.technicians}
    return f"What {first_name(names.pop())} found" if len(names) == 1 else "What we found"


def _finding(advice: Advice, words: Words) -> Finding:
    badge, tone = _ADVICE.get(advice.state, ("", ""))
    asked = ""
    if advice.asked_at is not None and not badge:
        badge, tone = "Quote asked for", "processing"
        asked = f"Asked on {words.long_day(words.day(advice.asked_at))}. The office will send you a quote."
    return Finding(
        advice.title,
        advice.detail.strip(),
        words.price_range(advice.low, advice.high),
        badge,
        tone,
        advice.public_id if advice.may_ask else "",
        asked,
    )


def _visit_row(visit: VisitFacts, words: Words) -> RecordRow:
    badge, tone = visit_badge(visit.status)
    who = ", ".join(technician.name for technician in visit.technicians)
    title = "No time yet" if visit.status == "unscheduled" else _when(visit, words, short=True)
    return RecordRow(visit.public_id, "calendar", title, clip(who), badge=badge, tone=tone)


def invoice_row(invoice: invoices.Entry, words: Words) -> RecordRow:
    """Return the row of one invoice: what is left of it where something is, else what it came to."""
    badge, tone = status_words(invoice, words)
    return RecordRow(
        key=invoice.public_id,
        icon="receipt",
        title=heading_of(invoice.number),
        sub=due_words(invoice, words) or (words.short_day(invoice.issued_on) if invoice.issued_on else ""),
        figure=words.money(invoice.left if invoice.left.minor > 0 else invoice.total),
        badge=badge,
        tone=tone,
        href=routes.invoice(invoice.public_id),
    )


def _quote_row(quote: Paper, words: Words) -> RecordRow:
    badge, tone = _QUOTE_BADGES.get(quote.status, ("", ""))
    until = quote.open_until
    if quote.status == "sent" and until and until < words.today:
        badge, tone = "Expired", "off"
    sub = f"Open until {words.short_day(until)}" if quote.status == "sent" and until and until >= words.today else ""
    title = clip(f"Quote {quote.number}".rstrip() + (f": {quote.title}" if quote.title else ""))
    return RecordRow(quote.public_id, "quote", title, sub, words.money(quote.total), badge, tone)


def true_until(detail: Detail, words: Words) -> datetime:
    """Return when the page has to be read anew, whatever happens: windows and days pass by themselves."""
    after = READ_TODAY if freshness_of(detail.lead, words, detail.as_of) else READ_ANEW
    return min(words.now + after, turns_at([detail.lead], words, detail.as_of))
