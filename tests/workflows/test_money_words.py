"""What people are told of money that goes back: how much it is about, and what is to be paid after it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import NotFound
from portal_app.models import Business, Customer, Invoice, Location, Outbox
from portal_app.pages.invoice import pay_state
from portal_app.pages.payment.views import PaymentView, payment_view
from portal_app.services import business, failed_tries, mail_words, payment_history, payments, recorded_payments
from portal_app.services.actors import Customer as Reader
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.services.recorded_payments import Recorded
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.services.records import keep
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run
from tests.workflows.money_back import crm_says

NOTHING_MORE = "Nothing needs to be done."


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 60.00 and 40.00 GBP, and an office that reads mail."""
    stripe.use(monkeypatch)
    with money(stripe, 6000, 4000) as ready:
        people.change(Business, 1, support_email="office@bell.example")
        business.forget_look()
        yield ready


@pytest.fixture
def boss(till: Money) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Money, *numbers: int, choice: str = "card_ok") -> tuple[str, str, str]:
    """Pay some invoices; returns the try, the payment and Stripe's own id of it."""
    attempt, page = till.begin(*numbers)
    till.stripe.pay(page, choice)
    run(sync_attempt(attempt))
    payment = till.payments()[-1]
    return attempt, payment.public_id, payment.intent_id or ""


def newest(mail: Mail) -> tuple[str, str]:
    """Return the subject and all else that the newest mail of a kind says."""
    mails = [row.payload for row in rows(select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id)))]
    facts = [one["facts"] for one in mails if one["mail"] == mail.value][-1]
    words = mail_words.words_of(mail, facts, {}, business.look())
    return words.subject, " ".join((words.heading, *words.before, *words.after))


def page(till: Money, payment: str) -> PaymentView:
    """Return what the payer reads on the payment's page."""
    with reading() as session:
        return payment_view(payments.get(session, till.payer, payment), Words(business.look()))


def test_a_refund_that_opens_invoices_says_what_is_to_be_paid_again(till: Money, boss: Staff):
    _, payment, _ = paid(till, 0, 1)
    run(give_back(boss, payment, 7500, REOPEN, ""))
    subject, said = newest(Mail.REFUND)
    assert "has given back £75.00" in subject
    assert "So £75.00 of invoices 2290 and 2291 is to be paid again." in said
    assert NOTHING_MORE not in said


def test_the_office_hears_of_the_very_refund_that_failed(till: Money):
    attempt, _, intent = paid(till, 0)
    for amount in (1000, 2500):
        till.stripe.act(f"payments/{intent}/refund", amount=amount)
        run(sync_attempt(attempt))
    for number, amount in ((1, "£25.00"), (0, "£10.00")):
        till.stripe.act(f"refunds/{till.refunds()[number].stripe_id}/fail")
        run(sync_attempt(attempt))
        assert newest(Mail.OFFICE_PAYMENT)[0].startswith(f"{amount} of ")


def test_a_refund_as_a_credit_note_asks_for_nothing(till: Money, boss: Staff):
    _, payment, _ = paid(till, 0)
    run(give_back(boss, payment, 2000, CREDIT_NOTE, ""))
    _, said = newest(Mail.REFUND)
    assert "again" not in said
    assert said.endswith(NOTHING_MORE)


def test_what_was_too_much_opens_nothing_when_it_goes_back(till: Money, boss: Staff):
    attempt, page = till.begin(0)
    people.change(Invoice, 1, balance_minor=4500, status="partially_paid")
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    payment = till.payments()[-1].public_id
    subject, _ = newest(Mail.OFFICE_PAYMENT)
    assert subject.startswith("£15.00 of ")
    assert subject.endswith(" is more than was left to pay")
    run(give_back(boss, payment, 1500, REOPEN, ""))
    _, said = newest(Mail.REFUND)
    assert "again" not in said
    run(give_back(boss, payment, 1000, REOPEN, ""))
    _, said = newest(Mail.REFUND)
    assert "So £10.00 of invoice 2290 is to be paid again." in said


def recorded(till: Money, boss: Staff, minor: int, method: str) -> str:
    """Write money down that the office has taken for the first invoice; returns the payment."""
    shares = ((till.invoices[0], min(minor, 6000)),)
    wanted = Recorded(shares, minor, "GBP", method, clock.now().date() - timedelta(days=1))
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        return recorded_payments.record(session, boss, customer, wanted).public_id


@pytest.mark.parametrize(
    ("method", "paid", "arrived"),
    [
        ("cash", ", paid in cash.", " in cash."),
        ("check", ", paid by cheque.", " by cheque."),
        ("bank", ", paid by bank transfer.", " by bank transfer."),
        ("other", ".", "."),
    ],
)
def test_what_the_office_has_taken_is_said_as_people_say_it(
    till: Money, boss: Staff, method: str, paid: str, arrived: str
):
    payment = recorded(till, boss, 6500, method)
    _, said = newest(Mail.RECEIPT)
    assert f"has received £65.00 for invoice 2290{paid} Receipt" in said
    assert said.endswith("£5.00 of it is more than was left to pay. Please ask us to use it or to give it back.")
    first, second = page(till, payment).sentences
    assert first.startswith("Thank you. It arrived on ")
    assert first.endswith(arrived)
    assert second.startswith("£5.00 of it pays no invoice: more came than was left to pay")


def test_cash_that_is_given_back_comes_by_no_bank(till: Money, boss: Staff):
    payment = recorded(till, boss, 6000, "cash")
    run(give_back(boss, payment, 6000, CREDIT_NOTE, ""))
    _, said = newest(Mail.REFUND)
    assert "£60.00 was given back to you" in said
    assert "Cash" not in said
    assert "ank" not in said


def test_the_office_reads_how_much_went_back(till: Money, boss: Staff):
    attempt, payment, intent = paid(till, 0)
    till.stripe.act(f"payments/{intent}/refund", amount=1000)
    run(sync_attempt(attempt))
    assert newest(Mail.OFFICE_PAYMENT)[0].startswith("£10.00 of ")
    till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
    run(sync_attempt(attempt))
    subject, _ = newest(Mail.OFFICE_PAYMENT)
    assert subject.startswith("£10.00 of ")
    assert subject.endswith(" could not be given back")
    run(give_back(boss, payment, 2500, REOPEN, ""))
    dispute = till.stripe.act(f"payments/{intent}/dispute")
    run(sync_attempt(attempt))
    assert newest(Mail.OFFICE_PAYMENT)[0].startswith("£35.00 of ")
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    subject, _ = newest(Mail.OFFICE_PAYMENT)
    assert subject.startswith("£35.00 of ")
    assert "stays with the payer’s bank" in subject


def test_a_debit_that_comes_back_in_part_names_that_part(till: Money, boss: Staff):
    attempt, payment, intent = paid(till, 0, choice="bacs_clears")
    till.stripe.act(f"payments/{intent}/settle")
    run(sync_attempt(attempt))
    run(give_back(boss, payment, 1000, CREDIT_NOTE, ""))
    till.stripe.act(f"disputes/{till.stripe.act(f'payments/{intent}/dispute')['id']}/lost")
    run(sync_attempt(attempt))
    subject, said = newest(Mail.PAYMENT_FAILED)
    assert subject == "Your bank has taken back £50.00"
    assert f"Receipt {till.payments()[0].receipt_number} no longer counts. So it is to be paid again." in said
    assert newest(Mail.OFFICE_PAYMENT)[0].startswith("£50.00 of ")


def test_the_payments_page_says_what_each_refund_left_to_pay(till: Money, boss: Staff):
    _, payment, _ = paid(till, 0)
    run(give_back(boss, payment, 2000, REOPEN, ""))
    run(give_back(boss, payment, 1000, CREDIT_NOTE, ""))
    first, second = page(till, payment).backs
    assert first.startswith("£20.00 was given back on ")
    assert first.endswith(", which left £20.00 to pay again.")
    assert second.startswith("£10.00 was given back on ")
    assert second.endswith(", and need not be paid again.")


def test_a_dispute_of_what_a_refund_has_left_names_that(till: Money, boss: Staff):
    attempt, payment, intent = paid(till, 0)
    run(give_back(boss, payment, 2500, REOPEN, ""))
    dispute = till.stripe.act(f"payments/{intent}/dispute")
    run(sync_attempt(attempt))
    assert page(till, payment).heading == "£35.00 is disputed"
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    assert page(till, payment).heading == "Your bank has taken back £35.00"
    assert page(till, payment).sentences == ["So it is to be paid again; the receipt no longer counts."]
    with reading() as session:
        [entry] = payment_history.page(session, till.payer).entries
        [of_invoice, *_] = payments.of_invoice(session, till.payer, till.invoices[0])
    assert (entry.state, of_invoice.state) == ("returned", "returned")


def rows_of(who: Reader, invoice: str) -> list[tuple[str, str]]:
    """Return the amounts and badges of what was paid of an invoice, as its page shows them."""
    return [(row.amount, row.badge) for row in pay_state._read(who, invoice).paid]


@pytest.mark.parametrize(
    ("gone", "badge", "heading"),
    [
        ("refund", "Given back", "£60.00 was given back"),
        ("open", "Disputed", "£60.00 is disputed"),
        ("lost", "Taken back", "Your bank has taken back £60.00"),
        ("won", "Paid", "£60.00 is paid"),
    ],
)
def test_an_invoice_tells_what_it_got_of_a_payment_that_pays_others_alone(
    till: Money, boss: Staff, gone: str, badge: str, heading: str
):
    attempt, payment, intent = paid(till, 0, 1)
    with transaction() as session:
        places = [keep(session, Location(customer_id=1, label=name, address={})) for name in ("Mill", "Cottage")]
        for place, public_id in zip(places, till.invoices, strict=True):
            session.exec(select(Invoice).where(Invoice.public_id == public_id)).one().location_id = place
    mill = replace(till.payer, locations=frozenset(places[:1]))
    if gone == "refund":
        run(give_back(boss, payment, 6000, REOPEN, ""))
    else:
        dispute = till.stripe.act(f"payments/{intent}/dispute")["id"]
        till.stripe.state.things[dispute]["amount"] = 6000
        run(sync_attempt(attempt))
        if gone != "open":
            till.stripe.act(f"disputes/{dispute}/{gone}")
            run(sync_attempt(attempt))
    for who in (till.payer, mill):
        assert rows_of(who, till.invoices[0])[-1] == ("£60.00", badge)
    with reading() as session:
        facts = payments.get(session, mill, payment)
        [entry] = payment_history.page(session, mill).entries
    shown = payment_view(facts, Words(business.look()))
    assert (shown.heading, [(one.number, one.amount) for one in shown.parts], shown.backs, shown.receipt) == (
        heading,
        [("Invoice 2290", "£60.00")],
        [],
        "",
    )
    assert (entry.state, entry.amount, entry.invoices) == (facts.state, facts.amount, ("2290",))


def test_who_sees_one_property_sees_what_was_meant_for_it_and_came_too_late(till: Money):
    attempt, checkout = till.begin(0, 1)
    with transaction() as session:
        place = keep(session, Location(customer_id=1, label="Mill", address={}))
        first = session.exec(select(Invoice).where(Invoice.public_id == till.invoices[0])).one()
        first.location_id, first.balance_minor = place, 0
    till.stripe.pay(checkout)
    run(sync_attempt(attempt))
    mill = replace(till.payer, locations=frozenset({place}))
    with reading() as session:
        facts = payments.get(session, mill, attempt)
        with pytest.raises(NotFound):
            payments.get(session, replace(mill, locations=frozenset({place + 1})), attempt)
    assert (facts.amount.minor, [part.number for part in facts.parts], facts.whole) == (6000, ["2290"], False)


def test_the_receipt_of_a_part_says_what_is_left(till: Money):
    attempt, checkout = till.begin(0, amount=2500)
    till.stripe.pay(checkout)
    run(sync_attempt(attempt))
    assert "£35.00 of invoice 2290 is still to be paid." in newest(Mail.RECEIPT)[1]
    paid(till, 1)
    assert "Nothing more needs to be done." in newest(Mail.RECEIPT)[1]


def test_a_refund_that_failed_is_no_doubt_about_the_payment_to_its_payer(till: Money, boss: Staff):
    attempt, payment, _ = paid(till, 0)
    run(give_back(boss, payment, 2000, REOPEN, ""))
    crm_says(2000)
    till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
    run(sync_attempt(attempt))
    shown = page(till, payment)
    assert (shown.heading, shown.badge) == ("£60.00 is paid", "Paid")
    assert "could not be given back" in shown.backs[0]
    with reading() as session:
        assert payments.get(session, boss, payment).state == "held"
        assert [one.state for one in payment_history.page(session, till.payer).entries] == ["paid"]


def test_of_anothers_debit_that_failed_is_told_neither_whose_bank_nor_why(till: Money):
    attempt, checkout = till.begin(0)
    till.stripe.pay(checkout, "bacs_fails")
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/fail")
    run(sync_attempt(attempt))
    [failed] = till.payments()
    other = replace(till.payer, contact_id=till.payer.contact_id + 1)
    with reading() as session:
        own, theirs = (failed_tries.latest(session, who, till.invoices[0]) for who in (till.payer, other))
        facts = payments.get(session, other, failed.public_id)
    assert own is not None
    assert theirs is not None
    assert (own.own, bool(own.problem), own.method_words != "") == (True, True, True)
    assert (theirs.own, theirs.problem, theirs.method_words, theirs.amount) == (False, "", "", own.amount)
    shown = payment_view(facts, Words(business.look()), pays=False)
    assert (shown.again, [one for one in shown.sentences if "bank" in one.lower()]) == ("", [])
    assert "It is still to be paid." in shown.sentences
