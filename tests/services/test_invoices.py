"""Invoices: the lists, one document, and who may see what of them."""

from datetime import timedelta

import pytest

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Business, Invoice, InvoiceLine, Job, Location
from portal_app.money import Money
from portal_app.services import business, invoices
from portal_app.services.actors import Customer, Origin, Staff
from portal_app.services.rights import Permission, Right
from tests.services import work
from tests.services.people import change, make_business, make_customer
from tests.services.work import COST, DAY, TODAY, actor, customer

pytestmark = pytest.mark.usefixtures("database_file")
DAYS = timedelta(days=1)


def listed(who: Customer, which: invoices.Which = "all", **given) -> list[str]:
    with database.reading() as session:
        return [entry.number for entry in invoices.page(session, who, which=which, **given).entries]


def got(who: Customer | Staff, row: int) -> invoices.Document:
    with database.reading() as session:
        return invoices.get(session, who, session.get_one(Invoice, row).public_id)


def public_id(table: type, row: int | None) -> str:
    with database.reading() as session:
        return session.get_one(table, row).public_id


def test_it_works():
    customer(billing_address={"line1": "14 Chestnut Road", "city": "Bath", "postal_code": "BA1 6QT"})
    work.invoice(24000, TODAY + 3 * DAYS, number="2291")
    with database.reading() as session:
        page = invoices.page(session, actor(), which="outstanding")
    (entry,) = page.entries
    assert (entry.number, entry.left, page.next_cursor) == ("2291", Money(24000, "GBP"), "")
    document = got(actor(), entry.id)
    assert document.head.number == "2291"
    assert document.customer_lines == ("Whitcombe", "14 Chestnut Road", "Bath BA1 6QT")
    assert [line.name for line in document.lines] == ["Part"]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ({"city": "Bath", "region": "Somerset", "postal_code": "BA1 6QT"}, ["Bath", "Somerset BA1 6QT"]),
        ({"region": "Somerset", "postal_code": "BA1 6QT", "country": "GB"}, ["Somerset BA1 6QT"]),
        ({"city": "Bath", "postal_code": "BA1 6QT"}, ["Bath BA1 6QT"]),
        ({"city": "Austin", "region": "TX", "postal_code": "78701", "country": "US"}, ["Austin, TX 78701"]),
        ({"city": "Sydney", "region": "NSW", "postal_code": "2000", "country": "au"}, ["Sydney NSW 2000"]),
        ({"city": "Berlin", "postal_code": "10115", "country": "DE"}, ["10115 Berlin"]),
        ({"line1": "1 High Street", "country": "US"}, ["1 High Street"]),
        ({}, []),
    ],
)
def test_an_address_is_written_as_its_country_writes_it(address: dict[str, str], lines: list[str]):
    assert invoices.address_lines(address) == lines


def test_an_address_without_a_country_is_in_the_business_s():
    make_business()
    change(Business, 1, country="US")
    business.forget_look()
    assert invoices.address_lines({"city": "Austin", "region": "TX", "postal_code": "78701"}) == ["Austin, TX 78701"]


def test_what_is_outstanding_paid_and_all():
    customer()
    work.invoice(100, TODAY + DAYS, number="open")
    work.invoice(100, TODAY - DAYS, number="late", status="partially_paid")
    work.invoice(100, None, number="undated")
    work.invoice(100, TODAY, number="settled", balance_minor=0)
    work.invoice(100, TODAY, number="paid", status="paid", balance_minor=0)
    work.invoice(100, TODAY, number="void", status="void")
    for hidden in ("draft", "unknown"):
        work.invoice(100, TODAY, number=hidden, status=hidden)
    work.invoice(100, TODAY, number="gone", deleted_at=work.NOW)
    assert listed(actor(), "outstanding") == ["late", "open", "undated"]
    assert listed(actor(), "paid") == ["paid", "settled"]
    assert listed(actor(), "all") == ["void", "paid", "settled", "undated", "late", "open"]


@pytest.mark.parametrize("which", ["outstanding", "paid", "all"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_follow_each_other_without_a_gap_or_a_row_twice(which: invoices.Which, limit: int):
    customer()
    for n in range(9):
        status = "paid" if which == "paid" else ("open", "partially_paid")[n % 2]
        # Several share a day, and some have none.
        day = None if n % 4 == 3 else TODAY - (n // 3) * DAYS
        work.invoice(100, day, number=str(n), status=status, issued_on=day)
    whole = listed(actor(), which)
    assert len(whole) == 9
    found, cursor = [], None
    for _ in range(20):
        with database.reading() as session:
            page = invoices.page(session, actor(), which=which, cursor=cursor, limit=limit)
        found += [entry.number for entry in page.entries]
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == whole


@pytest.mark.parametrize(
    "cursor",
    ["1", "paid.1.1", "all.x.1", "all.99999999999999999.1", "all.1.-1", "all.1.1 ", "all..1", "all.1.2147483648"],
)
def test_a_cursor_we_never_gave_out_is_refused_in_words(cursor):
    customer()
    with database.reading() as session, pytest.raises(Invalid, match="cannot be continued"):
        invoices.page(session, actor(), which="all", cursor=cursor)


def test_overdue_is_what_is_open_after_its_day():
    customer()
    late = work.invoice(100, TODAY - DAYS)
    today = work.invoice(100, TODAY)
    void = work.invoice(100, TODAY - DAYS, status="void")
    assert [got(actor(), row).head.overdue(TODAY) for row in (late, today, void)] == [True, False, False]


def test_another_customers_is_not_there():
    mine, theirs = customer(), customer("Other")
    row = work.invoice(100, TODAY, customer_id=theirs)
    assert listed(actor(mine)) == []
    with pytest.raises(NotFound):
        got(actor(mine), row)
    with database.reading() as session, pytest.raises(NotFound):
        invoices.get(session, actor(mine), "nothing")


@pytest.mark.parametrize("status", ["draft", "unknown"])
def test_a_draft_is_not_there(status):
    customer()
    row = work.invoice(100, TODAY, status=status)
    with pytest.raises(NotFound):
        got(actor(), row)


def test_only_with_the_right_to_view_money():
    customer()
    row = work.invoice(100, TODAY)
    nobody = actor(rights=set(Right) - {Right.VIEW_MONEY})
    for act in (lambda: listed(nobody), lambda: got(nobody, row)):
        with pytest.raises(NotAllowed):
            act()
    with database.reading() as session:
        assert invoices.of_job(session, nobody, 1) == []


def test_only_at_the_properties_in_reach():
    customer()
    mill, barn = work.location(label="Mill"), work.location(label="Barn")
    rows = [
        work.invoice(100, TODAY, number=name, location_id=place)
        for name, place in (("mill", mill), ("barn", barn), ("nowhere", None))
    ]
    tenant = actor(locations=[mill])
    assert listed(tenant) == ["mill"]
    assert listed(tenant, "outstanding", location=public_id(Location, mill)) == ["mill"]
    assert listed(actor(), "outstanding", location=public_id(Location, barn)) == ["barn"]
    for row in rows[1:]:
        with pytest.raises(NotFound):
            got(tenant, row)
    for place in (public_id(Location, barn), "nothing"):
        with pytest.raises(NotFound):
            listed(tenant, location=place)
    narrowed = Customer(1, 1, 1, 1, "S", frozenset(Right), right_locations={Right.VIEW_MONEY: frozenset({barn})})
    assert listed(narrowed) == ["barn"]


def test_costs_only_with_the_right_to_margins_there():
    customer()
    mill, barn = work.location(label="Mill"), work.location(label="Barn")
    row = work.invoice(100, TODAY, location_id=mill)
    plain = actor(rights=set(Right) - {Right.MARGINS})
    elsewhere = Customer(1, 1, 1, 1, "S", frozenset(Right), right_locations={Right.MARGINS: frozenset({barn})})
    for who in (plain, elsewhere):
        assert str(COST) not in repr(got(who, row))
    assert got(actor(), row).lines[0].unit_cost == Money(COST, "GBP")


def test_the_job_is_named_only_to_who_may_see_it():
    customer()
    mill = work.location(label="Mill")
    job = work.add(Job(customer_id=1, title="New boiler", location_id=mill, opened_at=work.NOW)).id
    row = work.invoice(100, TODAY, location_id=mill, job_id=job)
    assert got(actor(), row).job == (public_id(Job, job), "New boiler")
    assert got(actor(rights=[Right.VIEW_MONEY]), row).job is None
    change(Job, job, deleted_at=work.NOW)
    assert got(actor(), row).job is None


def test_staff_see_any_with_their_permission_but_no_costs():
    customer()
    row = work.invoice(100, TODAY, status="draft")
    ruth = Staff(1, 1, 1, "Ruth", "office", frozenset({Permission.VIEW_CUSTOMERS}), Origin())
    document = got(ruth, row)
    assert document.head.customer_name == "Whitcombe"
    assert str(COST) not in repr(document)
    with pytest.raises(NotAllowed):
        got(Staff(1, 1, 1, "Ruth", "office", frozenset(), Origin()), row)


def test_taxes_lines_and_terms():
    customer()
    row = work.invoice(
        60000,
        TODAY,
        subtotal_minor=50000,
        tax_minor=10000,
        terms="Thank you.",
        tax_summary=[{"rate": "20", "net_minor": 50000, "tax_minor": 10000}],
    )
    for position, name in ((2, "second"), (1, "first")):
        work.add(InvoiceLine(invoice_id=row, name=name, position=position, quantity="2.5", total_minor=1))
    document = got(actor(), row)
    assert [line.name for line in document.lines] == ["Part", "first", "second"]
    assert document.taxes == (invoices.Tax("20", Money(50000, "GBP"), Money(10000, "GBP")),)
    assert document.terms == "Thank you."


def test_a_very_long_invoice_is_cut_and_says_so():
    customer()
    row = work.invoice(100, TODAY)
    with database.transaction() as session:
        session.add_all(InvoiceLine(invoice_id=row, name="x") for _ in range(invoices.MOST_LINES + 3))
    document = got(actor(), row)
    assert (len(document.lines), document.more_lines) == (invoices.MOST_LINES, True)


def test_of_a_job():
    person = make_customer("sarah@example.com")
    job = work.add(Job(customer_id=person.customer_id or 0, title="Boiler", opened_at=work.NOW)).id or 0
    work.invoice(100, TODAY, customer_id=person.customer_id, job_id=job, number="a")
    work.invoice(100, TODAY, customer_id=person.customer_id, number="b")
    with database.reading() as session:
        assert [entry.number for entry in invoices.of_job(session, actor(person.customer_id or 0), job)] == ["a"]
    assert DAY
