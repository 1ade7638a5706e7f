"""The outbox page's words."""

from dataclasses import dataclass, field

from portal_app import clock, routes
from portal_app.components.tables import Chip
from portal_app.components.words import Words, plural
from portal_app.services.mails import Mail
from portal_app.services.outbox_office import SHOWN, OutboxItem, OutboxPage, Reading

_MAILS = {
    Mail.LINK: "Link to the portal",
    Mail.SHARED: "Invoice for somebody else",
    Mail.CODE: "Code",
    Mail.INVITATION: "Invitation",
    Mail.RESET: "New password",
    Mail.PASSWORD_CHANGED: "Password was changed",
    Mail.PERSON_INVITED: "Somebody was invited",
    Mail.CONFIRM_EMAIL: "Code for a new address",
    Mail.EMAIL_CHANGED: "Address was changed",
    Mail.RECEIPT: "Receipt",
    Mail.PAYMENT_WITH_BANK: "Payment is with the bank",
    Mail.PAYMENT_FAILED: "Payment did not go through",
    Mail.REFUND: "Money was given back",
    Mail.CREDIT_USED: "Credit was used for an invoice",
    Mail.GUEST_PAYMENT: "News of a guest’s payment",
    Mail.OFFICE_PAYMENT: "News of a payment, for you",
    Mail.TEST: "Test message",
}
_COMMANDS = {
    "contact-changes": "Change of details",
    "payments": "Payment",
    "payment-reversals": "Payment taken back",
    "refunds": "Refund",
    "quote-decisions": "Decision on a quote",
    "messages": "Message",
    "service-requests": "Request",
    "booking-notes": "Note for a booking",
}
_STATES = {
    "pending": ("Waiting", "processing"),
    "sending": ("On its way", "on-the-way"),
    "office": ("Needs you", "overdue"),
    "dead": ("Given up", "overdue"),
    "done": ("Left", "complete"),
    "withdrawn": ("Withdrawn", "off"),
}


@dataclass(frozen=True)
class OutboxRow:
    """One row of the list; `since_iso` lets the page count its age."""

    public_id: str = ""
    what: str = ""
    whither: str = ""
    customer: str = ""
    customer_href: str = ""
    state: str = ""
    tone: str = ""
    why: str = ""
    when: str = ""
    since_iso: str = ""
    may_retry: bool = False


@dataclass(frozen=True)
class OutboxView:
    """The whole list: filters, rows, the way to older ones, and what holds everything up."""

    summary: str = ""
    chips: list[Chip] = field(default_factory=list)
    rows: list[OutboxRow] = field(default_factory=list)
    nothing: str = ""
    newest_href: str = ""
    older_href: str = ""
    mail_unset: bool = False
    crm_stopped: bool = False


@dataclass(frozen=True)
class Line:
    """One field of a command."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class ReadingView:
    """One row in full; `is_mail` says which of the two forms it has."""

    public_id: str = ""
    what: str = ""
    is_mail: bool = False
    recipient: str = ""
    subject: str = ""
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    state: str = ""
    tone: str = ""
    why: str = ""
    may_retry: bool = False
    may_finish: bool = False
    may_withdraw: bool = False


def outbox_view(page: OutboxPage, show: str, before: str, words: Words) -> OutboxView:
    """Return the list as it is shown."""
    return OutboxView(
        summary=_summary(page),
        chips=[
            Chip("All", str(page.waiting + page.needs), routes.OFFICE_OUTBOX, show == "open"),
            Chip("Needs you", str(page.needs), _address("needs"), show == "needs"),
            Chip("Waiting", str(page.waiting), _address("waiting"), show == "waiting"),
            Chip("Left", "", _address("left"), show == "left"),
        ],
        rows=[_row(item, words) for item in page.items],
        nothing="" if page.items else "older" if before else show,
        newest_href=_address(show) if before else "",
        older_href=_address(show, page.older) if page.older else "",
        mail_unset=not page.mail_set,
        crm_stopped=page.crm_stopped,
    )


def _address(show: str, before: str = "") -> str:
    query = [f"show={show}"] if show != "open" and show in SHOWN else []
    query += [f"before={before}"] if before else []
    return routes.OFFICE_OUTBOX + ("?" + "&".join(query) if query else "")


def _summary(page: OutboxPage) -> str:
    if page.needs:
        return f"{plural(page.needs, 'needs', 'need')} you, {page.waiting or 'none'} waiting"
    return f"{page.waiting} waiting" if page.waiting else "Everything has left"


def _row(item: OutboxItem, words: Words) -> OutboxRow:
    state, tone = _state(item)
    return OutboxRow(
        public_id=item.public_id,
        what=_what(item),
        whither=_whither(item),
        customer=item.customer,
        customer_href=routes.office_customer(item.customer_public_id) if item.customer_public_id else "",
        state=state,
        tone=tone,
        why=_why(item, words),
        when=words.moment(item.done_at or item.written_at),
        since_iso=clock.iso(item.written_at) if item.done_at is None else "",
        may_retry=item.may_retry and item.state in ("office", "dead"),
    )


def _what(item: OutboxItem) -> str:
    if item.kind == "mail":
        return _MAILS[item.mail] if item.mail else "Mail"
    return _COMMANDS.get(item.kind, item.kind.replace("-", " ").capitalize())


def _whither(item: OutboxItem) -> str:
    return f"Mail to {item.to}" if item.kind == "mail" else "To the CRM"


def _state(item: OutboxItem) -> tuple[str, str]:
    if item.state == "done" and item.done_by:
        return "Done by hand", "complete"
    if item.state == "done" and item.kind == "mail" and item.reason:
        return "Came back", "overdue"
    return _STATES.get(item.state, (item.state, "scheduled"))


def _why(item: OutboxItem, words: Words) -> str:
    """Return what there is to say beyond the state."""
    if item.blocked:
        return "Waits until the one before it, about the same thing, has been decided."
    if item.state == "pending" and item.reason:
        again = words.moment(item.next_at) if item.next_at > words.now else "in a moment"
        return f"{item.reason} Next try: {again}."
    if item.state in ("done", "withdrawn"):
        came_back = item.reason if item.kind == "mail" and item.state == "done" else ""
        return f"By {item.done_by}." if item.done_by else came_back
    return item.reason


def reading_view(reading: Reading, words: Words) -> ReadingView:
    """Return one row in full."""
    item = reading.item
    state, tone = _state(item)
    return ReadingView(
        public_id=item.public_id,
        what=_what(item),
        is_mail=item.kind == "mail",
        recipient=item.to,
        subject=reading.subject,
        text=reading.text,
        lines=[Line(name, value) for name, value in reading.fields],
        state=state,
        tone=tone,
        why=_why(item, words),
        may_retry=item.may_retry,
        may_finish=item.may_finish,
        may_withdraw=item.may_withdraw,
    )
