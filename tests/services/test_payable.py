"""What can be paid at once: what is overdue, all that is due, what is ticked; by whom, and what is left out."""

from datetime import timedelta

import pytest

from portal_app import database
from portal_app.errors import NotFound
from portal_app.models import Invoice, Location
from portal_app.money import Money
from portal_app.services import payable
from portal_app.services.actors import Customer
from portal_app.services.attempts import MOST_INVOICES
from portal_app.services.invoices import Entry
from portal_app.services.payable import EVERYTHING, OVERDUE, Bundle
from portal_app.services.rights import Right
from tests.services import work
from tests.services.people import change
from tests.services.work import TODAY, actor, customer

pytestmark = pytest.mark.usefixtures("database_file")
LATE, SOON = TODAY - timedelta(days=3), TODAY + timedelta(days=3)


def public_id(row: int) -> str:
    with database.reading() as session:
        return session.get_one(Invoice, row).public_id


def bundles(who: Customer | None = None, location: str | None = None) -> list[Bundle]:
    with database.reading() as session:
        return payable.bundles(session, who or actor(), TODAY, location)


def sums(who: Customer | None = None, location: str | None = None) -> list[tuple[str, int, int]]:
    return [(one.key, len(one.invoices), one.amount.minor) for one in bundles(who, location)]


def picked(*rows: int, who: Customer | None = None) -> list[Entry]:
    with database.reading() as session:
        return payable.picked(session, who or actor(), [public_id(row) for row in rows])


def test_what_is_overdue_and_all_of_it():
    customer()
    first = work.invoice(30000, LATE)
    work.invoice(20000, LATE, with_bank_minor=5000)
    work.invoice(9000, LATE, with_bank_minor=9000)
    work.invoice(8000, SOON, paid_here_minor=1000)
    work.invoice(7000, None)
    work.invoice(100, LATE, status="paid", balance_minor=0)
    work.invoice(100, LATE, status="void")
    work.invoice(100, LATE, status="draft")
    work.invoice(100, LATE, deleted_at=work.NOW)
    work.invoice(100, LATE, customer_id=customer("Other"))
    assert sums() == [(f"{OVERDUE}.GBP", 2, 45000), (f"{EVERYTHING}.GBP", 4, 59000)]
    assert bundles()[0].invoices[0] == public_id(first)


def test_nothing_where_nothing_is_due():
    customer()
    assert sums() == []
    work.invoice(100, SOON)
    assert sums() == [(f"{EVERYTHING}.GBP", 1, 100)]


def test_one_currency_at_a_time():
    customer()
    pounds, dollars = work.invoice(100, LATE), work.invoice(200, LATE, currency="USD")
    work.invoice(300, SOON, currency="USD")
    assert sums() == [(f"{OVERDUE}.GBP", 1, 100), (f"{OVERDUE}.USD", 1, 200), (f"{EVERYTHING}.USD", 2, 500)]
    assert payable.sum_of(picked(pounds, dollars)) is None
    assert payable.sum_of(picked(dollars)) == Money(200, "USD")


def test_only_with_the_right_to_pay_and_where_it_holds():
    customer()
    mill, flat = work.location(label="Mill"), work.location(label="Flat")
    here, there = work.invoice(100, LATE, location_id=mill), work.invoice(200, LATE, location_id=flat)
    nowhere = work.invoice(400, LATE)
    assert sums(actor(1, [Right.VIEW_MONEY])) == []
    assert picked(here, who=actor(1, [Right.VIEW_MONEY])) == []
    assert picked(here, who=actor(1, [Right.PAY])) == []
    tenant = actor(1, locations=[mill])
    assert sums(tenant) == [(f"{OVERDUE}.GBP", 1, 100)]
    assert [entry.total.minor for entry in picked(here, there, nowhere, who=tenant)] == [100]
    sees_all = Customer(1, 1, 1, 1, "Sarah", frozenset(Right), None, right_locations={Right.PAY: frozenset({flat})})
    assert sums(sees_all) == [(f"{OVERDUE}.GBP", 1, 200)]
    assert [entry.total.minor for entry in picked(here, there, nowhere, who=sees_all)] == [200]
    with database.reading() as session:
        place = session.get_one(Location, flat).public_id
    assert sums(location=place) == [(f"{OVERDUE}.GBP", 1, 200)]
    with pytest.raises(NotFound):
        sums(tenant, place)


def test_what_is_ticked_and_was_paid_meanwhile_is_left_out():
    customer()
    one, two = work.invoice(100, LATE), work.invoice(200, SOON)
    theirs = work.invoice(400, LATE, customer_id=customer("Other"))
    assert [entry.total.minor for entry in picked(two, one, theirs, one)] == [200, 100]
    change(Invoice, one, balance_minor=0, status="paid")
    assert [entry.total.minor for entry in picked(two, one)] == [200]


def test_a_payment_has_an_end():
    customer()
    for number in range(MOST_INVOICES + 3):
        work.invoice(100 + number, LATE + timedelta(days=number % 2), number=str(number))
    [bundle] = bundles()
    assert (bundle.kind, len(bundle.invoices), bundle.more) == (OVERDUE, MOST_INVOICES, True)
    assert len(set(bundle.invoices)) == MOST_INVOICES
