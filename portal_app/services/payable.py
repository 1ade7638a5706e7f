"""What a contact may pay at once: all that is overdue, all that is due, or the invoices they have picked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam
from sqlmodel import Session, col

from portal_app.models import Invoice
from portal_app.money import Money
from portal_app.services import held_money, invoices, pay_amounts, reach
from portal_app.services.actors import Customer
from portal_app.services.attempts import MOST_INVOICES
from portal_app.services.invoices import Entry
from portal_app.services.rights import Right

OVERDUE, EVERYTHING = "overdue", "everything"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Invoices of one currency that can be paid together, by public id, and what that comes to.

    `kind` is OVERDUE or EVERYTHING; `more` says that there are others, due later than these, for another payment, and
    `left_out` that there are others of the kind for which a bank or the office looks at money.
    """

    kind: str
    invoices: tuple[str, ...]
    amount: Money
    more: bool = False
    left_out: bool = False

    @property
    def key(self) -> str:
        """The name of this bundle among those of the same reader."""
        return f"{self.kind}.{self.amount.currency}"


def may_pay(actor: Customer, invoice: Entry) -> bool:
    """Return whether something of an invoice can be paid now, by this contact."""
    if invoice.payable.minor <= 0 or not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return False
    places = actor.places(Right.PAY)
    return places is None or invoice.location_id in places


def bundles(session: Session, actor: Customer, today: date, location: str | None = None) -> list[Bundle]:
    """Return what can be paid with one press, perhaps at one property: what is overdue, and all where that is more.

    Each at most MOST_INVOICES of one currency, those due first. Nothing without the right to pay, and nothing that
    cannot be paid online. What a bank or the office is still looking at is left out: it may turn out to be paid.
    """
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return []
    listed = invoices.page(session, actor, which="outstanding", location=location, limit=invoices.LONGEST_PAGE)
    held = held_money.of_customer(session, actor.customer_id)
    open_ones = [entry for entry in listed.entries if may_pay(actor, entry)]
    waiting = [entry for entry in open_ones if entry.disputed or entry.id in held]
    due = [entry for entry in open_ones if entry not in waiting]
    found = []
    for currency in dict.fromkeys(entry.total.currency for entry in due):
        everything = [entry for entry in due if entry.total.currency == currency]
        late = [entry for entry in everything if entry.overdue(today)]
        others = [entry for entry in waiting if entry.total.currency == currency]
        if late:
            found.append(_bundle(OVERDUE, late, left_out=any(entry.overdue(today) for entry in others)))
        if len(everything) > len(late) and len(late) < MOST_INVOICES:
            found.append(_bundle(EVERYTHING, everything, left_out=bool(others)))
    return [bundle for bundle in found if not pay_amounts.is_refused(bundle.amount)]


def _bundle(kind: str, entries: Sequence[Entry], *, left_out: bool) -> Bundle:
    chosen = entries[:MOST_INVOICES]
    ids = tuple(entry.public_id for entry in chosen)
    return Bundle(kind, ids, _sum(chosen), more=len(entries) > len(chosen), left_out=left_out)


def picked(session: Session, actor: Customer, public_ids: Iterable[str]) -> list[Entry]:
    """Return those of some invoices that can be paid now; what is not theirs, paid or out of reach is left out."""
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return []
    ids = list(dict.fromkeys(public_ids))[:MOST_INVOICES]
    rows = session.connection().execute(_some(limited=reach.limited(actor)), reach.values(actor, public_ids=ids))
    found = {row.public_id: invoices.entry_of(row) for row in rows}
    return [found[one] for one in ids if one in found and may_pay(actor, found[one])]


@cache
def _some(*, limited: bool) -> Select[*tuple[Any, ...]]:
    wanted = col(Invoice.public_id).in_(bindparam("public_ids", expanding=True))
    return invoices.heads().where(*reach.within(Invoice, limited=limited, narrowed=True), wanted)


def sum_of(entries: Sequence[Entry]) -> Money | None:
    """Return what can be paid now of some invoices together, None for none or for several currencies."""
    return _sum(entries) if len({entry.total.currency for entry in entries}) == 1 else None


def _sum(entries: Sequence[Entry]) -> Money:
    return Money(sum(entry.payable.minor for entry in entries), entries[0].total.currency)
