"""How long ago something was, in words that tick by themselves."""

import reflex as rx


def age(moment_iso: rx.Var[str], *, after_seconds: int = 0) -> rx.Component:
    """Return the place where page.js writes `, 3 minutes ago`; nothing while it is younger than `after_seconds`.

    `moment_iso` is an ISO moment with its offset, or empty. The element stays empty here, so that the app and the
    script never write over each other.
    """
    return rx.el.span(custom_attrs={"data-age": moment_iso, "data-age-from": str(after_seconds)})
