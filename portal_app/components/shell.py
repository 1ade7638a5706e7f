"""The frames around pages: customer, office and doorway."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.forms import NativeLink, sign_out
from portal_app.components.icons import icon
from portal_app.components.shell_state import ShellState


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in a navigation: its word, its Lucide icon and its address."""

    word: str
    icon: str
    address: str


CUSTOMER_NAV = (NavItem("Home", "house", routes.HOME), NavItem("History", "history", f"{routes.HOME}#history"))
OFFICE_NAV = (NavItem("CRM", "plug", routes.OFFICE_SYNC),)


def logo(address: str) -> rx.Component:
    """Return the business's logo, for light and for dark, leading to an address."""
    return rx.el.a(
        rx.el.img(src=routes.BRAND_LOGO, alt="", class_name="only-light", height="36", loading="lazy"),
        rx.el.img(src=f"{routes.BRAND_LOGO}?theme=dark", alt="", class_name="only-dark", height="36", loading="lazy"),
        rx.el.span(ShellState.business, " start page", class_name="sr"),
        href=address,
        class_name="logo",
    )


def cover(shape: str = "") -> rx.Component:
    """Return the cover picture, for light and for dark; `shape` is empty, strip or tall."""
    query = f"shape={shape}" if shape else ""
    light = routes.BRAND_COVER + (f"?{query}" if query else "")
    dark = f"{routes.BRAND_COVER}?theme=dark" + (f"&{query}" if query else "")
    return rx.fragment(
        rx.el.img(src=light, alt="", class_name="only-light", loading="lazy"),
        rx.el.img(src=dark, alt="", class_name="only-dark", loading="lazy"),
    )


def theme_switch() -> rx.Component:
    """Return the button between light and dark; the browser remembers the choice."""
    return rx.el.button(
        icon("moon"),
        type="button",
        class_name="btn btn-icon",
        aria_label="Switch between light and dark",
        on_click=rx.toggle_color_mode,
    )


def skip_link() -> rx.Component:
    """Return the link that leads keyboards past the navigation."""
    return NativeLink.create("Skip to content", href="#main", class_name="skip")


def customer_shell(*content: rx.Component, current: str) -> rx.Component:
    """Return a customer's page: top bar, content, bottom bar with the office's words, tab bar on the phone."""
    return rx.el.div(
        skip_link(),
        _top_bar(current),
        rx.el.main(*content, id="main", tab_index=-1),
        bottom_bar(),
        _tab_bar(current),
        class_name="has-tabbar",
    )


def _top_bar(current: str) -> rx.Component:
    links = [rx.el.a(item.word, href=item.address, **_current(item, current)) for item in CUSTOMER_NAV]
    return rx.el.header(
        rx.el.div(
            logo(routes.HOME),
            rx.el.nav(*links, class_name="topnav", aria_label="Main"),
            rx.el.div(theme_switch(), _account_menu(), class_name="topbar-end"),
            class_name="wrap topbar-in",
        ),
        class_name="topbar",
    )


def _account_menu() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.span(ShellState.initials, class_name="avatar avatar-s", aria_hidden="true"),
            rx.el.span("Your account, ", ShellState.person, class_name="sr"),
            class_name="account",
        ),
        rx.el.div(
            rx.el.p("Signed in as ", rx.el.strong(ShellState.person), class_name="text"),
            sign_out(),
            class_name="menu-panel",
        ),
        class_name="menu",
    )


def _tab_bar(current: str) -> rx.Component:
    tabs = [
        rx.el.a(icon(item.icon), rx.el.span(item.word), href=item.address, **_current(item, current))
        for item in CUSTOMER_NAV
    ]
    ring = rx.el.a(icon("phone"), rx.el.span("Ring us"), href=ShellState.phone_link)
    write = rx.el.a(icon("mail"), rx.el.span("Write"), href=f"mailto:{ShellState.support_email}")
    return rx.el.nav(
        *tabs,
        rx.cond(ShellState.phone != "", ring),
        rx.cond(ShellState.support_email != "", write),
        class_name="tabbar",
        aria_label="Main, at the bottom",
    )


def _current(item: NavItem, current: str) -> dict[str, Any]:
    return {"aria_current": "page"} if item.address == current else {}


def bottom_bar() -> rx.Component:
    """Return the bar with the welcome line and the support address, as the office wrote them."""
    mail = rx.el.a(ShellState.support_email, href=f"mailto:{ShellState.support_email}")
    return rx.el.footer(
        rx.el.div(
            rx.el.p(ShellState.welcome),
            rx.cond(ShellState.support_email != "", mail),
            class_name="wrap bottombar-in",
        ),
        class_name="bottombar",
    )


def office_shell(*content: rx.Component, current: str) -> rx.Component:
    """Return an office page: sidebar from 1024 px, below that a top bar with a drawer."""
    return rx.el.div(
        skip_link(),
        rx.el.div(
            _office_top(current),
            rx.el.aside(
                logo(routes.OFFICE_SYNC),
                _office_nav(current),
                rx.el.div(theme_switch_row(), _person(), class_name="side-foot"),
                class_name="side",
                aria_label="Office and account",
            ),
            rx.el.main(*content, id="main", tab_index=-1, class_name="office-main"),
            class_name="office",
        ),
    )


def _office_top(current: str) -> rx.Component:
    return rx.el.header(
        rx.el.details(
            rx.el.summary(icon("menu"), rx.el.span("Menu", class_name="sr"), class_name="btn btn-icon"),
            rx.el.div(_office_nav(current), rx.el.div(_person(), class_name="side-foot"), class_name="drawer-panel"),
            class_name="drawer",
        ),
        logo(routes.OFFICE_SYNC),
        rx.el.span(class_name="grow"),
        theme_switch(),
        class_name="office-top",
    )


def _office_nav(current: str) -> rx.Component:
    links = [rx.el.a(icon(item.icon), item.word, href=item.address, **_current(item, current)) for item in OFFICE_NAV]
    return rx.el.nav(*links, class_name="side-nav", aria_label="Office")


def theme_switch_row() -> rx.Component:
    """Return the theme switch as a row with its words."""
    return rx.el.button(
        icon("moon"), "Light or dark", type="button", class_name="btn btn-quiet", on_click=rx.toggle_color_mode
    )


def _person() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.span(ShellState.initials, class_name="avatar avatar-s", aria_hidden="true"),
            rx.el.span(ShellState.person, class_name="strong text"),
            class_name="person",
        ),
        sign_out(),
    )


def doorway(*content: rx.Component) -> rx.Component:
    """Return a page before sign-in: cover, logo and one thing to do."""
    return rx.el.div(
        rx.el.div(
            rx.el.div(cover(), class_name="only-small"),
            rx.el.div(cover("tall"), class_name="only-large"),
            class_name="cover",
        ),
        rx.el.main(
            rx.el.div(
                rx.el.div(logo(routes.LOGIN), class_name="door-logo"),
                *content,
                class_name="stack-l",
            ),
            id="main",
            tab_index=-1,
            class_name="door-main",
        ),
        bottom_bar(),
        class_name="door",
    )
