"""Formatted words of the office: the only place where HTML that is not our own reaches a page.

It may show nothing but what `integrations.rich_text.as_html` returned, which has passed nh3's allow-list.
"""

import reflex as rx


def rich_text(safe_html: rx.Var[str] | str) -> rx.Component:
    """Return formatted words; `safe_html` comes from `integrations.rich_text.as_html` by way of a service."""
    return rx.html(safe_html, class_name="prose")


def preview(safe_html: rx.Var[str]) -> rx.Component:
    """Return formatted words as customers would see them, beside the field they are typed into."""
    return _preview(rich_text(safe_html))


def lines_preview(lines: rx.vars.ArrayVar) -> rx.Component:
    """Return plain lines as customers would see them, beside the field they are typed into."""
    return _preview(rx.el.div(rx.foreach(lines, lambda line: rx.el.p(line)), class_name="text muted"))


def _preview(shown: rx.Component) -> rx.Component:
    return rx.el.figure(rx.el.figcaption("How customers see it", class_name="small muted"), shown, class_name="preview")
