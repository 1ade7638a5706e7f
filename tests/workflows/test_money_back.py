"""Money that goes back more than once, and in more than one way: what each invoice loses is said once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app.database import transaction
from portal_app.models import Outbox, Payment
from portal_app.services import refunds
from portal_app.services.actors import Staff
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 60.00 and 40.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 6000, 4000) as ready:
        yield ready


@pytest.fixture
def boss(till: Money) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Money, *numbers: int) -> tuple[str, Payment]:
    """Pay some invoices by card; returns the try and the payment."""
    attempt, page = till.begin(*numbers)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return attempt, till.payments()[-1]


def told(till: Money, kind: str) -> list[list[tuple[str, int]]]:
    """Return the allocations of all commands of a kind: the invoice's id at the CRM, and minor units."""
    bodies = [body for name, body in till.commands() if name == kind]
    return [[(part["invoice_id"], part["amount"]["amount_minor"]) for part in body["allocations"]] for body in bodies]


def test_a_second_credit_note_goes_on_where_the_first_ended(till: Money, boss: Staff):
    _, payment = paid(till, 0, 1)
    for amount in (4500, 3000):
        run(give_back(boss, payment.public_id, amount, CREDIT_NOTE, ""))
    assert told(till, "refunds") == [[("inv_0", 4500)], [("inv_0", 1500), ("inv_1", 1500)]]
    assert (till.left(0), till.left(1)) == (0, 0)


def test_a_dispute_takes_back_no_debt_that_is_gone(till: Money, boss: Staff):
    attempt, payment = paid(till, 0, 1)
    run(give_back(boss, payment.public_id, 3000, CREDIT_NOTE, ""))
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    assert (till.left(0), till.left(1)) == (3000, 4000)


def test_what_is_told_of_one_household_leaves_in_order(till: Money, boss: Staff):
    _, first = paid(till, 0)
    run(give_back(boss, first.public_id, 6000, REOPEN, ""))
    paid(till, 0)
    waiting = [row for row in rows(select(Outbox).order_by(col(Outbox.id))) if row.kind != "mail"]
    assert [row.kind for row in waiting] == ["payments", "refunds", "payments"]
    # Told the other way round, the second payment would bring more than is left.
    assert len({row.subject for row in waiting}) == 1


def test_a_refund_made_at_stripe_is_decided_while_a_dispute_is_open(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=2000)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    [refund] = till.refunds()
    decide(boss, refund.public_id)
    assert told(till, "refunds") == [[("inv_0", 2000)]]
    assert till.left(0) == 6000


def test_a_won_dispute_pays_again_beside_a_refund_nobody_has_decided(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=2000)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    run(sync_attempt(attempt))
    till.stripe.act(f"disputes/{dispute}/won")
    run(sync_attempt(attempt))
    assert till.left(0) == 0
    [refund] = till.refunds()
    decide(boss, refund.public_id)
    assert told(till, "refunds") == [[("inv_0", 2000)]]
    assert till.left(0) == 2000


def decide(boss: Staff, refund: str) -> None:
    with transaction() as session:
        refunds.treat(session, boss, refund, REOPEN)
