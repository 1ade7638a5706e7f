"""What becomes of a page that is open at Stripe while a balance or a rule changes, and what may be paid at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.models import Business, Contact, ContactLocation, Customer, Invoice, PaymentAttempt, PaymentSettings
from portal_app.services import guests, ledger
from portal_app.tasks.payments import reconcile
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Three invoices over 240.00, 100.00 and 60.00 GBP; the office allows parts of any size."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000, 6000) as ready:
        with transaction() as session:
            session.add(PaymentSettings(id=1))
        yield ready


def costs(minor: int, row: int = 1) -> None:
    """Let the CRM say that so much of an invoice is left."""
    people.change(Invoice, row, balance_minor=minor, total_minor=max(minor, 24000))


def state_after(till: Money, attempt: str) -> str:
    """Let the task look once, and return what became of a try."""
    run(reconcile(None))
    return till.attempt(attempt).state


def cannot_be_paid(till: Money, page: str) -> bool:
    return till.stripe.client.post(f"/demo/sessions/{page}/pay", json={"choice": "card_ok"}).status_code == 400


@pytest.mark.parametrize("balance", [20000, 23999, 24001, 30000])
def test_a_page_for_all_of_it_is_shut_when_the_balance_changes_and_the_next_is_for_what_is_left(
    till: Money, balance: int
):
    attempt, page = till.begin()
    assert state_after(till, attempt) == "open"
    costs(balance)
    assert state_after(till, attempt) == "expired"
    assert cannot_be_paid(till, page)
    again, _ = till.begin()
    assert till.attempt(again).amount_minor == balance
    assert state_after(till, again) == "open"


@pytest.mark.parametrize("balance", [9000, 11000])
def test_a_page_for_several_is_shut_when_one_of_them_changes(till: Money, balance: int):
    attempt, page = till.begin(0, 1, 2)
    costs(balance, row=2)
    assert state_after(till, attempt) == "expired"
    assert cannot_be_paid(till, page)
    again, _ = till.begin(0, 1, 2)
    assert till.attempt(again).amount_minor == 30000 + balance


@pytest.mark.parametrize(("balance", "state"), [(30000, "open"), (5030, "open"), (5029, "expired"), (4999, "expired")])
def test_a_part_that_was_chosen_stays_while_it_may_be_paid(till: Money, balance: int, state: str):
    attempt, _ = till.begin(amount=5000)
    costs(balance)
    assert state_after(till, attempt) == state


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ({"least_minor": 5001, "least_currency": "GBP"}, "expired"),
        ({"least_minor": 5001, "least_currency": "KWD"}, "open"),
        ({"parts_allowed": False}, "expired"),
        ({}, "open"),
    ],
)
def test_a_part_that_the_office_allows_no_longer_is_shut(till: Money, rules: dict[str, Any], state: str):
    attempt, _ = till.begin(amount=5000)
    whole, _ = till.begin(1)
    people.change(PaymentSettings, 1, **{"parts_allowed": True, **rules})
    assert (state_after(till, attempt), till.attempt(whole).state) == (state, "open")


def test_all_that_is_left_typed_as_a_part_is_all_that_is_left(till: Money):
    attempt, page = till.begin(amount=24000)
    assert till.begin() == (attempt, page)
    costs(25000)
    assert state_after(till, attempt) == "expired"


def test_a_part_that_has_become_all_that_is_left_is_not_the_page_for_all(till: Money):
    part, _ = till.begin(amount=5000)
    costs(5000)
    assert state_after(till, part) == "open"
    whole, _ = till.begin()
    assert (whole != part, till.attempt(part).state) == (True, "expired")
    costs(6000)
    assert state_after(till, whole) == "expired"


def test_a_page_from_before_both_were_told_apart_is_shut_unless_it_asks_for_what_is_left(till: Money):
    part, _ = till.begin(amount=5000)
    whole, _ = till.begin(1)
    for row in (1, 2):
        people.change(PaymentAttempt, row, whole=True)
    assert (state_after(till, part), till.attempt(whole).state) == ("expired", "open")


def test_a_page_that_is_paid_before_it_is_shut_pays_what_it_asked_for_and_the_rest_stays_due(till: Money):
    attempt, page = till.begin()
    costs(30000)
    till.stripe.pay(page)
    assert state_after(till, attempt) == "succeeded"
    assert (till.left(), till.mails()) == (6000, ["receipt"])
    [payment] = till.payments()
    assert (payment.amount_minor, payment.held) == (24000, "")
    again, _ = till.begin()
    assert till.attempt(again).amount_minor == 6000


def test_a_debit_that_was_agreed_to_before_the_balance_rose_goes_on(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    costs(30000)
    assert state_after(till, attempt) == "processing"
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/settle")
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 6000


def test_a_bank_account_that_is_still_to_be_confirmed_goes_on_when_the_balance_rises(till: Money):
    people.change(Invoice, 1, currency="USD")
    attempt, page = till.begin()
    till.stripe.pay(page, "us_bank_confirm")
    assert run(sync_attempt(attempt)) == "confirming"
    costs(30000)
    assert state_after(till, attempt) == "confirming"
    costs(20000)
    assert state_after(till, attempt) == "expired"


@pytest.mark.parametrize("amount", [23971, 23999])
def test_no_part_leaves_what_could_never_be_paid_online(till: Money, amount: int):
    with pytest.raises(Invalid, match=r"at most £239\.70, or the whole £240\.00"):
        till.begin(amount=amount)
    till.begin(amount=23970)


def test_a_part_is_as_much_as_can_be_paid_online(till: Money):
    with pytest.raises(Invalid, match=r"at least £0\.30"):
        till.begin(amount=29)
    till.begin(amount=30)


def test_the_least_part_is_meant_in_the_currency_it_was_typed_in(till: Money):
    people.change(PaymentSettings, 1, least_minor=5000, least_currency="GBP")
    people.change(Invoice, 1, currency="KWD")
    with pytest.raises(Invalid, match=r"at least £50\.00"):
        till.begin(1, amount=4999)
    till.begin(0, amount=4990)


@pytest.mark.parametrize("amount", [None, 5005])
def test_an_amount_that_is_too_exact_for_paying_online_is_said_in_the_payers_words(till: Money, amount: int | None):
    people.change(Invoice, 1, currency="KWD", total_minor=12345, balance_minor=12345)
    shown = "KWD12.345, KWD12.340" if amount is None else "KWD5.005, KWD5.000"
    with pytest.raises(Invalid) as refused:
        till.begin(0, amount=amount)
    exact, near = shown.split(", ")
    assert refused.value.sentence == (
        f"{exact} cannot be paid online: our payment service takes {near}, but not an amount as exact as this. "
        "Please pay it by the details on your invoice."
    )
    with pytest.raises(Invalid, match=r"at most KWD12\.340"):
        till.begin(0, amount=12344)


def test_what_is_too_little_for_two_parts_is_paid_whole(till: Money):
    costs(59)
    with pytest.raises(Invalid, match=r"Please pay the whole £0\.59"):
        till.begin(amount=30)
    till.begin(amount=59)


def test_what_is_too_little_to_be_paid_online_is_said_and_may_be_paid_beside_others(till: Money):
    costs(29)
    for amount in (None, 29):
        with pytest.raises(Invalid, match=r"£0\.29 is too little to be paid online: .* £0\.30 or more"):
            till.begin(amount=amount)
    attempt, page = till.begin(0, 1)
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert (till.left(0), till.left(1)) == (0, 0)


def test_what_came_too_much_for_the_new_balance_is_credit(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    costs(20000)
    assert state_after(till, attempt) == "succeeded"
    assert till.left() == 0
    with reading() as session:
        assert ledger.credit_minor(session, till.payments()[0]) == 4000


NO_LONGER = {
    "disabled": (Contact, {"disabled_at": clock.now()}),
    "inactive": (Contact, {"active": False}),
    "deleted": (Contact, {"deleted_at": clock.now()}),
    "without the right to pay": (Contact, {"rights": ["view_money"]}),
    "without the right to see money": (Contact, {"rights": ["pay"]}),
    "at another property": (Contact, {"all_locations": False}),
    "of a deleted customer": (Customer, {"deleted_at": clock.now()}),
    "of an inactive customer": (Customer, {"active": False}),
    "of a customer without access": (Customer, {"portal_access": False}),
    "where nobody may pay": (Business, {"rights_off": ["pay"]}),
    "before the portal opens": (Business, {"portal_open": False}),
}


@pytest.mark.parametrize("what", NO_LONGER)
def test_the_pages_of_who_may_no_longer_pay_are_shut_and_their_guests_with_them(till: Money, what: str):
    own, page = till.begin(0)
    link = send(till.payer, till.invoices[1], guests.Invited(ANN.name, ANN.email, may_pay=True))
    theirs = run(pay.pay_as_guest(standing(link))).attempt
    assert state_after(till, own) == "open"
    table, change = NO_LONGER[what]
    people.change(table, 1, **change)
    assert (state_after(till, own), till.attempt(theirs).state) == ("expired", "expired")
    assert cannot_be_paid(till, page)


def test_a_page_for_an_invoice_at_a_property_of_ones_own_stays_open(till: Money):
    here = people.make_location(people.Person("", 0, 1, 1), "Home", visible=True)
    people.change(Contact, 1, all_locations=False)
    people.change(Invoice, 1, location_id=here)
    attempt, _ = till.begin(0)
    assert state_after(till, attempt) == "open"
    with transaction() as session:
        session.delete(session.get_one(ContactLocation, (1, here)))
    assert state_after(till, attempt) == "expired"


def test_what_the_office_sent_to_a_guest_stays_open_while_the_customer_stands(till: Money):
    boss = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    link = send(boss, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    attempt = run(pay.pay_as_guest(standing(link))).attempt
    people.change(Contact, 1, disabled_at=clock.now())
    assert state_after(till, attempt) == "open"
    people.change(Customer, 1, active=False)
    assert state_after(till, attempt) == "expired"


def test_a_page_is_shut_when_its_invoice_is_another_customer_s_now(till: Money):
    neighbour = people.make_customer("neighbour@example.com")
    attempt, _ = till.begin(0)
    people.change(Invoice, 1, customer_id=neighbour.customer_id)
    assert state_after(till, attempt) == "expired"
