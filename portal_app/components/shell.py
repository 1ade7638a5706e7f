"""The frames around customers' pages and around the doorway."""

import reflex as rx

from portal_app import routes
from portal_app.components.account import account_menu
from portal_app.components.brand import cover, logo
from portal_app.components.links import app_link, mail_link, plain_link
from portal_app.components.navigation import menu_rows, tab_bar, top_nav
from portal_app.components.shell_state import ShellState
from portal_app.components.theme import theme_switch


def customer_shell(*content: rx.Component, current: str) -> rx.Component:
    """Return a customer's page: top bar, content, bottom bar with the office's words, tab bar on the phone."""
    return rx.el.div(
        skip_link(),
        rx.el.header(
            rx.el.div(
                logo(routes.HOME),
                top_nav(current),
                rx.el.div(theme_switch(), account_menu(*menu_rows()), class_name="topbar-end"),
                class_name="wrap topbar-in",
            ),
            class_name="topbar",
        ),
        main(*content),
        bottom_bar(_reading()),
        tab_bar(current),
        class_name="has-tabbar",
    )


def doorway(*content: rx.Component) -> rx.Component:
    """Return a page before sign-in: cover, logo and one thing to do."""
    return rx.el.div(
        rx.el.div(
            rx.el.div(cover(), class_name="only-small"),
            rx.el.div(cover("tall"), class_name="only-large"),
            class_name="cover",
        ),
        main(
            rx.el.div(rx.el.div(logo(routes.LOGIN), class_name="door-logo"), *content, class_name="stack-l"),
            class_name="door-main",
        ),
        bottom_bar(_terms_for_visitors()),
        class_name="door",
    )


def skip_link() -> rx.Component:
    """Return the link that leads keyboards past the navigation."""
    return plain_link("Skip to content", address="#main", class_name="skip")


def main(*content: rx.Component, class_name: str = "") -> rx.Component:
    """Return the page's own part; it can take the focus from the skip link."""
    # page.js fetches the brand's colours anew, and follows the office's theme, when these change.
    changed = {"data-brand": ShellState.brand, "data-starts-in": ShellState.theme}
    return rx.el.main(*content, id="main", tab_index=-1, class_name=class_name, custom_attrs=changed)


def bottom_bar(*more: rx.Component) -> rx.Component:
    """Return the bar with the welcome line and the support address, as the office wrote them, and perhaps more."""
    return rx.el.footer(
        rx.el.div(
            rx.el.p(ShellState.welcome),
            *more,
            rx.cond(ShellState.support_email != "", mail_link(ShellState.support_email)),
            class_name="wrap bottombar-in",
        ),
        class_name="bottombar",
    )


def _terms_for_visitors() -> rx.Component:
    """Return the way to the terms, where there are any; who is not signed in reads them on a page of their own."""
    return rx.cond(ShellState.terms != "", plain_link("Terms", address=ShellState.terms, rel="noopener noreferrer"))


def _reading() -> rx.Component:
    """Return the ways to questions and terms, where there are any."""
    terms = rx.cond(
        ShellState.terms == routes.TERMS,
        app_link("Terms", address=routes.TERMS),
        plain_link("Terms", address=ShellState.terms, rel="noopener noreferrer"),
    )
    return rx.fragment(
        rx.cond(ShellState.questions, app_link("Questions", address=routes.HELP)),
        rx.cond(ShellState.terms != "", terms),
    )
