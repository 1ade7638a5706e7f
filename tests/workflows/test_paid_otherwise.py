"""Money that did not come, or went again, for what is paid in another way by now: nobody is asked for it again."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.models import Business, Customer, Invoice, Outbox
from portal_app.pages.invoice import pay_state
from portal_app.pages.payment.views import PaymentView, payment_view
from portal_app.services import business, guests, mail_words, payments, recorded_payments
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.services.recorded_payments import Recorded
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services import people
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.conftest import rows
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import crm_says, dispute, paid
from tests.workflows.money_back import till as till

SETTLED = "What it was for is paid in another way by now"
ASKS = ("still to be paid", "to be paid again")


@pytest.fixture(autouse=True)
def _office_reads_mail(till: Money) -> None:
    people.change(Business, 1, support_email="office@bell.example")
    business.forget_look()


def pay_in_cash(till: Money, boss: Staff, minor: int = 6000) -> None:
    """Write cash down for the first invoice."""
    wanted = Recorded(((till.invoices[0], minor),), minor, "GBP", "cash", clock.now().date())
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        recorded_payments.record(session, boss, customer, wanted)


def said(mail: Mail) -> str:
    """Return all that the newest mail of a kind says."""
    mails = [row.payload for row in rows(select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id)))]
    facts = [one["facts"] for one in mails if one["mail"] == mail.value][-1]
    words = mail_words.words_of(mail, facts, {}, business.look())
    return " ".join((words.heading, *words.before, *words.after))


def page(till: Money, payment: str) -> PaymentView:
    with reading() as session:
        return payment_view(payments.get(session, till.payer, payment), Words(business.look()))


def fails(till: Money, attempt: str, page: str, cash: Callable[[], None]) -> str:
    """Have a debit fail after cash has come; returns its intent."""
    till.stripe.pay(page, "bacs_fails")
    run(sync_attempt(attempt))
    cash()
    [debit] = [one for one in till.payments() if one.intent_id]
    till.stripe.act(f"payments/{debit.intent_id}/fail")
    run(sync_attempt(attempt))
    return debit.public_id


def returns(till: Money, attempt: str, page: str, cash: Callable[[], None]) -> str:
    """Have a debit clear after cash has come, so that it pays nothing, and come back then."""
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    cash()
    [debit] = [one for one in till.payments() if one.intent_id]
    till.stripe.act(f"payments/{debit.intent_id}/settle")
    run(sync_attempt(attempt))
    dispute(till, debit, "lost")
    run(sync_attempt(attempt))
    return debit.public_id


@pytest.mark.parametrize("goes", [fails, returns])
@pytest.mark.parametrize(("cash", "left"), [(6000, 0), (2000, 4000)])
def test_a_debit_that_is_not_there_asks_for_no_more_than_is_left(
    till: Money, boss: Staff, goes: Callable[..., str], cash: int, left: int
):
    attempt, stripes = till.begin(0)
    debit = goes(till, attempt, stripes, lambda: pay_in_cash(till, boss, cash))
    assert till.left(0) == left
    payer, office, shown = said(Mail.PAYMENT_FAILED), said(Mail.OFFICE_PAYMENT), page(till, debit)
    told = f"{payer} {' '.join(shown.sentences)}"
    assert "invoice 2290" in payer
    assert (SETTLED in payer, SETTLED in " ".join(shown.sentences)) == (not left, not left)
    assert any(ask in told for ask in ASKS) is bool(left)
    assert ("Its invoices are paid in another way by now." in office) is not left
    assert bool(shown.again) is bool(left)


def test_a_guest_s_debit_that_fails_asks_nobody_for_what_cash_has_paid(till: Money, boss: Staff):
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    begun = run(pay.pay_as_guest(standing(link)))
    stripes = till.attempt(begun.attempt).checkout_id or ""
    fails(till, begun.attempt, stripes, lambda: pay_in_cash(till, boss))
    for told in (said(Mail.GUEST_PAYMENT), said(Mail.PAYMENT_FAILED)):
        assert SETTLED in told
        assert not any(ask in told for ask in ASKS)


def test_a_guest_s_lost_dispute_asks_nobody_for_what_cash_has_paid(till: Money, boss: Staff):
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    begun = run(pay.pay_as_guest(standing(link)))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
    run(sync_attempt(begun.attempt))
    [payment] = till.payments()
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    run(sync_attempt(begun.attempt))
    pay_in_cash(till, boss)
    till.stripe.act(f"disputes/{found}/lost")
    run(sync_attempt(begun.attempt))
    assert till.left(0) == 0
    told = said(Mail.GUEST_PAYMENT)
    assert SETTLED in told
    assert not any(ask in told for ask in ASKS)
    assert "Its invoices are paid in another way by now." in said(Mail.OFFICE_PAYMENT)


def test_no_more_is_to_be_paid_again_than_is_left(till: Money):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost")
    run(sync_attempt(attempt))
    [taken] = pay_state._read(till.payer, till.invoices[0]).taken
    assert "took back the £60.00 paid with Visa ending in 4242. £60.00 is to be paid again." in taken.words
    crm_says(6000)
    people.change(Invoice, 1, balance_minor=1000)
    [taken] = pay_state._read(till.payer, till.invoices[0]).taken
    assert "took back the £60.00 paid with Visa ending in 4242. £10.00 is to be paid again." in taken.words
