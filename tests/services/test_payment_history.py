"""The customer's list of payments: newest first, paged by place, as far as rights and properties reach."""

import random
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Allocation, AttemptPart, Contact, Payment, PaymentAttempt, Refund
from portal_app.money import Money
from portal_app.services import papers, payment_history, payments
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from tests.services import people, work
from tests.services.work import DAY, NOW, actor


@pytest.fixture(autouse=True)
def customers(database_file) -> None:
    """Two customers, the first with two properties: rows 1 and 2."""
    people.make_business()
    for name in ("Whitcombe", "Neighbour"):
        work.customer(name)
        work.add(Contact(customer_id=1, name=name, email=f"{name}@example.com"))
    work.location(label="Mill")
    work.location(label="Cottage")


def pay(
    *amounts: int, at: Any = NOW, places: tuple[int | None, ...] = (), customer: int = 1, meant: bool = False, **fields
) -> int:
    """Write a payment over these amounts, one invoice each at one of the places; only `meant` for them or paid."""
    with database.transaction() as session:
        attempt = PaymentAttempt(
            customer_id=customer,
            contact_id=1,
            currency="GBP",
            amount_minor=sum(amounts),
            way="checkout",
            key_mark="k",
            stripe_customer="cus",
            expires_at=NOW,
        )
        session.add(attempt)
        session.flush()
        payment = Payment(
            customer_id=customer,
            attempt_id=attempt.id,
            currency="GBP",
            amount_minor=sum(amounts),
            **{"method": "card", "method_words": "Visa", "status": "succeeded", "paid_at": at, **fields},
        )
        session.add(payment)
        session.flush()
        row = payment.id or 0
    for amount, place in zip(amounts, places or [None] * len(amounts), strict=True):
        invoice = work.invoice(amount, customer_id=customer, number=f"I-{row}-{amount}", location_id=place)
        given: dict[str, Any] = {"invoice_id": invoice, "amount_minor": amount}
        work.add(AttemptPart(attempt_id=attempt.id or 0, live=None, **given))
        if not meant:
            work.add(Allocation(payment_id=row, cause="payment", **given))
    return row


def page(who: Customer | None = None, **wanted: Any) -> payment_history.Page:
    with database.reading() as session:
        return payment_history.page(session, who or actor(), **wanted)


def test_it_works():
    pay(9000, at=NOW - DAY, status="pending", meant=True, expected_on=date(2026, 11, 28), method="bank")
    pay(24000, 1000, receipt_number="R-00002")
    paid, debit = page().entries
    assert (paid.state, paid.amount, paid.invoices, paid.receipt_number) == (
        "paid",
        Money(25000, "GBP"),
        ("I-2-24000", "I-2-1000"),
        "R-00002",
    )
    assert (debit.state, debit.amount, debit.expected_on, debit.receipt_number) == (
        "with_bank",
        Money(9000, "GBP"),
        date(2026, 11, 28),
        "",
    )
    assert debit.invoices == ("I-1-9000",)


def test_states_are_those_of_the_payment_s_own_page():
    pay(1, status="failed", meant=True)
    pay(2, status="failed", receipt_number="R-2", receipt_voided_at=NOW)
    pay(3, status="refunded", receipt_number="R-3")
    pay(4, dispute="open", receipt_number="R-4")
    pay(5, held="Stripe reports another amount.")
    with database.reading() as session:
        for entry in page().entries:
            assert payments.get(session, actor(), entry.public_id).state == entry.state
    assert [entry.state for entry in page().entries] == ["held", "disputed", "refunded", "returned", "failed"]
    assert [entry.receipt_number for entry in page().entries] == ["", "R-4", "R-3", "", ""]


def test_what_was_given_back_and_is_on_its_way():
    row = pay(9000)
    for number, (status, amount) in enumerate(
        (("succeeded", 1000), ("succeeded", 500), ("pending", 200), ("asked", 30), ("failed", 7000))
    ):
        work.add(Refund(payment_id=row, amount_minor=amount, status=status, stripe_id=f"re_{number}"))
    (entry,) = page().entries
    assert (entry.given_back, entry.going_back) == (Money(1500, "GBP"), Money(230, "GBP"))


def test_nobody_sees_another_customer_s():
    pay(9000, customer=2)
    assert page().entries == ()
    assert len(page(actor(2)).entries) == 1


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.VIEW_MONEY])
def test_no_other_right_shows_money(right: Right):
    with pytest.raises(NotAllowed):
        page(actor(rights=[right]))


def test_paging_gives_each_once_also_where_moments_are_the_same():
    for n in range(11):
        pay(100 + n, at=NOW - DAY * (n // 4))
    found, cursor = [], None
    while cursor != "":
        part = page(cursor=cursor, limit=3)
        assert len(part.entries) <= 3
        found += part.entries
        cursor = part.next_cursor
    assert [entry.id for entry in found] == [4, 3, 2, 1, 8, 7, 6, 5, 11, 10, 9]


@pytest.mark.parametrize("cursor", ["nonsense", "invoices.1.1", "payments.-.1", "payments.x.1"])
def test_a_place_that_was_never_given_out_is_refused(cursor: str):
    with pytest.raises(Invalid):
        page(cursor=cursor)


def test_who_sees_one_property_sees_what_was_paid_for_it():
    pay(9000, 1000, places=(1, 2), receipt_number="R-1")
    pay(500, places=(2,), receipt_number="R-2")
    pay(700, places=(None,))
    pay(800, places=(1,), meant=True, status="pending")
    work.add(Refund(payment_id=1, amount_minor=100, status="succeeded", stripe_id="re_1"))
    mill = page(actor(locations=[1])).entries
    assert [(entry.amount.minor, entry.invoices, entry.receipt_number) for entry in mill] == [
        (800, ("I-4-800",), ""),
        (9000, ("I-1-9000",), ""),
    ]
    assert mill[1].given_back is None
    for who, given in ((actor(), True), (actor(locations=[1, 2]), True), (actor(locations=[1]), False)):
        with database.reading() as session:
            assert payments.get(session, who, mill[1].public_id).whole is given
            with nullcontext() if given else pytest.raises(NotFound):
                assert papers.receipt(session, who, mill[1].public_id).paper.payment.amount == Money(10000, "GBP")
    assert [entry.receipt_number for entry in page(actor(locations=[2])).entries] == ["R-2", ""]
    assert page(actor(locations=[])).entries == ()


def take_back_the_first(payment: int) -> None:
    """Take back what a payment has paid of its first invoice, if anything."""
    with database.transaction() as session:
        paid = select(Allocation).where(Allocation.payment_id == payment).order_by(col(Allocation.id))
        first = session.exec(paid).first()
        if first is not None:
            lost: dict[str, Any] = {
                "payment_id": payment,
                "invoice_id": first.invoice_id,
                "amount_minor": -first.amount_minor,
            }
            session.add(Allocation(cause="refund", **lost))


def test_the_list_and_each_payment_s_page_agree_for_everybody():
    chance = random.Random(5)
    for _ in range(30):
        count = chance.randint(1, 3)
        row = pay(
            *(chance.randint(1, 900) * 10 + n for n in range(count)),
            at=NOW - timedelta(minutes=chance.randint(0, 5)),
            places=tuple(chance.choice([1, 2, None]) for _ in range(count)),
            meant=chance.random() < 0.3,
            status=chance.choice(["pending", "succeeded", "failed", "refunded"]),
        )
        if chance.random() < 0.4:
            take_back_the_first(row)
    for places in (None, [1], [2], [1, 2], []):
        who = actor(locations=places)
        listed = {entry.public_id: entry for entry in page(who, limit=200).entries}
        with database.reading() as session:
            for payment in session.exec(select(Payment.public_id)).all():
                try:
                    facts = payments.get(session, who, payment)
                except NotFound:
                    assert payment not in listed
                    continue
                entry = listed[payment]
                assert (entry.state, entry.amount) == (facts.state, facts.amount)
                assert entry.invoices == tuple(part.number for part in facts.parts)
