"""Every part in every state, each in light and in dark beside each other: what the browser tests look at."""

from collections.abc import Callable

import reflex as rx

from portal_app import routes
from portal_app.components.links import app_link
from portal_app.components.lists import section, skeleton_rows
from portal_app.components.loading import loading_word
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.design import acts, fields, office, paying, records, words
from portal_app.pages.office.design.state import DesignState

Part = Callable[[rx.Var[str]], rx.Component]
THEMES = ("light", "dark")
WIDE = ("table", "visit", "paper", "picked", "office-lists")
PARTS: tuple[tuple[str, str, Part], ...] = (
    ("Type", "type", words.typography),
    ("Buttons", "buttons", acts.buttons),
    ("Dialog, drawer, menu and palette", "opening", acts.opening),
    ("Fields", "fields", fields.fields),
    ("Lists to choose from, and days", "lists-and-days", fields.lists_and_days),
    ("Switches, ticks and choices", "choices", fields.choices),
    ("Progress and files", "files", fields.files),
    ("Badges", "badges", words.badges),
    ("Notices", "notices", words.notices),
    ("Questions, answers, and no connection", "answers", words.answers),
    ("Avatars and discs", "avatars", words.avatars),
    ("Cards", "cards", words.cards),
    ("Nothing yet, and not yet there", "empty", words.waiting),
    ("Instead of a page", "troubles", words.troubles),
    ("Tabs and chips", "tabs", records.tabs_and_chips),
    ("Lists", "lists", records.lists),
    ("Documents", "documents", records.documents),
    ("Table", "table", records.table),
    ("What is owed", "owed", paying.owed),
    ("Several invoices", "picked", paying.picked),
    ("The office’s lists", "office-lists", office.lists),
    ("The office’s acts", "office-acts", office.acts),
    ("The office’s files", "office-files", office.files),
    ("The tools of the brand", "brand-tools", office.brand_tools),
    ("Photos", "photos", records.photos),
    ("Timeline", "timeline", records.timeline),
    ("A job’s timeline", "track", records.tracks),
    ("Visit card", "visit", records.visits),
    ("Invoice", "paper", records.papers),
)


def design_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Every part"),
                rx.el.p("In every state, in light and in dark, in your brand’s colours.", class_name="text muted"),
            ),
            app_link("Back to Brand", address=routes.OFFICE_BRAND, class_name="btn"),
            class_name="office-head",
        ),
        rx.cond(
            DesignState.loaded,
            rx.el.div(*[_in_both(*part) for part in PARTS], class_name="stack-l"),
            rx.fragment(loading_word(), skeleton_rows(8)),
        ),
        current=routes.OFFICE_BRAND,
    )


def _in_both(title: str, name: str, part: Part) -> rx.Component:
    panes = rx.foreach(
        list(THEMES),
        lambda theme: rx.el.div(
            part(theme),
            class_name=rx.cond(theme == "dark", "card-pad pane theme-dark", "card-pad pane theme-light"),
            key=theme,
        ),
    )
    # These follow the window's width, and would be squeezed in half of it.
    look = "panes panes-wide" if name in WIDE else "panes"
    return section(title, rx.el.div(panes, class_name=look), section_id=f"{name}-parts")
