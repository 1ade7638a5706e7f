"""Where one can go: the one list each for customers and for the office, and how they are drawn."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link, plain_link
from portal_app.components.shell_state import ShellState


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in a navigation: its word, its Lucide icon and its address.

    The bar at the bottom of the phone has room for five; what is not `at_bottom` stands in the account's menu there.
    """

    word: str
    icon: str
    address: str
    at_bottom: bool = True


CUSTOMER_NAV = (
    NavItem("Home", "house", routes.HOME),
    NavItem("Jobs", "wrench", routes.JOBS),
    NavItem("Invoices", "receipt-text", routes.INVOICES),
    NavItem("Documents", "file-text", routes.DOCUMENTS, at_bottom=False),
    NavItem("Settings", "user-cog", routes.SETTINGS),
)
FIRST_SETTING = NavItem("Brand", "palette", routes.OFFICE_BRAND)
OFFICE_NAV = (
    NavItem("Customers", "users", routes.OFFICE_CUSTOMERS),
    NavItem("Payments", "banknote", routes.OFFICE_PAYMENTS),
    NavItem("Files to review", "images", routes.OFFICE_REVIEW),
    NavItem("Outbox", "send", routes.OFFICE_OUTBOX),
    NavItem("CRM", "plug", routes.OFFICE_SYNC),
    FIRST_SETTING,
    NavItem("Content", "book-open", routes.OFFICE_CONTENT),
    NavItem("Documents", "file-text", routes.OFFICE_DOCUMENTS),
    NavItem("What customers see", "eye", routes.OFFICE_VISIBILITY),
    NavItem("Access", "shield-check", routes.OFFICE_ACCESS),
    NavItem("Mail", "mail", routes.OFFICE_MAIL),
    NavItem("Payment settings", "landmark", routes.OFFICE_PAYMENT_SETTINGS),
)


def top_nav(current: str) -> rx.Component:
    """Return the customer's navigation in the top bar, from 768 px."""
    return rx.el.nav(
        *[_permitted_link(item, current, item.word) for item in CUSTOMER_NAV], class_name="topnav", aria_label="Main"
    )


def tab_bar(current: str) -> rx.Component:
    """Return the customer's navigation at the bottom of the phone, and the quickest way to reach a person."""
    tabs = [
        _permitted_link(item, current, icon(item.icon), rx.el.span(item.word))
        for item in CUSTOMER_NAV
        if item.at_bottom
    ]
    # Until the frame is filled it stands there, so that nothing moves when it is.
    unknown = ShellState.business == ""
    ring = plain_link(icon("phone"), rx.el.span("Ring us"), address=ShellState.phone_link)
    return rx.el.nav(
        *tabs,
        rx.cond(unknown | (ShellState.phone != ""), ring),
        class_name="tabbar",
        aria_label="Main, at the bottom",
    )


def menu_rows() -> list[rx.Component]:
    """Return the rows of the account's menu for places that no bar has room for on the phone."""
    return [
        _permitted_link(item, "", icon(item.icon), item.word, class_name="btn btn-quiet menu-row only-phone")
        for item in CUSTOMER_NAV
        if not item.at_bottom
    ]


def office_nav(current: str) -> rx.Component:
    """Return the office's navigation, for the sidebar and the drawer."""
    links = [_permitted_link(item, current, icon(item.icon), item.word, *_count(item)) for item in OFFICE_NAV]
    first = OFFICE_NAV.index(FIRST_SETTING)
    # Who may change nothing sees no settings, and no word above them.
    word = rx.cond(ShellState.without.contains(FIRST_SETTING.address), rx.fragment(), _settings_word())
    return rx.el.nav(*links[:first], word, *links[first:], class_name="side-nav", aria_label="Office")


def _settings_word() -> rx.Component:
    return rx.el.p("Settings", class_name="side-label")


def _count(item: NavItem) -> tuple[rx.Component, ...]:
    """Return how many payments or files wait for the office, behind the word that leads to them."""
    counts = {
        routes.OFFICE_PAYMENTS: (ShellState.to_decide, " to decide"),
        routes.OFFICE_REVIEW: (ShellState.to_review, " waiting"),
    }
    if item.address not in counts:
        return ()
    waiting, note = counts[item.address]
    words = rx.el.span(waiting, rx.el.span(note, class_name="sr"), class_name="count")
    return (rx.cond(waiting > 0, words),)


def _permitted_link(item: NavItem, current: str, *content: Any, **props: Any) -> rx.Component:
    """Return the link, or nothing for somebody who may not open its page."""
    return rx.cond(ShellState.without.contains(item.address), rx.fragment(), _link(item, current, *content, **props))


def _link(item: NavItem, current: str, *content: Any, **props: Any) -> rx.Component:
    here = {"aria_current": "page", **props} if item.address == current else props
    make = plain_link if "#" in item.address else app_link
    return make(*content, address=item.address, **here)
