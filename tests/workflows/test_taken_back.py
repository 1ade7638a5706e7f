"""What an invoice's page says of money that a bank has taken back of it, before and after it has decided."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portal_app import clock
from portal_app.components.payment_words import undecided_words
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.pages.dashboard.views import owed_card
from portal_app.pages.invoice import pay_state
from portal_app.pages.invoice.pay_state import PayView
from portal_app.pages.invoices import state as list_state
from portal_app.services import business, dashboard, invoices, owed, taken_back
from portal_app.services.taken_back import TakenBack
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 60.00 and 40.00 GBP, known to this portal alone."""
    stripe.use(monkeypatch)
    with money(stripe, 6000, 4000, crm=False) as ready:
        yield ready


def paid(till: Money, *numbers: int, choice: str = "card_ok") -> tuple[str, str]:
    """Pay some invoices; returns the try and Stripe's payment."""
    attempt, page = till.begin(*numbers)
    till.stripe.pay(page, choice)
    run(sync_attempt(attempt))
    payment = till.payments()[-1].intent_id or ""
    if choice != "card_ok":
        till.stripe.act(f"payments/{payment}/settle")
        run(sync_attempt(attempt))
    return attempt, payment


def taken(till: Money, number: int = 0) -> list[TakenBack]:
    with reading() as session:
        return taken_back.of_invoice(session, till.payer, till.invoices[number])


def page(till: Money, number: int = 0) -> PayView:
    return pay_state._read(till.payer, till.invoices[number])


def today() -> str:
    return Words(business.look()).long_day(clock.now().date())


def test_while_a_bank_decides_nothing_has_to_be_done(till: Money):
    attempt, payment = paid(till, 0, 1)
    dispute = till.stripe.act(f"payments/{payment}/dispute")
    run(sync_attempt(attempt))
    assert [(one.amount.minor, one.undecided) for one in (*taken(till, 0), *taken(till, 1))] == [
        (6000, True),
        (4000, True),
    ]
    shown = page(till, 1)
    assert (shown.whole, shown.waits, shown.failed) == ("£40.00", True, "")
    [row] = shown.taken
    assert row.words.startswith(f"Since {today()} your bank is looking at your payment of £40.00 with Visa ending in ")
    assert "Nothing of that needs to be paid until it has decided." in row.words
    assert (row.tone, row.href) == ("processing", f"/payments/{till.payments()[0].public_id}")
    with reading() as session:
        [debt] = owed.owed(session, till.payer, clock.now().date())
        entries = invoices.page(session, till.payer, which="outstanding").entries
    assert (debt.total.minor, debt.disputed_minor) == (10000, 10000)
    assert sorted(entry.disputed for entry in entries) == [4000, 6000]
    words = Words(business.look())
    assert undecided_words([debt], words) == ("A bank is looking at a payment of £100.00: no need to pay that now.")
    till.stripe.act(f"disputes/{dispute['id']}/won")
    run(sync_attempt(attempt))
    assert (taken(till, 0), taken(till, 1), page(till).taken) == ([], [], [])
    with reading() as session:
        assert owed.owed(session, till.payer, clock.now().date()) == []
        assert [entry.disputed for entry in invoices.page(session, till.payer).entries] == [0, 0]


def test_it_is_said_as_long_as_the_bank_decides_even_of_what_is_paid_in_part_meanwhile(till: Money):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment}/dispute")
    run(sync_attempt(attempt))
    again, other = till.begin(0, amount=1000)
    till.stripe.pay(other)
    run(sync_attempt(again))
    [row] = page(till).taken
    assert "is looking at your payment of £60.00" in row.words
    with reading() as session:
        [debt] = owed.owed(session, till.payer, clock.now().date())
    assert (debt.total.minor, debt.disputed_minor) == (9000, 5000)


def test_what_a_bank_keeps_is_to_be_paid_again_until_money_comes(till: Money):
    attempt, payment = paid(till, 0)
    dispute = till.stripe.act(f"payments/{payment}/dispute")
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    shown = page(till)
    [row] = shown.taken
    assert row.words.startswith(f"On {today()} your bank took back the £60.00 paid with Visa ending in ")
    assert row.words.endswith(". £60.00 is to be paid again.")
    assert (row.tone, shown.waits) == ("overdue", False)
    with reading() as session:
        assert owed.owed(session, till.payer, clock.now().date())[0].disputed_minor == 0
    again, other = till.begin(0, amount=1000)
    till.stripe.pay(other)
    run(sync_attempt(again))
    assert (taken(till), page(till).taken) == ([], [])


def test_a_debit_that_comes_back_after_it_had_cleared_is_told_in_a_sentence(till: Money):
    attempt, payment = paid(till, 0, choice="bacs_clears")
    assert page(till).taken == []
    dispute = till.stripe.act(f"payments/{payment}/dispute", reason="insufficient_funds")
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    [row] = page(till).taken
    assert row.words.startswith(f"On {today()} your bank took back the £60.00 paid with Bacs Direct Debit ending in ")
    assert row.tone == "overdue"


def test_an_invoice_out_of_reach_tells_nothing(till: Money):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment}/dispute")
    run(sync_attempt(attempt))
    assert taken(till)
    stranger = replace(till.payer, customer_id=till.payer.customer_id + 1)
    elsewhere = replace(till.payer, locations=frozenset({99}))
    with reading() as session:
        assert [taken_back.of_invoice(session, who, till.invoices[0]) for who in (stranger, elsewhere)] == [[], []]


def test_the_list_and_the_home_page_say_so_where_they_offer_to_pay(till: Money):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment}/dispute")
    run(sync_attempt(attempt))
    view = list_state._read(till.payer, "outstanding", "", "", invoices.PAGE)
    said = "A bank is looking at a payment of £60.00: no need to pay that now."
    assert (view.amounts, view.undecided) == (["£100.00"], said)
    assert {row.title: "a bank is looking at its payment" in row.sub for row in view.rows} == {
        "Invoice 2290": True,
        "Invoice 2291": False,
    }
    with reading() as session:
        home = dashboard.home(session, till.payer, business.look().zone)
    assert owed_card(home, Words(business.look())).how == said


def test_of_anothers_payment_no_bank_is_the_readers(till: Money):
    attempt, payment = paid(till, 0)
    dispute = till.stripe.act(f"payments/{payment}/dispute")
    run(sync_attempt(attempt))
    housemate = replace(till.payer, contact_id=till.payer.contact_id + 1)
    looks = pay_state._read(housemate, till.invoices[0]).taken[0].words
    assert " the payer’s bank is looking at the payment of £60.00 with Visa ending in " in looks
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    took = pay_state._read(housemate, till.invoices[0]).taken[0].words
    assert " the payer’s bank took back the £60.00 paid with Visa ending in " in took
