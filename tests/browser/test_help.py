"""Questions, terms and opening hours: written by the office, found and searched by a customer."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from portal_app.demo import words
from tests.browser.conftest import Visit
from tests.browser.floors import findings, static_findings
from tests.site import CUSTOMER, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
BACK = """
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Faq
with transaction() as session:
    for faq in session.exec(select(Faq).where(Faq.question == "Do you fit heat pumps?")).all():
        session.delete(faq)
"""


@pytest.fixture(autouse=True)
def as_before(site: Site) -> Iterator[None]:
    yield
    site.portal.python(BACK)


def test_searching_and_linking(visit: Visit):
    visitor = visit(email=CUSTOMER)
    page = visitor.open("/home")
    page.get_by_role("contentinfo").get_by_role("link", name="Questions").click()
    expect(page.locator(".questions details")).to_have_count(len(words.QUESTIONS))
    expect(page.get_by_text("Saturday, 9 am to 1 pm")).to_be_visible()
    page.get_by_role("searchbox").fill("GAS met")
    expect(page.locator(".questions details")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 answer")).to_be_attached()
    page.get_by_role("searchbox").fill("xylophone")
    expect(page.get_by_text("Nothing is found by that")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".questions details")).to_have_count(len(words.QUESTIONS))
    page.get_by_role("heading", name="How can I pay?").click()
    expect(page.get_by_text("By the bank details on your invoice")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name=re.compile("^Link to this answer.*How can I pay")).click()
    address = page.url
    assert re.search(r"/help#[\w-]+$", address)
    page.goto("/home")
    page.goto(address)
    expect(page.get_by_text("By the bank details on your invoice")).to_be_visible()
    expect(page.locator("details[open]")).to_have_count(1)
    page.get_by_role("contentinfo").get_by_role("link", name="Terms").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Terms of business")
    expect(page.get_by_role("heading", name="Our guarantee")).to_be_visible()


def test_who_is_not_signed_in_reads_the_terms(visit: Visit):
    visitor = visit()
    page = visitor.open("/login")
    page.get_by_role("contentinfo").get_by_role("link", name="Terms").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Terms of business")
    expect(page.get_by_role("heading", name="Our guarantee")).to_be_visible()
    assert static_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_office_adds_a_question_and_it_is_on_the_open_page(visit: Visit):
    customer = visit(email=CUSTOMER).open("/help")
    page = visit(email=OFFICE).open("/office/settings/content")
    page.get_by_role("button", name="Add a question").click()
    page.get_by_role("button", name="Save question").click()
    expect(page.get_by_text("The question is missing.")).to_be_visible()
    page.get_by_label("Question", exact=True).fill("Do you fit heat pumps?")
    page.get_by_label("Answer", exact=True).fill("**Yes**, <img src=x onerror=alert(1)> [read](javascript:alert(1))")
    preview = page.get_by_role("figure").filter(has_text="onerror")
    expect(preview.locator("strong")).to_have_text("Yes")
    assert findings(page) == []
    page.get_by_role("button", name="Save question").click()
    question = customer.get_by_role("group").filter(has_text="Do you fit heat pumps?")
    question.locator("summary").click()
    expect(question.locator(".prose")).to_contain_text("<img src=x onerror=alert(1)>")
    assert question.locator(".prose img, .prose a").count() == 0
    page.get_by_role("button", name="Hide: Do you fit heat pumps?").click()
    expect(question).to_have_count(0)
    page.get_by_role("button", name="Remove: Do you fit heat pumps?").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the question").click()
    expect(page.get_by_role("button", name="Remove: Do you fit heat pumps?")).to_have_count(0)
