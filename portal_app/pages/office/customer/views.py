"""The profile's words."""

from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.invoice_paper import due_words, heading_of, status_words
from portal_app.components.lists import Row
from portal_app.components.records import RecordRow
from portal_app.components.right_words import role_word, tags
from portal_app.components.shell_state import initials
from portal_app.components.tabs import Tab
from portal_app.components.visit_words import visit_badge
from portal_app.components.words import Words, clip, plural
from portal_app.models import Quote
from portal_app.money import Money
from portal_app.services import customer_profile as profile
from portal_app.services import invoices, jobs
from portal_app.services.booking_notes import Note
from portal_app.services.change_decisions import ChangeFacts
from portal_app.services.contact_changes import CONFLICT
from portal_app.services.customer_profile import COUNTED, Head, Person, Target
from portal_app.services.links import LinkFacts
from portal_app.services.owed import Owed
from portal_app.services.record_visibility import INVOICE, JOB, QUOTE
from portal_app.services.service_requests import RequestFacts

TABS = {
    "overview": "Overview",
    "people": "People",
    "links": "Links",
    "jobs": "Jobs",
    "invoices": "Invoices",
    "files": "Files",
    "activity": "Activity",
}
_FIELDS = {
    "name": "name",
    "emails": "e-mail addresses",
    "phones": "phones",
    "billing_address": "billing address",
    "address": "address",
}


@dataclass(frozen=True)
class HeadView:
    """Who it is; `owner_note` says when a CRM owns the record, `url` where it stands there."""

    public_id: str = ""
    name: str = ""
    initials: str = ""
    sub: str = ""
    access: bool = False
    active: bool = True
    from_crm: bool = False
    url: str = ""
    edit_href: str = ""
    add_person_href: str = ""
    links_href: str = ""
    record_href: str = ""
    payments_href: str = ""
    tabs: list[Tab] = field(default_factory=list)


@dataclass(frozen=True)
class PersonRow:
    """One of their people; `tone` is the badge's colour, `problem` why mail does not reach them."""

    public_id: str = ""
    href: str = ""
    name: str = ""
    email: str = ""
    phones: str = ""
    role: str = ""
    rights: list[str] = field(default_factory=list)
    limit: str = ""
    state: str = ""
    tone: str = ""
    since: str = ""
    problem: str = ""
    pending: str = ""
    may_invite: bool = False
    invite_word: str = ""
    may_reset: bool = False
    disabled: bool = False


@dataclass(frozen=True)
class LinkRow:
    """One secure link; the opens are counted by who it was, scanners and robots together."""

    public_id: str = ""
    target: str = ""
    sub: str = ""
    state: str = ""
    tone: str = ""
    live: bool = False
    by_people: int = 0
    by_staff: int = 0
    by_robots: int = 0


@dataclass(frozen=True)
class ChangeRow:
    """What somebody changed and the CRM has not agreed to."""

    public_id: str = ""
    sentence: str = ""
    reason: str = ""
    conflict: bool = False
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """One choice of a form."""

    value: str = ""
    word: str = ""


@dataclass(frozen=True)
class MoneyView:
    """What is owed: the amounts, and what of them is overdue; `clear` when nothing is. `credit` is what is there."""

    amounts: list[str] = field(default_factory=list)
    note: str = ""
    overdue: str = ""
    clear: bool = True
    credit: str = ""


def head_view(head: Head, tab: str) -> HeadView:
    """Return the head of the page, with its tabs."""
    counts = {"people": head.people, "jobs": head.jobs, "invoices": head.invoices}
    address = ", ".join(head.address[:3])
    number = f"Customer {head.number}" if head.number else ""
    return HeadView(
        public_id=head.public_id,
        name=head.name,
        initials=initials(head.name),
        sub=". ".join(part for part in (address, number) if part),
        access=head.portal_access,
        active=head.active,
        from_crm=head.from_crm,
        url=head.url,
        edit_href="" if head.from_crm else routes.office_customer_edit(head.public_id),
        add_person_href="" if head.from_crm else routes.office_person(head.public_id, "new"),
        links_href=routes.office_customer(head.public_id, "links"),
        record_href=routes.office_record_payment(head.public_id),
        payments_href=routes.office_payment_list(customer=head.public_id),
        tabs=[
            Tab(
                word,
                _count(counts.get(name, 0)),
                routes.office_customer(head.public_id, "" if name == "overview" else name),
                name == tab,
            )
            for name, word in TABS.items()
        ],
    )


def _count(number: int) -> str:
    return "" if not number else f"{COUNTED - 1}+" if number >= COUNTED else str(number)


def person_row(person: Person, customer: str, words: Words) -> PersonRow:
    """Return the row of one person."""
    state, tone = _STATES[person.state]
    since = words.moment(person.since) if person.since else ""
    problem = ""
    if person.mail_problem:
        at = f" ({words.moment(person.mail_problem_at)})" if person.mail_problem_at else ""
        problem = f"Mail comes back{at}: {person.mail_problem}"
    return PersonRow(
        public_id=person.public_id,
        href=routes.office_person(customer, person.public_id),
        name=person.name,
        email=person.email or "No e-mail address",
        phones=", ".join(person.phones),
        role=role_word(person.role) + (", billing" if person.billing else ""),
        rights=tags(person.rights),
        limit=_limit(person),
        state=state,
        tone=tone,
        since={profile.INVITED: "on ", profile.ACTIVE: "last in ", profile.DISABLED: "since "}.get(person.state, "")
        + since
        if since
        else "",
        problem=problem,
        pending=person.pending_email,
        may_invite=person.state in (profile.NOT_INVITED, profile.INVITED),
        invite_word="Invite again" if person.state == profile.INVITED else "Invite",
        may_reset=person.has_login and person.state in (profile.ACTIVE, profile.INVITED),
        disabled=person.state == profile.DISABLED,
    )


_STATES = {
    profile.NO_EMAIL: ("No e-mail", "overdue"),
    profile.NOT_INVITED: ("Not invited", "off"),
    profile.INVITED: ("Invited", "scheduled"),
    profile.ACTIVE: ("Active", "complete"),
    profile.DISABLED: ("Disabled", "off"),
    profile.GONE: ("No longer active", "off"),
}


def _limit(person: Person) -> str:
    if person.places is None:
        return "Some rights at chosen properties only" if person.narrowed else ""
    named = ", ".join(person.places[:3]) or "no property"
    more = len(person.places) - 3
    return f"Only {named}" + (f" and {more} more" if more > 0 else "")


def link_row(link: LinkFacts, words: Words) -> LinkRow:
    """Return the row of one link."""
    counts = {one.who: one.times for one in link.opens}
    until = words.short_day(words.day(link.until))
    whom = f"To {link.contact}" if link.contact else "To the customer"
    how = "copied" if link.copied and not link.times_sent else _times(link.times_sent)
    state, tone = {"live": (f"Until {until}", "complete"), "expired": (f"Ended {until}", "off")}.get(
        link.state, ("Revoked", "off")
    )
    return LinkRow(
        public_id=link.public_id,
        target=link.target[:1].upper() + link.target[1:] if link.target else "Whole portal",
        sub=", ".join(part for part in (whom, how) if part),
        state=state,
        tone=tone,
        live=link.state == "live",
        by_people=counts.get("person", 0),
        by_staff=counts.get("staff", 0),
        by_robots=counts.get("scanner", 0) + counts.get("robot", 0),
    )


def _times(count: int) -> str:
    return "" if not count else "sent once" if count == 1 else f"sent {count} times"


def change_row(change: ChangeFacts) -> ChangeRow:
    """Return what somebody changed about themselves and the CRM has not agreed to."""
    what = _FIELDS.get(change.field, change.field)
    conflict = change.state == CONFLICT
    sentence = f"{change.contact} changed their {what} to “{_shown(change.wanted)}”."
    lines = []
    if conflict:
        lines = [f"Before: {_shown(change.base)}", f"The CRM says: {_shown(change.theirs or change.base)}"]
    return ChangeRow(
        change.public_id,
        sentence if conflict else f"{sentence} It is shown to them already and waits for the CRM to agree.",
        change.reason,
        conflict,
        lines,
    )


def _shown(value: object) -> str:
    if value in (None, "", [], {}):
        return "empty"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part) or "empty"
    if isinstance(value, list):
        return ", ".join(_shown(one.get("number", one)) if isinstance(one, dict) else str(one) for one in value)
    return str(value)


def target_choices(found: list[Target], words: Words) -> list[Choice]:
    """Return what a link can lead to."""
    return [Choice("portal", "The whole portal")] + [
        Choice(f"{target.kind}:{target.public_id}", clip(_target_name(target, words), 80)) for target in found
    ]


def _target_name(target: Target, words: Words) -> str:
    if target.at is None:
        return target.name
    return f"Visit on {words.short_day(words.day(target.at))}: {target.name}"


def money_view(owed: list[Owed], credit: list[Money], words: Words) -> MoneyView:
    """Return what is owed in words, and what is here of theirs that pays nothing."""
    late = " and ".join(words.money(entry.overdue) for entry in owed if entry.overdue.minor > 0)
    count = sum(entry.invoices for entry in owed)
    return MoneyView(
        amounts=[words.money(entry.total) for entry in owed],
        note=plural(count, "unpaid invoice", "unpaid invoices") if owed else "",
        overdue=f"{late} overdue" if late else "",
        clear=not owed,
        credit=f"{' and '.join(map(words.money, credit))} of theirs pays nothing yet (credit)" if credit else "",
    )


def note_row(note: Note, words: Words) -> Row:
    """Return what a customer wrote for all visits to one property."""
    by = f"{note.who}, {words.moment(note.at)}" if note.at else note.who
    return Row("house", note.place or "Property", note.body, by)


def job_row(job: jobs.Entry, words: Words, note: str = "") -> RecordRow:
    """Return the row of one job, with what the customer wrote for visits there."""
    closed = {
        "completed": ("Complete", "complete"),
        "canceled": ("Cancelled", "off"),
        "on_hold": ("On hold", "processing"),
    }
    word, tone = closed.get(job.status) or (
        visit_badge(job.visit.status) if job.visit else ("To be arranged", "scheduled")
    )
    when = words.day(job.visit.sort_at if job.visit else job.closed_at or job.opened_at)
    said = f"Note: {clip(note, 120)}" if note else ""
    parts = (f"Job {job.number}" if job.number else "", words.short_day(when), job.place, said)
    return RecordRow(
        key=job.public_id,
        icon="wrench",
        title=clip(job.title) or "Job",
        sub=" · ".join(part for part in parts if part),
        badge=word,
        tone=tone,
        what=JOB,
        hidden=job.hidden,
    )


_WAYS = {
    "done": ("In the CRM", "complete"),
    "office": ("Not in the CRM", "overdue"),
    "dead": ("Not in the CRM", "overdue"),
    "pending": ("On its way to the CRM", "processing"),
    "sending": ("On its way to the CRM", "processing"),
}


def request_row(request: RequestFacts, words: Words) -> RecordRow:
    """Return the row of something a customer asked for."""
    word, tone = _WAYS.get(request.way, ("New", "scheduled"))
    parts = (f"Asked by {request.who}, {words.moment(request.at)}", request.place, clip(request.description, 120))
    return RecordRow(
        key=request.public_id,
        icon="bulb",
        title=clip(request.title),
        sub=" · ".join(part for part in parts if part),
        badge=word,
        tone=tone,
    )


_QUOTES = {
    "sent": ("Waiting", "scheduled"),
    "changes_requested": ("Changes asked for", "processing"),
    "approved": ("Approved", "complete"),
    "converted": ("Approved", "complete"),
    "declined": ("Declined", "off"),
    "expired": ("Expired", "off"),
    "withdrawn": ("Withdrawn", "off"),
}


def quote_row(quote: Quote, words: Words) -> RecordRow:
    """Return the row of a quote."""
    waits = quote.status == "sent"
    until = f"open until {words.short_day(quote.expires_on)}" if waits and quote.expires_on else ""
    word, tone = _QUOTES.get(quote.status, ("", ""))
    return RecordRow(
        key=quote.public_id,
        icon="quote",
        title=clip(quote.title) or f"Quote {quote.number}",
        sub=" · ".join(part for part in (f"Quote {quote.number}" if quote.number else "", until) if part),
        figure=words.money(Money(quote.total_minor, quote.currency)),
        badge=word,
        tone=tone,
        what=QUOTE,
        hidden=quote.hidden_at is not None,
    )


def invoice_row(invoice: invoices.Entry, words: Words) -> RecordRow:
    """Return the row of one invoice."""
    word, tone = status_words(invoice, words)
    issued = words.short_day(invoice.issued_on) if invoice.issued_on else ""
    parts = (clip(invoice.title), due_words(invoice, words) or issued, invoice.place)
    return RecordRow(
        key=invoice.public_id,
        icon="receipt",
        title=heading_of(invoice.number),
        sub=" · ".join(part for part in parts if part),
        figure=words.money(invoice.left if invoice.left.minor > 0 else invoice.total),
        badge=word,
        tone=tone,
        href=routes.office_invoice(invoice.public_id),
        what=INVOICE,
        hidden=invoice.hidden,
    )
