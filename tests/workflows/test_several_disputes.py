"""Several disputes of one payment: each is counted, told and decided by itself."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.models import Business, Invoice, Outbox, Payment
from portal_app.pages.invoice import pay_state
from portal_app.pages.office.invoice import state as office_invoice
from portal_app.pages.payment.views import PaymentView, payment_view
from portal_app.services import business, guests, owed, payment_history, payments
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services import people, work
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.conftest import rows
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import dispute, paid
from tests.workflows.money_back import till as till


@pytest.fixture(autouse=True)
def _office_reads_mail(till: Money) -> None:
    people.change(Business, 1, support_email="office@bell.example")
    business.forget_look()


def another(till: Money, intent: str | None, amount: int, outcome: str = "") -> str:
    """Have the bank want another part of a payment back, and perhaps decide it so; returns the dispute."""
    found = till.stripe.act(f"payments/{intent}/dispute")["id"]
    things = till.stripe.state.things
    things[found].update(amount=amount, created=things[found]["created"] + 60)
    if outcome:
        till.stripe.act(f"disputes/{found}/{outcome}")
    return found


def mailed(mail: Mail) -> list[tuple[str, int]]:
    """Return of all mails of a kind what happened, and the amount."""
    found = [row.payload for row in rows(select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id)))]
    told = [one["facts"] for one in found if one["mail"] == mail.value]
    return [(facts["what"], facts["amount_minor"]) for facts in told]


def disputed(till: Money) -> int:
    with reading() as session:
        return sum(one.disputed_minor for one in owed.owed(session, till.payer, clock.now().date()))


def page(till: Money) -> PaymentView:
    with reading() as session:
        facts = payments.get(session, till.payer, till.payments()[0].public_id)
        return payment_view(facts, Words(business.look()))


def test_what_an_earlier_one_has_lost_is_not_undecided(till: Money):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(attempt))
    another(till, payment.intent_id, 1000)
    run(sync_attempt(attempt))
    assert (till.left(0), disputed(till)) == (5000, 1000)
    took, looks = (row.words for row in pay_state._read(till.payer, till.invoices[0]).taken)
    assert "your bank took back the £40.00" in took
    assert took.endswith("£40.00 is to be paid again.")
    assert "your bank is looking at your payment of £10.00" in looks
    shown = page(till)
    assert shown.heading == "£10.00 is disputed"
    assert "Your bank keeps £40.00 of it already." in shown.sentences


def test_what_an_earlier_one_has_won_is_not_undecided(till: Money):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "won", part=4000)
    run(sync_attempt(attempt))
    another(till, payment.intent_id, 1000)
    run(sync_attempt(attempt))
    assert (till.left(0), disputed(till), page(till).heading) == (1000, 1000, "£10.00 is disputed")
    [looks] = pay_state._read(till.payer, till.invoices[0]).taken
    assert "is looking at your payment of £10.00" in looks.words


@pytest.mark.parametrize(
    ("second", "news"),
    [("won", [("dispute_won", 1000)]), ("lost", [("dispute_lost", 1000)]), ("", [])],
)
def test_the_office_hears_of_each_once_with_its_amount(till: Money, second: str, news: list[tuple[str, int]]):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(attempt))
    found = another(till, payment.intent_id, 1000)
    run(sync_attempt(attempt))
    if second:
        till.stripe.act(f"disputes/{found}/{second}")
    for _ in range(2):
        run(sync_attempt(attempt))
    before = [("disputed", 4000), ("dispute_lost", 4000), ("disputed", 1000)]
    assert mailed(Mail.OFFICE_PAYMENT) == [*before, *news]
    assert till.left(0) == (4000 if second == "won" else 5000)


def test_two_found_at_once_are_told_by_their_own_amounts(till: Money):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost", part=4000)
    another(till, payment.intent_id, 1000, "lost")
    run(sync_attempt(attempt))
    lost = [("disputed", 4000), ("dispute_lost", 4000), ("disputed", 1000), ("dispute_lost", 1000)]
    assert mailed(Mail.OFFICE_PAYMENT) == lost
    assert (till.left(0), disputed(till), page(till).heading) == (5000, 0, "Your bank has taken back £50.00")


def test_who_sent_it_to_a_guest_hears_of_each_that_is_lost_once(till: Money):
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    begun = run(pay.pay_as_guest(standing(link)))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
    run(sync_attempt(begun.attempt))
    [payment] = till.payments()
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(begun.attempt))
    found = another(till, payment.intent_id, 1000)
    run(sync_attempt(begun.attempt))
    assert mailed(Mail.GUEST_PAYMENT) == [("paid", 6000), ("returned", 4000)]
    till.stripe.act(f"disputes/{found}/lost")
    for _ in range(2):
        run(sync_attempt(begun.attempt))
    assert mailed(Mail.GUEST_PAYMENT) == [("paid", 6000), ("returned", 4000), ("returned", 1000)]


def first_share_lost(till: Money) -> tuple[tuple[int, int], str, Payment]:
    """Put the invoices to two properties, pay both, and have the bank keep the first one's share."""
    mill, cottage = work.location(label="Mill"), work.location(label="Cottage")
    people.change(Invoice, 1, location_id=mill)
    people.change(Invoice, 2, location_id=cottage)
    attempt, payment = paid(till, 0, 1)
    dispute(till, payment, "lost", part=6000)
    run(sync_attempt(attempt))
    return (mill, cottage), attempt, payment


def test_each_share_says_what_became_of_it(till: Money):
    places, attempt, payment = first_share_lost(till)
    another(till, payment.intent_id, 4000)
    run(sync_attempt(attempt))
    shares = [pay_state._read(till.payer, invoice).paid[0] for invoice in till.invoices]
    assert [share.badge for share in shares] == ["Taken back", "Disputed"]
    with reading() as session:
        of = [replace(till.payer, locations=frozenset({place})) for place in places]
        states = [[entry.state for entry in payment_history.page(session, who).entries] for who in of]
    assert states == [["returned"], ["disputed"]]


def test_who_sees_one_property_hears_of_its_share_alone(till: Money):
    places, _, payment = first_share_lost(till)
    said = []
    for place, invoice in zip(places, till.invoices, strict=True):
        who = replace(till.payer, locations=frozenset({place}))
        with reading() as session:
            [entry] = payment_history.page(session, who).entries
            shown = payments.get(session, who, payment.public_id)
        row = pay_state._read(who, invoice).paid[0]
        said.append((entry.state, entry.amount.minor, shown.state, shown.amount.minor, row.amount, row.badge))
    assert said == [
        ("returned", 6000, "returned", 6000, "£60.00", "Taken back"),
        ("paid", 4000, "paid", 4000, "£40.00", "Paid"),
    ]


def test_what_a_bank_leaves_of_an_invoice_is_paid_there(till: Money):
    attempt, payment = paid(till, 0, 1)
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(attempt))
    shares = [pay_state._read(till.payer, invoice).paid for invoice in till.invoices]
    assert [[(one.amount, one.badge) for one in share] for share in shares] == [
        [("£20.00", "Paid")],
        [("£40.00", "Paid")],
    ]
    [taken] = pay_state._read(till.payer, till.invoices[0]).taken
    assert "took back the £40.00" in taken.words


def test_the_office_reads_the_payment_s_own_state_on_each_invoice(till: Money, boss: Staff):
    attempt, payment = paid(till, 0, 1)
    another(till, payment.intent_id, 4000)
    run(sync_attempt(attempt))
    rows_ = [office_invoice._read(boss, invoice)[-1] for invoice in till.invoices]
    assert [[one.state for one in row] for row in rows_] == [["Disputed"], ["Disputed"]]


@pytest.mark.parametrize(("second", "status"), [("won", "succeeded"), ("lost", "failed")])
def test_a_receipt_counts_until_all_of_it_is_lost(till: Money, second: str, status: str):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(attempt))
    found = another(till, payment.intent_id, 2000)
    for _ in range(2):
        run(sync_attempt(attempt))
        [payment] = till.payments()
        assert (payment.status, payment.receipt_voided_at, till.left(0)) == ("succeeded", None, 6000)
    till.stripe.act(f"disputes/{found}/{second}")
    for _ in range(2):
        run(sync_attempt(attempt))
        [payment] = till.payments()
        assert (payment.status, payment.receipt_voided_at is None) == (status, status == "succeeded")


def test_two_of_the_same_second_are_booked_in_their_order(till: Money):
    attempt, payment = paid(till, 0)
    first = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.act(f"disputes/{first}/won")
    second = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.act(f"disputes/{second}/lost")
    things = till.stripe.state.things
    things[second]["created"] = things[first]["created"]
    run(sync_attempt(attempt))
    assert [body["reason"] for kind, body in till.commands() if kind == "payment-reversals"] == [
        "disputed",
        "dispute_won",
        "disputed",
    ]
    assert (till.left(0), till.payments()[0].status) == (6000, "failed")
