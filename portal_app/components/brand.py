"""The business's own pictures, each for light and for dark; the browser only fetches the one it shows."""

import reflex as rx

from portal_app import routes
from portal_app.components.links import app_link
from portal_app.components.shell_state import ShellState


def logo(address: str) -> rx.Component:
    """Return the business's logo, leading to an address."""
    return app_link(
        *_for_both_themes(routes.BRAND_LOGO),
        rx.el.span(ShellState.business, " start page", class_name="sr"),
        address=address,
        class_name="logo",
    )


def mark() -> rx.Component:
    """Return the business's logo as a picture, for a letterhead that names the business beside it."""
    return rx.fragment(*_for_both_themes(routes.BRAND_LOGO))


def cover(shape: str = "") -> rx.Component:
    """Return the cover picture; `shape` is empty, strip or tall."""
    return rx.fragment(*_for_both_themes(routes.BRAND_COVER, f"shape={shape}" if shape else ""))


def _for_both_themes(path: str, query: str = "") -> tuple[rx.Component, rx.Component]:
    light = f"{path}?{query}" if query else path
    dark = f"{path}?theme=dark" + (f"&{query}" if query else "")
    # Lazy pictures that are not displayed are never fetched.
    return (
        rx.el.img(src=light, alt="", class_name="only-light", loading="lazy"),
        rx.el.img(src=dark, alt="", class_name="only-dark", loading="lazy"),
    )
