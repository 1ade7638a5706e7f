"""Money that did not come, or went again, for what is paid in another way by now: nobody is asked for it again."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.models import Business, Customer, Invoice, Outbox, PaymentAttempt
from portal_app.pages.invoice import pay_state
from portal_app.pages.payment.views import PaymentView, payment_view
from portal_app.services import business, credit_use, guests, mail_words, payments, recorded_payments
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

SETTLED = (
    "Nothing needs to be paid now: what it was for is paid in another way, is asked for no more, or has other money"
)
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
    assert ("Its invoices are paid in another way, are asked for no more" in office) is not left
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
    assert "Its invoices are paid in another way, are asked for no more" in said(Mail.OFFICE_PAYMENT)


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


def test_what_is_with_the_bank_or_in_question_is_not_asked_for(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    run(sync_attempt(attempt))
    again, stripes = till.begin(0)
    till.stripe.pay(stripes, "bacs_clears")
    run(sync_attempt(again))
    till.stripe.act(f"disputes/{found}/lost")
    run(sync_attempt(attempt))
    shown = page(till, payment.public_id)
    assert (shown.again, SETTLED in " ".join(shown.sentences)) == ("", True)
    assert "have other money on its way" in said(Mail.OFFICE_PAYMENT)


def test_a_receipt_asks_for_nothing_that_a_bank_is_looking_at(till: Money):
    first, stripes = till.begin(0, amount=4000)
    till.stripe.pay(stripes)
    run(sync_attempt(first))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/dispute")
    run(sync_attempt(first))
    second, stripes = till.begin(0, amount=1500)
    till.stripe.pay(stripes)
    run(sync_attempt(second))
    assert "£5.00 of invoice 2290 is still to be paid." in said(Mail.RECEIPT)


def test_credit_that_is_used_asks_for_nothing_that_is_with_the_bank(till: Money, boss: Staff):
    attempt, stripes = till.begin(0, amount=4000)
    till.stripe.pay(stripes, "bacs_clears")
    run(sync_attempt(attempt))
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        made = recorded_payments.record(session, boss, customer, Recorded((), 2000, "GBP", "cash", clock.now().date()))
        credit = made.public_id
    with reading() as session:
        spare = credit_use.offered(session, boss, credit)
    assert spare is not None
    with transaction() as session:
        credit_use.use(session, boss, credit, till.invoices[0], 2000, spare.puts)
    assert "still to be paid" not in said(Mail.CREDIT_USED)


@pytest.mark.parametrize("how", ["moved", "deleted", "cancelled"])
def test_nobody_is_asked_for_what_is_not_theirs_to_pay_any_more(till: Money, boss: Staff, how: str):
    def goes() -> None:
        if how == "moved":
            people.change(Invoice, 1, customer_id=people.make_customer("next@example.com").customer_id)
        elif how == "deleted":
            people.change(Invoice, 1, deleted_at=clock.now())
        else:
            people.change(Invoice, 1, status="void", balance_minor=0)

    attempt, stripes = till.begin(0)
    debit = fails(till, attempt, stripes, goes)
    told = f"{said(Mail.PAYMENT_FAILED)} {' '.join(page(till, debit).sentences)}"
    assert not any(ask in told for ask in ASKS)


def test_what_is_said_of_a_debit_beside_held_money_is_the_same_everywhere(till: Money):
    first, stripes = till.begin(0, amount=5000)
    till.stripe.pay(stripes, "bacs_fails")
    run(sync_attempt(first))
    second, stripes = till.begin(0, amount=1000)
    people.change(PaymentAttempt, 2, amount_minor=900)
    till.stripe.pay(stripes)
    run(sync_attempt(second))
    debit = till.payments()[0]
    till.stripe.act(f"payments/{debit.intent_id}/fail")
    run(sync_attempt(first))
    shown = page(till, debit.public_id)
    assert (SETTLED in said(Mail.PAYMENT_FAILED), SETTLED in " ".join(shown.sentences)) == (False, False)
