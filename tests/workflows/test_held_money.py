"""Money that is held for the office: what went back of it meanwhile is not there, and told to nobody."""

from datetime import timedelta

import pytest

from portal_app import clock
from portal_app.components.payment_words import undecided_words
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.endpoints import shared
from portal_app.errors import Invalid
from portal_app.models import Invoice, Payment, PaymentAttempt
from portal_app.pages.dashboard.views import owed_card
from portal_app.pages.invoice import pay_state
from portal_app.pages.invoices import pay_state as many
from portal_app.pages.invoices import state as list_state
from portal_app.services import (
    accounting,
    business,
    dashboard,
    guests,
    held_money,
    invoices,
    ledger,
    owed,
    papers,
    payable,
)
from portal_app.services.actors import Customer, Staff
from portal_app.services.recorded_payments import resolve_held
from portal_app.services.refunds import REOPEN
from portal_app.workflows import pay
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services import people
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import dispute, told
from tests.workflows.money_back import till as till


def held(till: Money, choice: str = "card_ok") -> tuple[str, Payment]:
    """Have 60.00 arrive where 50.00 were asked for; returns the try and the payment, which is held."""
    attempt, page = till.begin(0)
    people.change(PaymentAttempt, 1, amount_minor=5000)
    till.stripe.pay(page, choice)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    if payment.status == "pending":
        till.stripe.act(f"payments/{payment.intent_id}/settle")
        run(sync_attempt(attempt))
        [payment] = till.payments()
    assert payment.held
    return attempt, payment


def use(boss: Staff, payment: Payment) -> None:
    with transaction() as session:
        resolve_held(session, boss, payment.public_id)


def test_held_money_that_went_back_is_not_there_to_be_used(till: Money, boss: Staff):
    _, payment = held(till)
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    [payment] = till.payments()
    assert (payment.status, payment.held) == ("refunded", "")
    with pytest.raises(Invalid), transaction() as session:
        resolve_held(session, boss, payment.public_id)
    assert "receipt" not in till.mails()


def test_held_money_on_its_way_back_is_not_there_to_be_used(till: Money, boss: Staff):
    attempt, payment = held(till, "bacs_clears")
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    assert [refund.status for refund in till.refunds()] == ["pending"]
    with pytest.raises(Invalid, match="on its way back"):
        use(boss, payment)
    [refund] = till.refunds()
    till.stripe.act(f"refunds/{refund.stripe_id}/settle")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.held, payment.receipt_number) == ("refunded", "", None)
    assert "receipt" not in till.mails()


@pytest.mark.parametrize("at_stripe", [False, True])
def test_held_money_whose_refund_failed_is_held_again(till: Money, boss: Staff, at_stripe: bool):
    attempt, payment = held(till)
    if at_stripe:
        till.stripe.act(f"payments/{payment.intent_id}/refund")
        run(sync_attempt(attempt))
    else:
        run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    assert till.payments()[0].held == ""
    [refund] = till.refunds()
    till.stripe.act(f"refunds/{refund.stripe_id}/fail")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    # The CRM has never heard of this money, so there is nothing to put right there.
    assert "here again" in payment.held
    use(boss, payment)
    assert (till.left(0), [kind for kind, _ in till.commands()]) == (0, ["payments"])


def test_held_money_that_the_bank_took_is_not_there_to_be_used(till: Money, boss: Staff):
    attempt, payment = held(till)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    with pytest.raises(Invalid, match="gone back"):
        use(boss, payment)
    assert till.payments()[0].held
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    till.stripe.act(f"disputes/{dispute}/lost")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.held, till.commands()) == ("failed", "", [])


def test_the_crm_hears_of_what_of_held_money_went_back_before_it_was_used(till: Money, boss: Staff):
    _, payment = held(till)
    run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    assert till.commands() == []
    use(boss, payment)
    [(first, money_in), (second, money_out)] = till.commands()
    assert (first, money_in["amount"]["amount_minor"]) == ("payments", 6000)
    assert told(till, "payments") == [[("inv_0", 4000)]]
    assert (second, money_out["amount"]["amount_minor"], money_out["allocations"]) == ("refunds", 2000, [])
    [row] = till.payments()
    assert (money_out["payment_id"], till.left(0)) == (row.command_id, 2000)


def test_the_books_know_of_held_money_that_the_bank_took(till: Money, boss: Staff):
    attempt, payment = held(till)
    dispute(till, payment, "lost")
    run(sync_attempt(attempt))
    days = accounting.period(clock.now().date() - timedelta(days=1), clock.now().date() + timedelta(days=1), "UTC")
    with reading() as session:
        posted = [one for source in accounting.SOURCES for one in accounting.batch(session, boss, source, days)]
    assert [(one.kind, one.amount.minor) for one in posted if one.kind != "fee"] == [
        ("payment", 6000),
        ("disputed", -6000),
    ]


@pytest.mark.parametrize(("outcome", "here"), [("lost", 3500), ("won", 6000)])
def test_the_crm_hears_only_of_what_a_bank_leaves_of_held_money(till: Money, boss: Staff, outcome: str, here: int):
    attempt, payment = held(till)
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.state.things[found]["amount"] = 2500
    run(sync_attempt(attempt))
    with pytest.raises(Invalid, match="until that is over"):
        use(boss, payment)
    till.stripe.act(f"disputes/{found}/{outcome}")
    run(sync_attempt(attempt))
    use(boss, payment)
    assert [(kind, body["amount"]["amount_minor"]) for kind, body in till.commands()] == [("payments", here)]
    assert till.left(0) == 6000 - here


@pytest.mark.parametrize("by", ["bank", "office"])
def test_a_receipt_names_nothing_on_account_that_had_gone_before_and_stays_as_it_was(till: Money, boss: Staff, by: str):
    attempt, payment = held(till)
    if by == "bank":
        dispute(till, payment, "lost", 2000)
        run(sync_attempt(attempt))
    else:
        run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    use(boss, payment)
    issued = receipt(till, payment)
    assert issued == (6000, [4000], None)
    run(give_back(boss, payment.public_id, 500, REOPEN, ""))
    for refund in till.refunds():
        till.stripe.act(f"refunds/{refund.stripe_id}/fail")
    run(sync_attempt(attempt))
    with reading() as session:
        here_again = 0 if by == "bank" else 2000
        assert ledger.credit_minor(session, session.get_one(Payment, 1)) == here_again
    assert receipt(till, payment) == issued
    # As do those from before it was written down.
    people.change(Payment, 1, receipt_names=None)
    assert receipt(till, payment)[:2] == issued[:2]


def receipt(till: Money, payment: Payment) -> tuple[int, list[int], int | None]:
    """Return what a receipt is over, what of that is for invoices, and what is on account."""
    with reading() as session:
        paper = papers.receipt(session, till.payer, payment.public_id).paper
    shares = [amount.minor for _, amount in paper.invoices]
    return paper.payment.amount.minor, shares, paper.on_account.minor if paper.on_account else None


def test_an_invoice_whose_money_is_held_is_not_offered_again(till: Money, boss: Staff):
    _, payment = held(till)
    shown = pay_state._read(till.payer, till.invoices[0])
    assert (shown.whole, shown.how) == ("", [])
    assert shown.news.startswith("We have a payment for this invoice already, and the office looks at it.")
    with reading() as session:
        bundles = payable.bundles(session, till.payer, clock.now().date() + timedelta(days=60))
    assert [one.amount.minor for one in bundles] == [4000]
    with pytest.raises(Invalid, match="We have a payment for invoice 2290 already"):
        till.begin(0)
    with pytest.raises(Invalid, match="We have a payment for invoice 2290 already"):
        till.begin(0, 1)
    use(boss, payment)
    assert till.left(0) == 0
    assert pay_state._read(till.payer, till.invoices[0]).news == "£60.00 is paid and being booked."
    till.begin(1)


def test_a_guest_is_not_asked_for_what_is_held(till: Money, boss: Staff):
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    before = shared._read(standing(link))
    _, payment = held(till)
    sheet = shared._read(standing(link))
    assert (before.pay, sheet.pay) == ("£60.00", "")
    assert sheet.news.startswith("We have a payment for this invoice already")
    assert sheet.version != before.version
    with pytest.raises(Invalid, match="We have a payment for invoice 2290 already"):
        run(pay.pay_as_guest(standing(link)))
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    assert shared._read(standing(link)).pay == "£60.00"


def test_the_home_page_and_the_list_say_what_is_held(till: Money, boss: Staff):
    _, payment = held(till)
    words = Words(business.look())
    with reading() as session:
        [debt] = owed.owed(session, till.payer, clock.now().date())
        home = dashboard.home(session, till.payer, "Europe/London")
    said = "For £60.00 we have a payment that the office looks at: please do not pay that again meanwhile."
    assert (debt.total.minor, debt.held_minor, undecided_words([debt], words)) == (10000, 6000, said)
    card = owed_card(home, words)
    assert (card.button, said in card.how) == ("See and pay", True)
    assert list_state._read(till.payer, "outstanding", "", "", invoices.PAGE).undecided == said
    use(boss, payment)
    with reading() as session:
        [debt] = owed.owed(session, till.payer, clock.now().date())
    assert (debt.total.minor, debt.held_minor) == (4000, 0)


def test_money_held_for_one_customer_is_nothing_to_the_next_one_of_the_invoice(till: Money):
    held(till)
    neighbour = people.make_customer("neighbour@example.com")
    people.change(Invoice, 1, customer_id=neighbour.customer_id)
    reader = people.actor_of(people.start_session(neighbour))
    assert isinstance(reader, Customer)
    with reading() as session:
        [debt] = owed.owed(session, reader, clock.now().date())
        held_money.require_none(session, [1])
        assert (debt.held_minor, held_money.is_for(session, 1)) == (0, False)
    assert pay_state._read(reader, till.invoices[0]).whole == "£60.00"


def test_no_more_is_said_to_be_held_than_was_meant_for_it(till: Money):
    attempt, stripes = till.begin(0, amount=1000)
    people.change(PaymentAttempt, 1, amount_minor=900)
    till.stripe.pay(stripes)
    run(sync_attempt(attempt))
    with reading() as session:
        [debt] = owed.owed(session, till.payer, clock.now().date())
    assert debt.held_minor == 1000


def test_what_is_left_out_of_all_that_is_overdue_is_not_called_all(till: Money):
    for number in (1, 2):
        people.change(Invoice, number, due_on=clock.now().date() - timedelta(days=5))
    before = [offer.words for offer in many._read(till.payer, "")[0]]
    held(till)
    assert before == ["Pay all overdue (£100.00)"]
    assert [offer.words for offer in many._read(till.payer, "")[0]] == ["Pay £40.00 of what is overdue"]
