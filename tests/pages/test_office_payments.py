"""One payment in the office, with its refunds and recording: called through the gate with real sessions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal_app import clock
from portal_app.database import transaction
from portal_app.integrations.stripe import close_clients
from portal_app.models import Customer, Payment, PaymentAttempt, Refund
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.invoice.state import OfficeInvoiceState
from portal_app.pages.office.payment.state import OfficePaymentState
from portal_app.pages.office.payments.state import PaymentsState
from portal_app.pages.office.record_payment.state import RecordPaymentState
from portal_app.services import refunds
from portal_app.services.rights import StaffRole
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.pages.office import cookie, form, kept, row
from tests.pages.tab import Tab, open_tab
from tests.pages.tills import add, customer_path
from tests.pages.tills import guests_money as guests_money
from tests.pages.tills import paid as paid
from tests.services import people
from tests.services.guests_at_work import ANN
from tests.workflows.money import Money, money, run
from tests.workflows.money_back import crm_says

READERS = [StaffRole.OFFICE, StaffRole.READER]
REFUND = {"amount": "50", "treatment": "reopen", "reason": "Too much"}


@pytest.fixture
def crm_till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """One invoice over 240.00 GBP that comes from a CRM, paid by card."""
    stripe.use(monkeypatch)
    with money(stripe, 24000) as ready:
        attempt, page = ready.begin()
        ready.stripe.pay(page)
        run(sync_attempt(attempt))
        yield ready


def value(tab: Tab, name: str) -> Any:
    return tab.values[f"office_payment_state.{name}"]


async def test_a_part_is_given_back_and_the_invoice_is_open_again(till: Money, paid: Payment):
    async with open_tab(cookie(StaffRole.MANAGER)) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        view = value(tab, "view")
        assert (view.heading, view.state, view.left, view.stripe_url) == ("£240.00", "Arrived", "240.00", "")
        assert {"How", "Receipt", "Stripe’s fee", "After the fee"} <= {fact.name for fact in view.facts}
        await tab.call(OfficePaymentState.ask, form=form(**REFUND))
        name = row(Customer, till.payer.customer_id).name
        assert value(tab, "asked").question == f"Give £50.00 back to {name}?"
        assert kept(Refund) == []
        await tab.call(OfficePaymentState.refund)
        await tab.call(OfficePaymentState.refund)
        assert value(tab, "told") == "£50.00 was given back."
        assert value(tab, "view").state == "Partly refunded"
        assert (tab.failures, tab.redirects) == ([], [])
    [refund] = kept(Refund)
    assert (refund.amount_minor, refund.treatment, refund.reason) == (5000, "reopen", "Too much")
    assert till.left() == 5000


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ({**REFUND, "amount": ""}, "amount_wrong"),
        ({**REFUND, "amount": "-5"}, "amount_wrong"),
        ({**REFUND, "amount": "0"}, "amount_wrong"),
        ({**REFUND, "amount": "1e309"}, "amount_wrong"),
        ({**REFUND, "amount": "240.01"}, "amount_wrong"),
        ({**REFUND, "amount": "9" * 600}, "amount_wrong"),
        ({"amount": "5"}, "treatment_wrong"),
        ({"amount": "999"}, "treatment_wrong"),
        ({"amount": "999"}, "amount_wrong"),
        ({**REFUND, "treatment": "gift"}, "treatment_wrong"),
    ],
)
async def test_a_refund_that_cannot_be_says_why(paid: Payment, wanted: dict[str, str], where: str):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        await tab.call(OfficePaymentState.ask, form=form(**wanted))
        assert value(tab, where).endswith(".")
        await tab.call(OfficePaymentState.refund)
        assert tab.failures == []
    assert kept(Refund) == []


async def test_a_refund_stripe_will_not_make_is_told(till: Money, paid: Payment):
    till.stripe.act(f"payments/{paid.intent_id}/refund", amount=24000)
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        await tab.call(OfficePaymentState.ask, form=form(**REFUND))
        await tab.call(OfficePaymentState.refund)
        assert value(tab, "wrong").startswith("Nothing was given back.")
        await tab.call(OfficePaymentState.look)
        [theirs] = [one for one in value(tab, "view").refunds if one.undecided]
        await tab.call(OfficePaymentState.treat, refund=theirs.public_id, treatment="reopen")
        assert value(tab, "told") == "Decided."
        await tab.call(OfficePaymentState.treat, refund=theirs.public_id, treatment="reopen")
        assert value(tab, "wrong") == "That has been decided already."
        assert value(tab, "view").state == "Refunded"
        assert tab.failures == []
    assert till.left() == 24000


async def test_the_page_of_a_try_acts_on_its_payment(till: Money, paid: Payment):
    attempt = row(PaymentAttempt, paid.attempt_id).public_id
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{attempt}"
        await tab.call(OfficePaymentState.load)
        await tab.call(OfficePaymentState.ask, form=form(**{**REFUND, "treatment": "credit_note"}))
        await tab.call(OfficePaymentState.refund)
        assert value(tab, "told") == "£50.00 was given back."
    assert till.left() == 0


async def test_payments_at_stripe_itself_have_a_way_there(paid: Payment, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("STRIPE_API_BASE")
    forget_settings()
    async with open_tab(cookie(StaffRole.READER)) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        assert value(tab, "view").stripe_url == f"https://dashboard.stripe.com/test/payments/{paid.intent_id}"


@pytest.fixture
def mismatch(till: Money) -> Payment:
    """A payment over another amount than was asked for."""
    attempt, page = till.begin()
    people.change(PaymentAttempt, till.attempt(attempt).id, amount_minor=25000)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return till.payments()[0]


async def test_another_amount_is_held_until_the_office_uses_it(till: Money, mismatch: Payment):
    assert till.left() == 24000
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{mismatch.public_id}"
        await tab.call(OfficePaymentState.load)
        view = value(tab, "view")
        assert view.held == "Stripe reports £240.00 instead of £250.00. Nothing was paid with it; please decide."
        assert (view.state, view.held_word) == ("To decide", "Use it")
        await tab.call(OfficePaymentState.resolve, sure=False)
        assert (value(tab, "view").state, value(tab, "view").held) == ("Arrived", "")
    assert till.left() == 0


async def test_held_money_is_decided(till: Money):
    add(till, held="Stripe reports another amount.")
    [payment] = till.payments()
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{payment.public_id}"
        await tab.call(OfficePaymentState.load)
        assert value(tab, "view").held == "Stripe reports another amount."
        await tab.call(OfficePaymentState.resolve, sure=False)
        assert value(tab, "view").held == ""
        await tab.call(OfficePaymentState.look)
        assert "recorded here" in value(tab, "wrong")


async def test_money_of_a_guest_goes_back_to_the_guest(guests_money: Payment):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{guests_money.public_id}"
        await tab.call(OfficePaymentState.load)
        await tab.call(OfficePaymentState.ask, form=form(**REFUND))
        assert value(tab, "asked").question == f"Give £50.00 back to {ANN.name}?"


async def test_what_it_pays_is_what_it_pays_now(till: Money, paid: Payment):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        for amount, treatment, pays in (("50", "reopen", ["£190.00"]), ("40", "credit_note", ["£150.00"])):
            await tab.call(OfficePaymentState.load)
            await tab.call(OfficePaymentState.ask, form=form(amount=amount, treatment=treatment))
            await tab.call(OfficePaymentState.refund)
            view = value(tab, "view")
            assert ([part.amount for part in view.parts], view.meant) == (pays, False)
        till.stripe.act(f"payments/{paid.intent_id}/dispute")
        await tab.call(OfficePaymentState.look)
        assert (value(tab, "view").state, value(tab, "view").parts) == ("Disputed", [])


async def test_what_the_crm_does_not_show_is_put_right_only_on_a_second_word(crm_till: Money):
    till = crm_till
    [payment] = till.payments()
    crm_says(0)
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{payment.public_id}"
        await tab.call(OfficePaymentState.load)
        await tab.call(OfficePaymentState.ask, form=form(**REFUND))
        await tab.call(OfficePaymentState.refund)
        crm_says(5000)
        till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
        await tab.call(OfficePaymentState.look)
        assert (value(tab, "view").held_word, till.left(0)) == ("It is put right", 0)
        await tab.call(OfficePaymentState.resolve, sure=False)
        assert "said that £50.00 is left of invoice 2290; put right, it says £0.00." in value(tab, "unsure")
        assert (till.left(0), value(tab, "view").held != "") == (0, True)
        crm_says(5000)
        await tab.call(OfficePaymentState.resolve, sure=False)
        assert (till.left(0), value(tab, "view").held != "") == (0, True)
        crm_says(0)
        await tab.call(OfficePaymentState.resolve, sure=False)
        assert (value(tab, "told"), value(tab, "unsure"), value(tab, "view").held) == ("Decided.", "", "")
        crm_says(0)
        assert (till.left(0), tab.failures) == (0, [])


async def test_a_slip_is_taken_back_on_the_payment(till: Money):
    clerk, today = cookie(StaffRole.OFFICE), clock.now().date().isoformat()
    async with open_tab(clerk) as tab:
        tab.path = customer_path(till, f"/payments/new?invoice={till.invoices[1]}")
        await tab.call(RecordPaymentState.load)
        slip = form(method="cash", amount="90", day=today, **{f"invoice_{till.invoices[1]}": "on"})
        await tab.call(RecordPaymentState.record, form=slip)
        path = tab.redirects[-1]
    assert till.left(1) == 1000
    for token, left in ((clerk, 1000), (cookie(StaffRole.MANAGER), 10000)):
        async with open_tab(token) as tab:
            tab.path = path
            await tab.call(OfficePaymentState.load)
            assert value(tab, "view").may_undo
            await tab.call(OfficePaymentState.ask_mistake, form=form(mistake_reason=" "))
            await tab.call(OfficePaymentState.undo)
            await tab.call(OfficePaymentState.ask_mistake, form=form(mistake_reason="80, and by cheque"))
            await tab.call(OfficePaymentState.keep_it)
            await tab.call(OfficePaymentState.undo)
            assert till.left(1) == 1000
            await tab.call(OfficePaymentState.ask_mistake, form=form(mistake_reason="80, and by cheque"))
            await tab.call(OfficePaymentState.undo)
            await tab.call(OfficePaymentState.undo)
            assert (till.left(1), tab.failures) == (left, [])
            view = value(tab, "view")
    assert (view.state, view.may_undo, view.may_give_back, view.parts) == ("Recorded by mistake", False, False, [])
    assert value(tab, "told") == "Taken back. It does not count any more."


def other_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_of_another_account")
    forget_settings()


@pytest.fixture
def debit(till: Money) -> Payment:
    """The first invoice, with the bank."""
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    return till.payments()[0]


async def test_money_in_an_account_that_cannot_be_asked_is_decided_by_the_office(
    till: Money, debit: Payment, monkeypatch: pytest.MonkeyPatch
):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{debit.public_id}"
        await tab.call(OfficePaymentState.load)
        assert (value(tab, "view").may_decide, value(tab, "view").may_look) == (False, True)
        await tab.call(OfficePaymentState.say, arrived=True)
        assert "Look at Stripe now" in value(tab, "wrong")
        other_account(monkeypatch)
        await tab.call(OfficePaymentState.load)
        assert (value(tab, "view").may_decide, value(tab, "view").may_look) == (True, False)
        assert "whose key is not set here any more" in value(tab, "view").says
        await tab.call(OfficePaymentState.say, arrived=True)
        view = value(tab, "view")
        assert (view.state, view.may_decide, view.elsewhere, till.left()) == ("Arrived", False, True, 0)
        await tab.call(OfficePaymentState.ask, form=form(**REFUND))
        assert value(tab, "asked").question.startswith("Write down that £50.00 went back to")
        await tab.call(OfficePaymentState.refund)
        assert [(one.amount_minor, one.status, one.stripe_id) for one in till.refunds()] == [(5000, "succeeded", None)]
        assert (value(tab, "wrong"), till.left()) == ("", 5000)
        await close_clients()


async def test_customer_and_invoice_lead_to_their_payments(till: Money, paid: Payment):
    add(till, amount_minor=3000)
    async with open_tab(cookie(StaffRole.READER)) as tab:
        tab.path = customer_path(till, "?tab=invoices")
        await tab.call(CustomerState.load)
        profile = tab.values["customer_state.view"]
        assert profile.money.credit == "£30.00 of theirs pays nothing yet (credit)"
        tab.path = profile.head.payments_href
        await tab.call(PaymentsState.load)
        assert [one.amount for one in tab.values["payments_state.view"].rows] == ["£240.00", "£30.00"]
        tab.path = f"/office/invoices/{till.invoices[0]}"
        await tab.call(OfficeInvoiceState.load)
        [one] = tab.values["office_invoice_state.paid"]
        assert (one.href, one.amount, one.state) == (f"/office/payments/{paid.public_id}", "£240.00", "Arrived")
        tab.path = f"/office/invoices/{till.invoices[1]}"
        await tab.call(OfficeInvoiceState.load)
        assert (tab.values["office_invoice_state.paid"], tab.failures) == ([], [])


@pytest.mark.parametrize("role", READERS)
async def test_roles_without_refunds_look_and_touch_nothing(paid: Payment, role: StaffRole):
    async with open_tab(cookie(role)) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        assert value(tab, "view").heading == "£240.00"
        assert not tab.values.get("office_payment_state.may_refund", False)
        await tab.call(OfficePaymentState.ask, form=form(**REFUND))
        for act in (OfficePaymentState.refund, OfficePaymentState.look):
            await tab.call(act)
        await tab.call(OfficePaymentState.resolve, sure=True)
        await tab.call(OfficePaymentState.say, arrived=True)
        assert tab.redirects == ["/"] * 5
    assert kept(Refund) == []


async def test_customers_and_strangers_get_nothing(till: Money, paid: Payment):
    for token in (people.start_session(people.make_customer("eve@example.com")), "", "x" * 43):
        async with open_tab(token) as tab:
            tab.path = f"/office/payments/{paid.public_id}"
            for act in (OfficePaymentState.load, OfficePaymentState.refund, OfficePaymentState.look):
                await tab.call(act)
            await tab.call(OfficePaymentState.ask, form=form(**REFUND))
            await tab.call(PaymentsState.load)
            tab.path = customer_path(till, "/payments/new")
            await tab.call(RecordPaymentState.load)
            await tab.call(RecordPaymentState.record, form=form(method="cash", amount="5", day="2026-01-01"))
            assert len(tab.redirects) == 7
            assert "240.00" not in str(tab.values)
    assert (kept(Refund), len(kept(Payment))) == ([], 1)


async def test_an_unknown_payment_says_so(till: Money):
    async with open_tab(cookie()) as tab:
        for path in ("/office/payments/nobody", "/office/payments/" + "x" * 300, "/office/payments/a%20b"):
            tab.path = path
            await tab.call(OfficePaymentState.load)
            assert value(tab, "trouble").kind == "lost"
        await tab.call(OfficePaymentState.treat, refund="nobody", treatment="reopen")
        assert value(tab, "wrong") == "We could not find that."
        assert tab.failures == []


@pytest.mark.parametrize("bad", [7, None, ["x"], {"a": 1}, "x" * 5000, {"__reflex_form_data__": 3}])
async def test_wrong_types_are_refused(till: Money, paid: Payment, bad: Any):
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        for act in (OfficePaymentState.ask, RecordPaymentState.record):
            await tab.call(act, form=bad)
        await tab.call(OfficePaymentState.treat, refund=bad, treatment=bad)
        await tab.call(RecordPaymentState.choose, invoice=bad, on=bad)
    assert (kept(Refund), len(kept(Payment))) == ([], 1)


async def test_a_refund_in_an_account_that_cannot_be_asked_is_decided_by_the_office(
    till: Money, paid: Payment, monkeypatch: pytest.MonkeyPatch
):
    boss = people.actor_of(people.start_session(people.make_staff("asker@example.com")))
    assert boss is not None
    with transaction() as session:
        refunds.ask(session, boss, paid.public_id, 5000, "reopen", "")
    [asked] = till.refunds()
    async with open_tab(cookie()) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.load)
        assert not value(tab, "view").refunds[0].unheard
        other_account(monkeypatch)
        await tab.call(OfficePaymentState.load)
        [shown] = value(tab, "view").refunds
        assert (shown.unheard, shown.state) == (True, "Being asked")
        assert "say here what became of it" in shown.sentence
        await tab.call(OfficePaymentState.settle, refund="r" * 16, given_back=True)
        assert till.refunds()[0].status == "asked"
        await tab.call(OfficePaymentState.settle, refund=asked.public_id, given_back=True)
        [shown] = value(tab, "view").refunds
        assert (value(tab, "told"), shown.unheard, shown.state) == ("Decided.", False, "Given back")
    assert till.left() == 5000
    async with open_tab(cookie(StaffRole.OFFICE)) as tab:
        tab.path = f"/office/payments/{paid.public_id}"
        await tab.call(OfficePaymentState.settle, refund=asked.public_id, given_back=False)
    assert till.refunds()[0].status == "succeeded"
