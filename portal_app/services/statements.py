"""Statements of account: what was charged and what came, for any period, at all properties or at one."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session, col

from portal_app import clock
from portal_app.errors import Invalid, NotFound
from portal_app.integrations.paper.records import Account, StatementPaper
from portal_app.integrations.paper.records import Entry as Printed
from portal_app.models import Customer as CustomerRow
from portal_app.models import Invoice, Location
from portal_app.money import Money
from portal_app.services import business, invoices, ledger, paid, papers, properties, reach
from portal_app.services.actors import Customer
from portal_app.services.owed import LEFT, UNPAID
from portal_app.services.paid import Came
from portal_app.services.rights import Right

MOST_ENTRIES = 2_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
AGES = ("Not yet due", "1 to 30 days", "31 to 60 days", "61 to 90 days", "Older")
_AGE_ENDS = (0, 30, 60, 90)
_COUNTED = (*UNPAID, "paid", "uncollectible")


@dataclass(frozen=True, slots=True)
class Charge:
    """An invoice as an account has it; `left` is what is still to be paid of it now, below zero what is too much."""

    invoice_id: int
    number: str
    title: str
    day: date
    due: date | None
    total: int
    left: int
    currency: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement: a charge adds (positive), what came takes away; `balance` is after it.

    `kind` is charge (below zero it is a credit of the CRM's), came, or settled: the part of an invoice that is paid by
    what nobody has recorded here.
    """

    day: date
    kind: str
    words: str
    reference: str
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Ledger:
    """One currency's account over a period; `ages` are what is left by how long it has been due, in AGES' order."""

    opening: Money
    entries: tuple[Entry, ...]
    closing: Money
    ages: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its ledgers, one for each currency, and the same as a paper."""

    first: date
    last: date
    ledgers: tuple[Ledger, ...]
    paper: StatementPaper


def period(first: str, last: str, today: date) -> tuple[date, date]:
    """Return a period as it was asked for, ISO days; empty ones mean this year until today. Raises Invalid."""
    begins = _day(first) if first else today.replace(month=1, day=1)
    ends = _day(last) if last else today
    if begins > ends:
        raise Invalid("The first day is after the last one. Please swap them.")
    if begins < FIRST_DAY or ends > LAST_DAY:
        raise Invalid("Please choose days between 1990 and 2100.")
    return begins, ends


def _day(typed: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = None
    if day is None or day.isoformat() != typed:
        raise Invalid("This day cannot be read. Please write it like 2026-11-25.")
    return day


def get(session: Session, actor: Customer, first: date, last: date, today: date, place: str = "") -> Statement:
    """Return the statement of a period, both days in it; `place` is a property's public id (NotFound out of reach).

    Needs the right to view money, and covers the properties at which it holds. Raises Invalid for a period with more
    than MOST_ENTRIES lines.
    """
    actor.require(Right.VIEW_MONEY)
    about = business.get(session)
    customer = session.get(CustomerRow, actor.customer_id)
    if about is None or customer is None:
        raise NotFound
    here = properties.row_of(session, actor, Right.VIEW_MONEY, place) if place else None
    charges = _charges(session, actor, here, about.zone)
    came = paid.of_invoices(session, (charge.invoice_id for charge in charges), about.zone)
    ledgers = ledgers_of(charges, came, first, last, min(last, today), about.currency)
    location = session.get(Location, here) if here else None
    whole = last >= today and here is None and actor.places(Right.VIEW_MONEY) is None
    over = _over(ledger.on_account(session, actor.customer_id), about.locale) if whole else ""
    paper = StatementPaper(
        stationery=papers.stationery(about),
        buyer=tuple(filter(None, (customer.name, *invoices.address_lines(customer.billing_address or {})))),
        first=first,
        last=last,
        made_on=today,
        accounts=tuple(_account(ledger) for ledger in ledgers),
        place=properties.name_of(location.label, location.address) if location else "",
        bank=papers.bank_lines(about) if any(ledger.closing.minor > 0 for ledger in ledgers) else (),
        note=" ".join(filter(None, (_note(ledgers), over))),
    )
    return Statement(first, last, ledgers, paper)


def _note(ledgers: Sequence[Ledger]) -> str:
    known = any(entry.kind == "settled" for ledger in ledgers for entry in ledger.entries)
    return "Where the day of a payment is not recorded here, it stands on the day of its invoice." if known else ""


def _over(spare: Sequence[Money], locale: str) -> str:
    """Return that money is here which pays no invoice: no line has it, because the account ends where invoices do."""
    amounts = " and ".join(amount.show(locale) for amount in spare)
    return f"Of what has come, {amounts} pays no invoice yet and is not counted here." if amounts else ""


def _account(account: Ledger) -> Account:
    return Account(
        account.opening,
        tuple(
            Printed(entry.day, entry.words, entry.reference, entry.amount, entry.balance) for entry in account.entries
        ),
        account.closing,
        tuple((word, age) for word, age in zip(AGES, account.ages, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class _Event:
    day: date
    order: int
    invoice_id: int
    kind: str
    words: str
    reference: str
    amount: int


def ledgers_of(
    charges: Sequence[Charge], came: Sequence[Came], first: date, last: date, as_of: date, currency: str
) -> tuple[Ledger, ...]:
    """Return the accounts of a period, one for each currency (at least the one given), both days in it.

    What is left of an invoice now says how much of it is settled; what of that did not come by `came` is taken off on
    the invoice's own day, so that the account always ends where the invoices do. What came for one of a later day
    stands on its own day all the same. `as_of` is what ages are counted to.
    """
    until = {one.currency for one in (*charges, *came) if one.day <= last}
    found = sorted(until or {currency}, key=lambda one: (one != currency, one))
    return tuple(
        _ledger(
            [one for one in charges if one.currency == code],
            [one for one in came if one.currency == code],
            (first, last, as_of),
            code,
        )
        for code in found
    )


def _ledger(charges: Sequence[Charge], came: Sequence[Came], days: tuple[date, date, date], currency: str) -> Ledger:
    first, last, as_of = days
    events = sorted(_events(charges, came), key=lambda event: (event.day, event.order, event.invoice_id))
    balance = sum(event.amount for event in events if event.day < first)
    opening, entries = balance, []
    for event in events:
        if first <= event.day <= last:
            if len(entries) == MOST_ENTRIES:
                raise Invalid(f"This period has more than {MOST_ENTRIES:,} lines. Please choose a shorter one.")
            balance += event.amount
            amount, after = Money(event.amount, currency), Money(balance, currency)
            entries.append(Entry(event.day, event.kind, event.words, event.reference, amount, after))
    ages = _ages(charges, [event for event in events if event.day <= as_of], as_of)
    return Ledger(
        Money(opening, currency),
        tuple(entries),
        Money(balance, currency),
        tuple(Money(age, currency) for age in ages),
    )


def _events(charges: Sequence[Charge], came: Sequence[Came]) -> list[_Event]:
    by_invoice: dict[int, int] = defaultdict(int)
    for one in came:
        by_invoice[one.invoice_id] += one.amount
    events = [_Event(one.day, 2, one.invoice_id, "came", one.words, one.reference, -one.amount) for one in came]
    for charge in charges:
        of = (charge.day, 0, charge.invoice_id)
        called = "Credit" if charge.total < 0 else "Invoice"
        events.append(_Event(*of, "charge", f"{called} {charge.number}".rstrip(), charge.title, charge.total))
        settled = charge.total - charge.left - by_invoice[charge.invoice_id]
        if settled:
            words = _settled_words(charge, settled)
            events.append(_Event(charge.day, 1, charge.invoice_id, "settled", words, charge.number, -settled))
    return events


def _settled_words(charge: Charge, settled: int) -> str:
    if charge.closed:
        return "Closed"
    if settled > 0:
        return "Paid"
    return "Credit used" if charge.total < 0 else "Adjustment"


def _ages(charges: Sequence[Charge], events: Sequence[_Event], as_of: date) -> list[int]:
    """Return what is left on a day, by how long it has been due."""
    left: dict[int, int] = defaultdict(int)
    for event in events:
        left[event.invoice_id] += event.amount
    due = {charge.invoice_id: charge.due for charge in charges}
    ages = [0] * len(AGES)
    for invoice_id, amount in left.items():
        until = due.get(invoice_id)
        late = (as_of - until).days if until else 0
        ages[bisect_left(_AGE_ENDS, late)] += amount
    return ages


def _charges(session: Session, actor: Customer, here: int | None, zone: str) -> list[Charge]:
    """Return the contact's invoices, later ones too: money may have come for them already.

    Those without a date of their own count from the day they are due.
    """
    statement = _statement(limited=reach.limited(actor))
    rows = session.connection().execute(statement, reach.values(actor)).all()
    return [_charge(row, zone) for row in rows if here is None or row.location_id == here]


def _charge(row: Any, zone: str) -> Charge:
    return Charge(
        invoice_id=row.id,
        number=row.number,
        title=row.title,
        day=row.issued_on or row.due_on or clock.local(row.created_at, zone).date(),
        due=row.due_on,
        total=row.total_minor,
        left=_left(row),
        currency=row.currency,
        closed=row.status == "uncollectible",
    )


def _left(row: Any) -> int:
    """Return what is left of an invoice, or what is too much as the CRM says.

    What was paid here may be in the balance that its poll brought, and make no credit of itself until it is read back.
    """
    if row.status == "uncollectible":
        return 0
    left = max(row.left_minor, min(0, row.balance_minor))
    return left if row.status in UNPAID else min(0, left)


@cache
def _statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    names = ("id", "number", "title", "status", "currency", "total_minor", "balance_minor", "issued_on", "due_on")
    left = LEFT.label("left_minor")
    return select(
        *(getattr(Invoice, name) for name in names), left, col(Invoice.location_id), col(Invoice.created_at)
    ).where(*reach.within(Invoice, limited=limited), col(Invoice.status).in_(_COUNTED))
