"""Questions and answers, each with an address of its own, and how to reach the office."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import mail_link, plain_link
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.rich_text import rich_text
from portal_app.components.shell import customer_shell
from portal_app.components.shell_state import ShellState
from portal_app.pages.help.state import HelpState, QuestionView


def help_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            rx.el.div(rx.el.h1("Questions and answers"), class_name="page-head"),
            loaded_page(
                HelpState.trouble,
                HelpState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(5), loading_word(), class_name="stack"),
                again=HelpState.load,
            ),
            class_name="wrap page narrow",
        ),
        current=routes.HELP,
    )


def _content() -> rx.Component:
    view = HelpState.view
    return rx.el.div(
        rx.cond(view.none != "start", _search()),
        rx.el.p(view.count, role="status", class_name="sr"),
        rx.match(
            view.none,
            (
                "search",
                _nothing("search-x", "Nothing is found by that", "Try fewer or other words, or ask us below."),
            ),
            ("start", _nothing("message-circle", "No questions yet", "Ask us below; we are glad to help.")),
            rx.el.div(rx.foreach(view.questions, _question), class_name="card questions"),
        ),
        _reach(),
        class_name="stack",
    )


def _search() -> rx.Component:
    return rx.el.div(
        rx.el.label("Search questions and answers", html_for="search", class_name="sr"),
        icon("search"),
        rx.el.input(
            id="search",
            type="search",
            class_name="input input-s",
            placeholder="What would you like to know?",
            on_change=HelpState.search.debounce(150),
            max_length=120,
            auto_complete="off",
            enter_key_hint="search",
        ),
        role="search",
        class_name="input-icon",
    )


def _nothing(icon_name: str, title: str, text: str) -> rx.Component:
    return rx.el.div(empty(icon_name, title, text), class_name="card", role="status")


def _question(one: rx.vars.ObjectVar[QuestionView]) -> rx.Component:
    # page.js opens the one that the address names.
    return rx.el.details(
        rx.el.summary(rx.el.h2(one.question), icon("chevron-down", small=True)),
        rx.el.div(
            rich_text(one.html),
            plain_link(
                icon("link", small=True),
                "Link to this answer",
                rx.el.span(": ", one.question, class_name="sr"),
                address=f"#{one.id}",
                class_name="small",
            ),
            class_name="answer",
        ),
        id=one.id,
        key=one.id,
    )


def _reach() -> rx.Component:
    ring = plain_link(icon("phone", small=True), ShellState.phone, address=ShellState.phone_link, class_name="btn")
    return rx.el.section(
        rx.el.h2("Ask us", id="ask"),
        rx.cond(
            HelpState.view.hours.length() > 0,
            rx.el.div(
                rx.foreach(HelpState.view.hours, lambda line: rx.el.p(line)), class_name="text muted", id="hours"
            ),
        ),
        rx.el.div(
            rx.cond(ShellState.phone != "", ring),
            rx.cond(ShellState.support_email != "", mail_link(ShellState.support_email, class_name="btn")),
            class_name="row wrapline",
        ),
        class_name="card card-pad stack",
        aria_labelledby="ask",
    )
