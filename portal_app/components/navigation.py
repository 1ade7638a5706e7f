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
    """One place in a navigation: its word, its Lucide icon and its address."""

    word: str
    icon: str
    address: str


CUSTOMER_NAV = (NavItem("Home", "house", routes.HOME), NavItem("History", "history", f"{routes.HOME}#history"))
OFFICE_NAV = (NavItem("CRM", "plug", routes.OFFICE_SYNC),)


def top_nav(current: str) -> rx.Component:
    """Return the customer's navigation in the top bar, from 768 px."""
    return rx.el.nav(
        *[_link(item, current, item.word) for item in CUSTOMER_NAV], class_name="topnav", aria_label="Main"
    )


def tab_bar(current: str) -> rx.Component:
    """Return the customer's navigation at the bottom of the phone, and the two ways to reach a person."""
    tabs = [_link(item, current, icon(item.icon), rx.el.span(item.word)) for item in CUSTOMER_NAV]
    # Until the frame is filled both stand there, so that nothing moves when it is.
    unknown = ShellState.business == ""
    ring = plain_link(icon("phone"), rx.el.span("Ring us"), address=ShellState.phone_link)
    write = plain_link(icon("mail"), rx.el.span("Write"), address=f"mailto:{ShellState.support_email}")
    return rx.el.nav(
        *tabs,
        rx.cond(unknown | (ShellState.phone != ""), ring),
        rx.cond(unknown | (ShellState.support_email != ""), write),
        class_name="tabbar",
        aria_label="Main, at the bottom",
    )


def office_nav(current: str) -> rx.Component:
    """Return the office's navigation, for the sidebar and the drawer."""
    links = [_link(item, current, icon(item.icon), item.word) for item in OFFICE_NAV]
    return rx.el.nav(*links, class_name="side-nav", aria_label="Office")


def _link(item: NavItem, current: str, *content: Any) -> rx.Component:
    here = {"aria_current": "page"} if item.address == current else {}
    make = plain_link if "#" in item.address else app_link
    return make(*content, address=item.address, **here)
