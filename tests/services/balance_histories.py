"""Made-up histories of one invoice between a portal and its CRM: what was paid, told, applied, polled and read back.

The portal's side does to its rows what `ledger` does; the CRM's side keeps the true balance.
"""

import random
from dataclasses import dataclass, field

from portal_app import clock
from portal_app.models import Allocation
from portal_app.services import balance_seen

PAYMENT, REFUND_FAILED = "payment", "refund_failed"
STEPS = 30


@dataclass
class History:
    """One invoice; `balance` is the CRM's, `read` what the portal read of it last."""

    dice: random.Random
    edits: bool = False
    credit_notes: bool = False
    total: int = 0
    balance: int = 0
    read: int = 0
    rows: list[Allocation] = field(default_factory=list)
    # By row, whether the CRM's balance has it; what it has taken on and not applied, in order.
    applied: set[int] = field(default_factory=set)
    queue: list[Allocation] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    # Whether something was booked that was not applied: what undoes each other to the cent cannot be told apart.
    guessed: bool = False

    def __post_init__(self) -> None:
        self.total = self.dice.randrange(1, 100) * 1000
        self.balance = self.read = self.total
        # A CRM applies at once, or later, or now so and now so.
        self.later = self.dice.choice((0.0, 1.0, 0.5))

    def note(self, said: str) -> None:
        """Write down what has happened, for whoever looks for the reason of a wrong end."""
        self.said.append(f"{said} (CRM {self.balance}, read {self.read})")

    def debt(self) -> int:
        """Return what is owed in truth: the CRM's word, less what it has not applied yet."""
        return self.balance - sum(row.amount_minor for row in self.rows if self.id(row) not in self.applied)

    def shown(self) -> int:
        """Return what the portal takes for the debt."""
        return self.read - sum(row.amount_minor for row in self.rows if row.booked_at is None)

    @staticmethod
    def id(row: Allocation) -> int:
        """Return a row's number."""
        return row.id or 0

    def live(self) -> None:
        """Let things happen in any order, then let everything come to rest."""
        acts = [self.pay, self.pay, self.give_back, self.refund_fails, self.tell, self.tell, self.tell]
        acts += [self.lose_answer, self.by_hand, self.put_right, self.apply, self.apply, self.poll, self.read_back]
        acts += [self.edit] * self.edits + [self.credit] * self.credit_notes
        for _ in range(STEPS):
            self.dice.choice(acts)()
        self.rest()

    def rest(self) -> None:
        """Let the CRM hear of everything, apply it and be read."""
        while self.untold():
            self.tell()
        while self.queue:
            self.apply()
        self.put_right(all_of_them=True)
        for _ in range(3):
            self.read_back()

    def untold(self) -> list[Allocation]:
        """Return what the outbox has still to tell, in its order."""
        return [row for row in self.rows if row.told_at is None and row.cause != REFUND_FAILED]

    def add(self, amount: int, cause: str) -> None:
        """Write a row, as `ledger` does."""
        number = len(self.rows) + 1
        row = Allocation(
            id=number,
            payment_id=1,
            invoice_id=1,
            amount_minor=amount,
            cause=cause,
            command_id="" if cause == REFUND_FAILED else f"c{number}",
            balance_before_minor=self.read,
        )
        self.rows.append(row)
        self.note(f"row {number}: {cause} of {amount}")

    def pay(self) -> None:
        """Pay all that is left, or a part."""
        left = max(0, self.shown())
        if left:
            self.add(left if self.dice.random() < 0.4 else self.dice.randrange(1, left + 1), PAYMENT)

    def give_back(self) -> None:
        """Give back some of what was paid, so that it is due again."""
        paid = sum(row.amount_minor for row in self.rows)
        if paid > 0:
            self.add(-(paid if self.dice.random() < 0.4 else self.dice.randrange(1, paid + 1)), "refund")

    def credit(self) -> None:
        """Give back some of what was paid and let the debt go as well: no balance moves."""
        for amount in (-500, 500):
            self.add(amount, "credit_note")
            self.rows[-1].balance_before_minor = None
            self.applied.add(len(self.rows))

    def refund_fails(self) -> None:
        """Let a refund that was given turn out not to have gone through."""
        back = [row for row in self.rows if row.cause == "refund" and row.cause_id == ""]
        if back and self.dice.random() < 0.4:
            row = self.dice.choice(back)
            row.cause_id = "failed"
            self.add(-row.amount_minor, REFUND_FAILED)
            self.rows[-1].cause_id = str(row.id)

    def tell(self) -> None:
        """Tell the CRM of the oldest that it has not answered."""
        for row in self.untold()[:1]:
            self.take(row, later=self.dice.random() < self.later)
            row.told_at = clock.now()
            self.note(f"row {row.id} told")

    def lose_answer(self) -> None:
        """Tell the CRM, and never hear that it has taken it."""
        for row in self.untold()[:1]:
            self.take(row, later=self.dice.random() < self.later)
            self.note(f"row {row.id}: answer lost")

    def take(self, row: Allocation, *, later: bool) -> None:
        """Let the CRM take a command on, once however often it is told."""
        if row in self.queue or self.id(row) in self.applied:
            return
        self.queue.append(row)
        while self.queue and not later:
            self.apply()

    def by_hand(self) -> None:
        """Let somebody enter the oldest at the CRM, where it has not arrived, and say so."""
        for row in self.untold()[:1]:
            if row in self.queue or self.dice.random() < 0.7:
                return
            self.enter(row)
            row.told_at, row.by_hand = clock.now(), True
            self.note(f"row {row.id} entered by hand")

    def put_right(self, *, all_of_them: bool = False) -> None:
        """Let somebody undo at the CRM the refunds that have failed, and say so then or later."""
        failed = [row for row in self.rows if row.cause == REFUND_FAILED and row.told_at is None]
        # Nobody undoes what the CRM does not show.
        if any(int(row.cause_id) not in self.applied for row in failed):
            return
        for row in failed:
            if all_of_them or self.dice.random() < 0.5:
                self.enter(row)
        if failed and (
            all_of_them or (self.dice.random() < 0.5 and all(self.id(row) in self.applied for row in failed))
        ):
            for row in failed:
                row.told_at, row.by_hand = clock.now(), True
            self.note("put right")

    def enter(self, row: Allocation) -> None:
        """Move the CRM's balance by a row, once."""
        if self.id(row) not in self.applied:
            self.applied.add(self.id(row))
            self.balance -= row.amount_minor
            self.note(f"row {row.id} applied")

    def apply(self) -> None:
        """Let the CRM apply the oldest that it has taken on."""
        if self.queue:
            self.enter(self.queue.pop(0))

    def edit(self) -> None:
        """Let the office change the invoice at the CRM."""
        if self.dice.random() < 0.3:
            by = self.dice.randrange(-self.total // 3, self.total // 3)
            self.balance += max(by, -self.balance)
            self.note(f"edited by {by}")

    def poll(self) -> None:
        """Bring the CRM's balance."""
        self.read = self.balance
        self.note("polled")

    def read_back(self) -> None:
        """Read the invoice and book what it shows, as `ledger.booked` does."""
        self.read = self.balance
        rows = [row for row in self.rows if row.booked_at is None]
        seen = balance_seen.look(rows, [row for row in rows if row.told_at is not None], self.read)
        for row in rows:
            if self.id(row) in seen.shown:
                self.guessed |= self.id(row) not in self.applied
                row.booked_at = clock.now()
            elif self.id(row) in seen.balances_before:
                row.balance_before_minor = seen.balances_before[self.id(row)]
        self.note(f"read back: {sorted(seen.shown)} shown")
