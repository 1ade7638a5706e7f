"""A receipt's file is the same for ever, through every door: whatever the brand, the settings or the portal become."""

import asyncio
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlmodel import col, select

from portal_app import clock
from portal_app.integrations.paper import words
from portal_app.models import Business, Customer, Invoice, PaperLook, Payment
from portal_app.services import business
from portal_app.services.actors import Staff
from portal_app.workflows import brand_pictures
from portal_app.workflows import papers as printed
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money as Till
from tests.workflows.money import money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """An invoice over 240.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000) as ready:
        yield ready


@pytest.fixture
def boss(till: Till) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Till) -> None:
    """Pay the invoice by card."""
    attempt, page = till.begin()
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"


def text_of(data: bytes) -> str:
    """Return the words of a PDF."""
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def another_brand(boss: Staff, till: Till) -> None:
    """Change everything that a business's papers are made of, and the customer's name."""
    people.change(Business, 1, legal_name="Another Ltd", address="1 Elsewhere", tax_number="GB 1", company_number="2")
    people.change(Business, 1, name="Another", phone="999", support_email="other@example.com")
    people.change(Business, 1, accent="#a01040", accent_2="#104080", paper_footer="Another footer", terms="Other terms")
    people.change(Business, 1, country="US", locale="en_US", zone="Pacific/Auckland", payment_terms="At once")
    people.change(Customer, till.payer.customer_id, name="Somebody else")
    brand_pictures.save(boss, "logo", picture("#a01040"))


def picture(colour: str) -> bytes:
    """Return a logo: a square of a colour."""
    square = f'<rect width="90" height="90" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">{square}</svg>'.encode()


def files(till: Till, boss: Staff) -> list[bytes]:
    """Return the receipt as its customer gets it and as the office does."""
    business.forget_look()
    payment = till.payments()[0].public_id
    return [asyncio.run(printed.receipt(who, payment)).data for who in (till.payer, boss)]


@pytest.mark.parametrize("logo", [False, True])
@pytest.mark.parametrize("made_before", [False, True])
def test_the_file_stays_as_it_was_issued_whatever_the_brand_becomes(
    till: Till, boss: Staff, logo: bool, made_before: bool
):
    people.change(Business, 1, accent="#0f5c5c", paper_footer="Our footer")
    if logo:
        brand_pictures.save(boss, "logo", picture("#0f5c5c"))
    paid(till)
    issued = files(till, boss)
    assert issued[0] == issued[1]
    if not made_before:
        # As if nobody had asked for it yet.
        people.change(Payment, 1, receipt_hash="")
    another_brand(boss, till)
    for folder in brand_pictures.folder().iterdir():
        os.utime(folder, (0, 0))
    brand_pictures.remove_unused_files()
    assert files(till, boss) == issued
    assert "Our footer" in text_of(issued[0])


def test_one_from_before_looks_were_kept_stays_as_it_is_made_first(till: Till, boss: Staff):
    paid(till)
    people.change(Payment, 1, receipt_look_id=None, receipt_names=None)
    people.change(Business, 1, paper_footer="Our footer")
    issued = files(till, boss)
    assert rows(select(PaperLook.footer).order_by(col(PaperLook.id)))[-1] == "Our footer"
    another_brand(boss, till)
    assert files(till, boss) == issued
    people.change(Payment, 1, receipt_hash="")
    assert files(till, boss) == issued


def test_it_is_printed_once_and_another_template_changes_nothing(
    till: Till, boss: Staff, monkeypatch: pytest.MonkeyPatch
):
    paid(till)
    issued = files(till, boss)
    monkeypatch.setitem(vars(words), "_receipt", lambda paper: pytest.fail("It was printed again."))
    assert files(till, boss) == issued


def test_a_file_that_is_lost_is_printed_as_it_was(till: Till, boss: Staff, portal_env: Path):
    paid(till)
    issued = files(till, boss)
    for file in (portal_env / "files").iterdir():
        file.unlink()
    another_brand(boss, till)
    assert files(till, boss) == issued
    assert len(list((portal_env / "files").iterdir())) == 1


def test_an_invoice_that_is_hidden_later_is_named_in_no_kept_file(till: Till, boss: Staff):
    paid(till)
    issued = files(till, boss)
    people.change(Invoice, 1, hidden_at=clock.now())
    theirs, ours = files(till, boss)
    assert "2290" in text_of(ours)
    assert "2290" not in text_of(theirs)
    people.change(Invoice, 1, hidden_at=None)
    assert files(till, boss) == issued


def test_receipts_of_the_same_days_share_a_look(till: Till):
    paid(till)
    people.change(Invoice, 1, balance_minor=30000, total_minor=30000)
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    assert len({payment.receipt_look_id for payment in till.payments()}) == 1
