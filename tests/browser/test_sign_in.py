"""Signing in and out by the form, as people do: by touch, by keyboard, without scripts, wrongly."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal_app.pages.login.state import SENTENCES
from tests.browser.conftest import Visit
from tests.browser.visitor import SIZES
from tests.running import PASSWORD
from tests.site import CUSTOMER, OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def at_home(page: Page) -> None:
    page.wait_for_url("**/home")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Sarah"))


@pytest.mark.parametrize("size", SIZES)
def test_by_the_keyboard_alone(visit: Visit, size: str):
    page = visit(size=SIZES[size]).open("/login")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "email":
            break
    page.keyboard.type(CUSTOMER)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    at_home(page)
    page.evaluate("document.querySelector('.account').focus()")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    # On a phone the menu has pages as well.
    if size == "phone":
        expect(page.get_by_role("link", name="Documents").locator("visible=true")).to_be_focused()
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")


def test_without_any_script(visit: Visit):
    visitor = visit(javascript=False)
    visitor.page.goto("/login")
    visitor.sign_in(CUSTOMER)
    visitor.page.wait_for_url("**/home")


def test_a_wrong_password_is_answered_in_words_and_the_right_one_still_works(visit: Visit):
    visitor = visit()
    page = visitor.open("/login?next=/home%3Ffrom%3Dmail")
    for _ in range(2):
        visitor.sign_in(CUSTOMER, "not the password")
        page.wait_for_url("**e=wrong")
        expect(page.get_by_role("alert")).to_contain_text(SENTENCES["wrong"])
        assert page.get_by_label("Password", exact=True).input_value() == ""
    visitor.sign_in(CUSTOMER)
    page.wait_for_url("**/home?from=mail")


def test_an_address_opened_signed_out_is_reached_after_signing_in(visit: Visit):
    visitor = visit()
    page = visitor.open("/home?from=mail")
    assert "/login?next=/home" in page.url
    visitor.sign_in(CUSTOMER)
    page.wait_for_url("**/home?from=mail")


def test_a_link_cannot_send_people_elsewhere(visit: Visit):
    visitor = visit()
    page = visitor.open("/login?next=//example.com/")
    visitor.sign_in(CUSTOMER)
    at_home(page)


def test_the_password_can_be_looked_at(visit: Visit):
    page = visit().open("/login")
    field = page.get_by_label("Password", exact=True)
    field.fill("what I typed")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")
    assert field.input_value() == "what I typed"


@pytest.mark.parametrize("size", SIZES)
def test_signed_out_from_the_menu_back_shows_nothing(visit: Visit, size: str):
    visitor = visit(size=SIZES[size])
    page = visitor.open("/login")
    visitor.sign_in(CUSTOMER)
    at_home(page)
    page.locator(".account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.go_back()
    page.wait_for_url(re.compile("/login"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "Sarah" not in page.content()


@pytest.mark.parametrize("size", SIZES)
def test_the_office_can_leave_too(visit: Visit, size: str):
    visitor = visit(size=SIZES[size])
    page = visitor.open("/login")
    visitor.sign_in(OFFICE)
    page.wait_for_url("**/office/customers")
    if size == "phone":
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out").locator("visible=true").click()
    page.wait_for_url("**/login")
