"""What stands on an invoice's paper, and who may have it."""

import pytest

from portal_app import database
from portal_app.errors import NotAllowed, NotFound
from portal_app.models import Business, Invoice, InvoiceLine
from portal_app.money import Money
from portal_app.services import brand_colours, business, papers
from portal_app.services.rights import Right
from tests.services import people
from tests.services.records import add_connection, add_invoice, contact, save

pytestmark = pytest.mark.usefixtures("database_file")


def found(actor, invoice_id: int) -> papers.FoundInvoice:
    with database.reading() as session:
        return papers.invoice(session, actor, session.get_one(Invoice, invoice_id).public_id)


@pytest.fixture
def sarah() -> int:
    people.make_business()
    return people.make_customer("sarah@example.com").customer_id or 0


def test_it_works(sarah):
    terms = {"payment_terms": "Within 14 days.", "paper_footer": "Registered.", "address": "1 Kiln Yard\n\nBath"}
    people.change(Business, 1, legal_name="Bell Ltd", bank_account="12345678", bank_code="00-00-00", **terms)
    tax = {"tax_summary": [{"rate": "20", "net_minor": 20000, "tax_minor": 4000}]}
    row = add_invoice(sarah, "2291", title="Valve", subtotal_minor=20000, tax_minor=4000, **tax)
    save(
        InvoiceLine(invoice_id=row, position=0, name="Labour", quantity="2.5", unit_price_minor=8000, total_minor=20000)
    )
    paper = found(contact(sarah), row).paper
    assert (paper.number, paper.title, paper.state, paper.copy) == ("2291", "Valve", "", False)
    assert paper.stationery.seller.name == "Bell Ltd"
    assert paper.stationery.seller.lines == ("1 Kiln Yard", "Bath")
    assert (paper.subtotal, paper.tax, paper.total) == (Money(20000, "GBP"), Money(4000, "GBP"), Money(24000, "GBP"))
    assert paper.subtotal + paper.tax == paper.total
    assert [line.total for line in paper.lines] == [Money(20000, "GBP")]
    assert paper.bank == (("Account name", "Bell Ltd"), ("Sort code", "00-00-00"), ("Account number", "12345678"))
    assert (paper.terms, paper.stationery.footer) == ("Within 14 days.", "Registered.")


def test_an_invoice_s_own_terms_come_first_and_what_is_paid_asks_for_nothing(sarah):
    people.change(Business, 1, payment_terms="Within 14 days.", bank_account="1")
    row = add_invoice(sarah, terms=" At once. ", status="paid", balance_minor=0)
    paper = found(contact(sarah), row).paper
    assert (paper.terms, paper.state, paper.bank) == ("At once.", "Paid", ())


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "void"}, "Cancelled"),
        ({"status": "uncollectible"}, "Closed"),
        ({"status": "partially_paid", "balance_minor": 100}, "Partly paid"),
        ({"total_minor": -5000, "balance_minor": -5000}, "Credit"),
        ({"total_minor": -5000, "balance_minor": 0, "status": "paid"}, "Credit"),
        ({"total_minor": -5000, "balance_minor": 0, "status": "void"}, "Cancelled"),
    ],
)
def test_its_state_is_a_word(sarah, fields, state):
    assert found(contact(sarah), add_invoice(sarah, **fields)).paper.state == state


def test_what_the_crm_owns_is_a_copy(sarah):
    link = add_connection(None)
    ours = add_invoice(sarah)
    theirs = add_invoice(sarah, connection_id=link, external_id="1")
    filed = add_invoice(sarah, connection_id=link, external_id="2", pdf_url="https://crm.example/2.pdf")
    odd = add_invoice(sarah, pdf_url="https://crm.example/2.pdf")
    actor = contact(sarah)
    assert [found(actor, row).paper.copy for row in (ours, theirs, filed)] == [False, True, True]
    assert [found(actor, row).by_crm for row in (ours, theirs, filed, odd)] == [False, False, True, False]


def test_others_get_nothing(sarah):
    row = add_invoice(sarah)
    draft = add_invoice(sarah, status="draft")
    for actor, wanted in ((contact(sarah + 1), row), (contact(sarah), draft)):
        with pytest.raises(NotFound):
            found(actor, wanted)
    with pytest.raises(NotAllowed):
        found(contact(sarah, Right.VIEW_JOBS), row)
    with pytest.raises(NotFound):
        found(contact(sarah, locations=frozenset({77})), row)


def test_the_office_sees_drafts_too(sarah):
    ruth = people.actor_of(people.start_session(people.make_staff("ruth@example.com")))
    paper = found(ruth, add_invoice(sarah, status="draft")).paper
    assert (paper.state, paper.bank) == ("Draft", ())


@pytest.mark.parametrize("accent", ["", "#ffe600", "#ffb3c7", "#000000"])
def test_the_accent_can_be_read_on_white(sarah, accent):
    people.change(Business, 1, accent=accent)
    with database.reading() as session:
        about = business.get(session)
        assert about is not None
        colour = papers.stationery(about).accent
    assert brand_colours.contrast(colour, "#ffffff") >= 4.5


@pytest.mark.parametrize(("currency", "total"), [("GBP", 19800), ("JPY", 198)])
def test_the_sample_is_a_sample(sarah, currency, total):
    people.change(Business, 1, currency=currency)
    with database.reading() as session:
        about = business.get(session)
        assert about is not None
        paper = papers.sample(about)
    assert (paper.state, paper.total, paper.issued_on) == ("Sample", Money(total, currency), None)
