"""What Stripe knows of the people who pay: their name and address of today, and nothing saved once they have gone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.models import Contact, Customer, StripeCustomer
from portal_app.services.payers import LOOKED_AT_AGAIN
from portal_app.tasks.payments import reconcile
from portal_app.workflows import payment_methods
from portal_app.workflows.forget_payer import forget_payer
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


def saved(till: Money) -> list[str]:
    """Return what is kept at Stripe for the payer, and that it is one of theirs."""
    [known] = rows(select(StripeCustomer))
    return [one["id"] for one in till.stripe.state.find("payment_method", customer=known.stripe_id)]


def with_a_card(till: Money) -> None:
    attempt, page = till.begin(0)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    assert len(saved(till)) == 1


def updates(till: Money) -> int:
    asked = till.stripe.requests("/v1/customers/")
    return len([one for one in asked if one["method"] == "POST"])


def at_stripe(till: Money, attempt: str) -> tuple[str | None, str]:
    found = till.stripe.state.get("customer", till.attempt(attempt).stripe_customer)
    return found["email"], found["name"]


def test_stripe_writes_to_a_payers_address_of_today_and_is_told_of_it_once(till: Money):
    attempt, _ = till.begin(0)
    before = updates(till)
    till.begin(1)
    assert updates(till) == before
    people.change(Contact, 1, email="ann.new@example.com", name="Ann New")
    for _ in range(2):
        attempt, _ = till.begin(1)
        assert at_stripe(till, attempt) == ("ann.new@example.com", "Ann New")
    assert updates(till) == before + 1


def test_an_address_that_is_none_is_not_told_and_a_payer_can_pay_while_stripe_does_not_answer(till: Money):
    attempt, _ = till.begin(0)
    people.change(Contact, 1, email="nobody", name="Ann")
    till.begin(0)
    assert at_stripe(till, attempt) == ("ann@example.com", "Ann")
    people.change(Contact, 1, email="ann.new@example.com")
    till.stripe.act("trouble", fail=3, fail_status=500)
    assert till.attempt(till.begin(1)[0]).state == "open"
    assert at_stripe(till, attempt) == ("ann@example.com", "Ann")
    till.begin(1)
    assert at_stripe(till, attempt) == ("ann.new@example.com", "Ann")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (Contact, {"disabled_at": clock.now()}),
        (Contact, {"deleted_at": clock.now()}),
        (Customer, {"active": False}),
        (Customer, {"deleted_at": clock.now()}),
    ],
)
def test_what_people_saved_is_taken_away_when_they_or_their_customer_are_gone(
    till: Money, table: type, change: dict[str, object]
):
    with_a_card(till)
    people.change(table, 1, **change)
    run(reconcile(None))
    assert saved(till) == []
    before = len(till.stripe.requests())
    run(reconcile(None))
    assert len(till.stripe.requests()) == before


def test_no_page_that_was_left_open_keeps_a_card_later(till: Money):
    _, page = till.begin(0)
    adding = run(payment_methods.add(till.payer, "/account")).rpartition("/")[2]
    [known] = rows(select(StripeCustomer))
    # Their pages are shut here as well, whoever comes first.
    run(forget_payer(known.stripe_id))
    for one in (page, adding):
        answer = till.stripe.client.post(f"/demo/sessions/{one}/pay", json={"choice": "card_ok", "save": True})
        assert answer.status_code == 400
    assert saved(till) == []


def test_a_card_saved_while_access_ended_is_taken_away_and_the_money_is_booked(till: Money):
    attempt, page = till.begin(0)
    people.change(Contact, 1, disabled_at=clock.now())
    till.stripe.pay(page, save=True)
    run(reconcile(None))
    assert (saved(till), till.attempt(attempt).state, till.left(0)) == ([], "succeeded", 0)


def test_what_a_bank_confirmed_only_later_is_taken_away_by_a_second_look(till: Money):
    with_a_card(till)
    [known] = rows(select(StripeCustomer))
    [card] = saved(till)
    people.change(Contact, 1, disabled_at=clock.now())
    run(reconcile(None))
    till.stripe.state.things[card]["customer"] = known.stripe_id
    run(reconcile(None))
    assert saved(till) == [card]
    people.change(StripeCustomer, 1, forgotten_at=clock.now() - LOOKED_AT_AGAIN - timedelta(minutes=1))
    run(reconcile(None))
    assert list(till.stripe.state.find("payment_method", customer=known.stripe_id)) == []
    assert rows(select(StripeCustomer)) == []


def test_who_comes_back_and_goes_again_leaves_nothing_either(till: Money):
    with_a_card(till)
    people.change(Contact, 1, disabled_at=clock.now())
    run(reconcile(None))
    people.change(Contact, 1, disabled_at=None)
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    assert len(saved(till)) == 1
    people.change(Contact, 1, disabled_at=clock.now())
    run(reconcile(None))
    assert saved(till) == []
