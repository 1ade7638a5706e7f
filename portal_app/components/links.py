"""Links: inside the app the page changes without a reload; everything else is the browser's own business."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.inline import A

from portal_app.components.icons import icon


def app_link(*content: Any, address: rx.Var[str] | str, **props: Any) -> rx.Component:
    """Return a link to one of the app's own pages."""
    return rx.el.a(*content, href=address, **props)


def plain_link(*content: Any, address: rx.Var[str] | str, **props: Any) -> rx.Component:
    """Return a link that the browser follows by itself: a part of this page, a telephone number, a mail, a file.

    `rx.el.a` is the router's link; it would take a `#part` for a page and leave the keyboard's focus behind.
    """
    return A.create(*content, href=address, **props)


def mail_link(mail: rx.Var[str], **props: Any) -> rx.Component:
    """Return an e-mail address that can be written to."""
    return plain_link(mail, address=f"mailto:{mail}", **props)


def elsewhere_link(words: str, address: rx.Var[str]) -> rx.Component:
    """Return the button to the same thing at another site, such as the CRM's, in a tab of its own."""
    return plain_link(
        icon("external-link"),
        words,
        rx.el.span(" (another tab)", class_name="sr"),
        address=address,
        class_name="btn",
        target="_blank",
        rel="noopener noreferrer",
    )
