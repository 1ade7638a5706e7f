"""One invoice of a list: its columns, and what they say."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlmodel import col

from portal_app.models import Customer as CustomerRow
from portal_app.models import Invoice, Location
from portal_app.money import Money
from portal_app.services import properties
from portal_app.services.owed import CREDITED, DISPUTED, LEFT, UNPAID


@dataclass(frozen=True, slots=True)
class Entry:
    """One invoice of a list; `place` is the property's name, `overdue` that its due day has passed with a balance.

    `being_booked` was paid here and the CRM's books do not show it yet; `with_bank` is on its way and still part of
    `balance`; `credited` is settled without money; `disputed` was paid, and is part of `balance` until a bank has
    decided on it; all in minor units. `location_id` is the property's row. `hidden` says that the office hides it,
    which only the office is told.
    """

    id: int
    public_id: str
    number: str
    title: str
    status: str
    total: Money
    balance: Money
    issued_on: date | None
    due_on: date | None
    place: str
    customer_name: str = ""
    being_booked: int = 0
    with_bank: int = 0
    credited: int = 0
    disputed: int = 0
    location_id: int | None = None
    hidden: bool = False

    def overdue(self, today: date) -> bool:
        """Return whether it should have been paid by now; nothing is late of what is with the bank."""
        return self.payable.minor > 0 and self.due_on is not None and self.due_on < today

    @property
    def left(self) -> Money:
        """What is still to be paid; nothing of what is paid, cancelled or closed."""
        return self.balance if self.status in UNPAID else Money(0, self.balance.currency)

    @property
    def paid(self) -> Money:
        """What was paid and has not gone back: neither left nor credited. Nothing is said of what is closed."""
        if self.status not in (*UNPAID, "paid"):
            return Money(0, self.total.currency)
        return Money(max(0, self.total.minor - self.left.minor - self.credited), self.total.currency)

    @property
    def in_booking(self) -> Money:
        """What was paid here and is not in the CRM's books yet; nothing of what has gone back since."""
        return Money(min(self.being_booked, self.paid.minor), self.total.currency)

    @property
    def payable(self) -> Money:
        """What may be paid now: what is left, less what is already with the bank."""
        return Money(max(0, self.left.minor - self.with_bank), self.left.currency)


_HEAD = (
    *(getattr(Invoice, name) for name in ("id", "public_id", "number", "title", "status", "currency")),
    *(getattr(Invoice, name) for name in ("total_minor", "issued_on", "due_on", "paid_here_minor", "with_bank_minor")),
    col(Invoice.location_id),
    col(Invoice.hidden_at),
    LEFT.label("left_minor"),
    CREDITED.label("credited_minor"),
    DISPUTED.label("disputed_minor"),
    col(Location.label).label("label"),
    col(Location.address).label("address"),
    col(CustomerRow.name).label("customer_name"),
)


def heads() -> Select[*tuple[Any, ...]]:
    """Return the statement that reads what `entry_of` takes, for conditions to be added."""
    return (
        select(*_HEAD)
        .join(CustomerRow, col(CustomerRow.id) == col(Invoice.customer_id))
        .outerjoin(Location, and_(col(Location.id) == col(Invoice.location_id), col(Location.deleted_at).is_(None)))
    )


def entry_of(row: Row[*tuple[Any, ...]]) -> Entry:
    """Return one row of a list as facts."""
    return Entry(
        id=row.id,
        public_id=row.public_id,
        number=row.number,
        title=row.title,
        status=row.status,
        total=Money(row.total_minor, row.currency),
        balance=Money(max(0, row.left_minor), row.currency),
        issued_on=row.issued_on,
        due_on=row.due_on,
        place=properties.name_of(row.label, row.address),
        customer_name=row.customer_name,
        being_booked=max(0, row.paid_here_minor),
        with_bank=row.with_bank_minor,
        credited=int(row.credited_minor),
        disputed=int(row.disputed_minor),
        location_id=row.location_id,
        hidden=row.hidden_at is not None,
    )
