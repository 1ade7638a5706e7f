"""Money that was recorded by mistake: it is as if it had never come, and whoever was told of it is told again."""

from datetime import timedelta

import pytest

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import Contact, Customer, Payment
from portal_app.pages.payment.views import payment_view
from portal_app.services import (
    accounting,
    business,
    credit_use,
    ledger,
    mail_words,
    mistakes,
    payment_history,
    payments,
    recorded_payments,
    statements,
)
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.services.recorded_payments import Recorded
from portal_app.services.refunds import REOPEN
from portal_app.services.rights import StaffRole
from portal_app.workflows.refund import give_back
from tests.services import front_door, people
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import crm_says, paid
from tests.workflows.money_back import till as till


def record(till: Money, boss: Staff, amount: int = 9000) -> str:
    """Write down cash for the first invoice, over 60.00; returns the payment."""
    wanted = Recorded(((till.invoices[0], min(amount, 6000)),), amount, "GBP", "cash", clock.now().date())
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        return recorded_payments.record(session, boss, customer, wanted).public_id


def take_back(boss: Staff, payment: str, reason: str = "60 and not 90") -> None:
    with transaction() as session:
        mistakes.take_back(session, boss, payment, reason)


def test_it_is_as_if_it_had_never_come(till: Money, boss: Staff):
    payment = record(till, boss)
    crm_says(0)
    with reading() as session:
        assert mistakes.may(session, boss, payment)
    take_back(boss, payment)
    [row] = till.payments()
    assert (row.status, row.mistake, row.receipt_voided_at is None) == ("failed", "60 and not 90", False)
    assert till.left(0) == 6000
    [(first, money_in), (second, money_out)] = till.commands()
    assert (first, second, money_out["payment_id"]) == ("payments", "payment-reversals", row.command_id)
    assert (money_out["reason"], money_out["amount"]) == ("returned", money_in["amount"])
    today = clock.now().date()
    days = accounting.period(today - timedelta(days=1), today + timedelta(days=1), "UTC")
    with reading() as session:
        assert ledger.on_account(session, till.payer.customer_id) == []
        assert [one.state for one in payment_history.page(session, till.payer).entries] == ["mistaken"]
        posted = [one for source in accounting.SOURCES for one in accounting.batch(session, boss, source, days)]
        [account] = statements.get(session, till.payer, today - timedelta(days=9), today, today).ledgers
        shown = payment_view(payments.get(session, till.payer, payment), Words(business.look()))
    assert [(one.kind, one.amount.minor) for one in posted] == [("payment", 9000), ("mistake", -9000)]
    assert account.closing.minor == 6000 + 4000
    assert "bank" not in str(shown)
    crm_says(6000)
    assert till.left(0) == 6000
    with pytest.raises(Invalid, match="already"):
        take_back(boss, payment)
    # What is right may be written down at once, also where it is the same amount.
    record(till, boss)
    assert till.left(0) == 0


def test_who_got_the_receipt_is_written_to(till: Money, boss: Staff):
    take_back(boss, record(till, boss))
    said = mail_words.words_of(
        Mail.PAYMENT_FAILED, front_door.mails("ann@example.com")[-1]["facts"], {}, business.look()
    )
    words = " ".join((said.subject, *said.before, *said.after))
    assert "had recorded £90.00 by mistake" in words
    assert "Receipt R-00001 no longer counts. So £60.00 of invoice 2290 is still to be paid." in words
    people.change(Contact, till.payer.contact_id, email="")
    before = till.mails()
    take_back(boss, record(till, boss, 5000))
    assert till.mails() == before


def test_what_was_given_back_or_used_or_came_through_stripe_stays(till: Money, boss: Staff):
    back = record(till, boss, 1000)
    run(give_back(boss, back, 100, REOPEN, ""))
    used = record(till, boss)
    with transaction() as session:
        offer = credit_use.offered(session, boss, used)
        assert offer is not None
        credit_use.use(session, boss, used, till.invoices[1], 1000, offer.puts)
    _, card = paid(till, 1)
    for payment in (back, used, card.public_id):
        with reading() as session:
            assert not mistakes.may(session, boss, payment)
        with pytest.raises(Invalid):
            take_back(boss, payment)
    assert {row.mistake for row in till.payments()} == {""}


def test_it_needs_a_reason_and_the_right_to_refund(till: Money, boss: Staff):
    payment = record(till, boss)
    clerk = people.actor_of(people.start_session(people.make_staff("clerk@example.com", StaffRole.OFFICE)))
    assert isinstance(clerk, Staff)
    with pytest.raises(Invalid, match="what was wrong"):
        take_back(boss, payment, " ")
    with pytest.raises(NotAllowed):
        take_back(clerk, payment)
    with pytest.raises(NotAllowed), reading() as session:
        mistakes.may(session, till.payer, payment)
    [row] = till.payments()
    assert isinstance(row, Payment)
    assert (row.status, till.left(0)) == ("succeeded", 0)
