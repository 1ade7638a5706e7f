"""Several invoices in one payment, and what is told of a try that failed: against the local Stripe."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotFound
from portal_app.models import Invoice
from portal_app.money import Money as Amount
from portal_app.services import failed_tries, payments
from portal_app.services.actors import Customer
from portal_app.services.attempts import Wanted
from portal_app.services.failed_tries import CAME_BACK, CLOSED, DECLINED
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import end_page, sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Three invoices over 240.00, 100.00 and 60.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000, 6000) as ready:
        yield ready


def shown(till: Money, sum_minor: int, *numbers: int) -> Wanted:
    return Wanted(till.wants(*numbers).invoices, shown=Amount(sum_minor, "GBP"))


def last(till: Money, number: int = 0, who: Customer | None = None) -> tuple[str, int] | None:
    with reading() as session:
        found = failed_tries.latest(session, who or till.payer, till.invoices[number])
    return (found.kind, found.amount.minor) if found else None


def test_each_invoice_shows_its_part(till: Money):
    begun = run(pay.pay_on_page(till.payer, shown(till, 40000, 0, 1, 2)))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
    assert run(sync_attempt(begun.attempt)) == "succeeded"
    for number, part in enumerate((24000, 10000, 6000)):
        assert till.left(number) == 0
        with reading() as session:
            [facts] = payments.of_invoice(session, till.payer, till.invoices[number])
        assert {one.invoice_public_id: one.amount.minor for one in facts.parts}[till.invoices[number]] == part


def test_another_sum_than_was_shown_is_not_taken(till: Money):
    with transaction() as session:
        session.get_one(Invoice, 1).balance_minor = 25000
    with pytest.raises(Invalid, match=r"comes to £350\.00 by now"):
        run(pay.pay_on_page(till.payer, shown(till, 34000, 0, 1)))
    assert till.payments() == []


def test_an_invoice_paid_meanwhile_is_named(till: Money):
    attempt, page = till.begin(1)
    till.stripe.pay(page)
    # The page that was open for it turns out to be paid as soon as another is to take its place.
    with pytest.raises(Invalid, match="Invoice 2291 has nothing left"):
        run(pay.pay_on_page(till.payer, shown(till, 34000, 0, 1)))
    assert till.attempt(attempt).state == "succeeded"
    assert till.left(0) == 24000


def test_other_customers_and_other_currencies(till: Money):
    noor = people.make_customer("noor@example.com")
    theirs = Invoice(
        customer_id=noor.customer_id or 0, currency="GBP", total_minor=100, balance_minor=100, number="THEIRS"
    )
    dollars = Invoice(customer_id=till.payer.customer_id, currency="USD", total_minor=100, balance_minor=100)
    with transaction() as session:
        session.add_all([theirs, dollars])
    with pytest.raises(NotFound):
        run(pay.pay_on_page(till.payer, Wanted((till.invoices[0], theirs.public_id))))
    with pytest.raises(Invalid, match="different currencies"):
        run(pay.pay_on_page(till.payer, Wanted((till.invoices[0], dollars.public_id))))


def test_two_tabs_share_a_page_and_a_saved_card_pays_once(till: Money):
    attempt, page = till.begin(2)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    [card] = run(pay.saved_methods(till.payer))
    first = run(pay.pay_on_page(till.payer, shown(till, 34000, 0, 1)))
    assert run(pay.pay_on_page(till.payer, shown(till, 34000, 0, 1))).attempt == first.attempt
    begun = run(pay.pay_with_saved(till.payer, shown(till, 34000, 0, 1), card.id))
    assert (begun.state, till.attempt(first.attempt).state) == ("succeeded", "expired")
    with pytest.raises(Invalid, match="nothing left"):
        run(pay.pay_with_saved(till.payer, shown(till, 34000, 0, 1), card.id))
    assert [payment.amount_minor for payment in till.payments()] == [6000, 34000]


def test_a_declined_card_is_told_until_it_is_paid(till: Money):
    assert last(till) is None
    attempt, page = till.begin(0, 1)
    assert last(till) is None
    till.stripe.pay(page, "card_declined")
    run(sync_attempt(attempt))
    assert (last(till), last(till, 1), last(till, 2)) == ((DECLINED, 24000), (DECLINED, 10000), None)
    run(end_page(attempt))
    assert last(till) == (DECLINED, 24000)
    again, page = till.begin(0)
    assert (last(till), last(till, 1)) == (None, (DECLINED, 10000))
    till.stripe.pay(page)
    run(sync_attempt(again))
    assert last(till) is None


def test_a_page_that_was_left_and_who_is_told(till: Money):
    attempt, _ = till.begin()
    run(end_page(attempt))
    assert last(till) == (CLOSED, 24000)
    other = people.make_customer("bob@example.com")
    stranger = people.actor_of(people.start_session(other))
    assert isinstance(stranger, Customer)
    assert last(till, who=stranger) is None
    # Somebody else of the same household has not begun it, and could not look at it.
    with reading() as session:
        housemate = Customer(99, till.payer.customer_id, 99, 99, "Bob", till.payer.rights, None)
        assert failed_tries.latest(session, housemate, till.invoices[0]) is None


def test_a_debit_that_did_not_come_is_told_to_all_of_them(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_fails")
    run(sync_attempt(attempt))
    assert last(till) is None
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/fail")
    run(sync_attempt(attempt))
    assert last(till) == (CAME_BACK, 24000)
    housemate = Customer(99, till.payer.customer_id, 99, 99, "Bob", till.payer.rights, None)
    assert last(till, who=housemate) == (CAME_BACK, 24000)
    again, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(again))
    assert last(till) is None
