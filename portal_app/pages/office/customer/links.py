"""The secure links of a customer: made, copied once, sent again, revoked; and who opened them."""

from typing import Any

import reflex as rx

from portal_app.components.dialogs import ask_once, opens
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty
from portal_app.components.records import badge
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.customer.views import Choice, LinkRow

_REVOKE_ALL = "revoke-all"


def recent_links() -> rx.Component:
    """Return the newest links, for the overview."""
    view = CustomerState.view
    all_ = app_link("All and new", address=view.head.links_href, class_name="btn btn-quiet head-act")
    return rx.el.section(
        rx.el.div(rx.el.h2("Links", id="links"), all_, class_name="card-head"),
        rx.cond(
            view.links.length() > 0,
            _table(),
            rx.el.p("No link was made yet.", class_name="card-pad text muted"),
        ),
        class_name="card",
        aria_labelledby="links",
    )


def links_tab() -> rx.Component:
    """Return the whole tab."""
    view = CustomerState.view
    revoke_all = rx.el.button(
        "Revoke all", type="button", class_name="btn btn-quiet btn-danger head-act", custom_attrs=opens(_REVOKE_ALL)
    )
    nothing = empty("link", "No links yet", "A link leads straight to the portal, an invoice, a quote or a job.")
    return rx.el.div(
        rx.cond(
            CustomerState.may_invite,
            rx.cond(
                view.head.access, _form(), rx.el.p("Switch portal access on to make links.", class_name="text muted")
            ),
        ),
        rx.el.section(
            rx.el.div(
                rx.el.h2("Links", id="links"),
                rx.cond(CustomerState.may_invite & view.any_live, revoke_all),
                class_name="card-head",
            ),
            rx.cond(view.links.length() > 0, rx.fragment(_table(), _legend()), nothing),
            class_name="card",
            aria_labelledby="links",
        ),
        ask_once(
            _REVOKE_ALL,
            f"Revoke all links of {view.head.name}?",
            "None of them opens anything any more, and whoever came in by one is shut out at once.",
            "Revoke all links",
            CustomerState.revoke_all_links,
        ),
        class_name="stack-l",
    )


def _form() -> rx.Component:
    view = CustomerState.view

    def options(choices: Any) -> Any:
        return rx.foreach(choices, _option)

    return rx.el.form(
        rx.el.h2("New link", id="make"),
        rx.el.div(
            rx.el.div(
                rx.el.label("It opens", html_for="target", class_name="label"),
                rx.el.select(options(view.targets), id="target", name="target", class_name="input"),
                class_name="field",
            ),
            rx.el.div(
                rx.el.label("For", html_for="person", class_name="label"),
                rx.el.select(options(view.readers), id="person", name="person", class_name="input"),
                class_name="field",
            ),
            class_name="two-fields",
        ),
        rx.el.fieldset(
            rx.el.legend("How it gets there", class_name="label"),
            _way("copy", "I copy it", "For your own mail, a text or a chat", chosen=True),
            _way("send", "Mail it", "To the address on file, in your brand"),
            class_name="choices two-choices",
        ),
        rx.el.div(rx.el.button(icon("link"), "Make the link", type="submit", class_name="btn btn-primary")),
        on_submit=CustomerState.make_link,
        class_name="card card-pad stack",
        aria_labelledby="make",
    )


def _way(value: str, word: str, note: str, *, chosen: bool = False) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="how", value=value, class_name="tick", default_checked=chosen),
        rx.el.span(word, rx.el.span(note, class_name="small")),
        class_name="choice",
    )


def _option(choice: rx.vars.ObjectVar[Choice]) -> rx.Component:
    return rx.el.option(choice.word, value=choice.value)


def _table() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Opens", scope="col"),
        rx.el.th("Opened by", scope="col", class_name="md"),
        rx.el.th(rx.el.span("Acts", class_name="sr"), scope="col", class_name="right"),
    )
    return rx.el.table(
        rx.el.caption("Secure links, newest first", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(CustomerState.view.links, _row)),
        class_name="table",
    )


def _row(link: rx.vars.ObjectVar[LinkRow]) -> rx.Component:
    revoke = f"revoke-{link.public_id}"
    acts = rx.fragment(
        rx.el.button(
            "Re-send",
            rx.el.span(" the link to ", link.target, class_name="sr"),
            type="button",
            class_name="btn btn-quiet",
            on_click=CustomerState.resend_link(link.public_id),
        ),
        rx.cond(
            link.live,
            rx.el.button(
                "Revoke",
                rx.el.span(" the link to ", link.target, class_name="sr"),
                type="button",
                class_name="btn btn-quiet btn-danger",
                custom_attrs=opens(revoke),
            ),
        ),
        ask_once(
            revoke,
            f"Revoke the link to {link.target}?",
            "It opens nothing any more, and whoever came in by it is shut out at once.",
            "Revoke it",
            CustomerState.revoke_link(link.public_id),
        ),
    )
    return rx.el.tr(
        rx.el.td(
            rx.el.span(link.target, class_name="strong block"),
            rx.el.span(link.sub, class_name="small faint block"),
            badge(link.state, link.tone),
            rx.el.span(_opens(link), class_name="sm block"),
        ),
        rx.el.td(_opens(link), class_name="md nowrap"),
        rx.el.td(rx.cond(CustomerState.may_invite & (link.state != "Revoked"), acts), class_name="right link-acts"),
        key=link.public_id,
    )


def _opens(link: rx.vars.ObjectVar[LinkRow]) -> rx.Component:
    def count(name: str, number: Any, by: str) -> rx.Component:
        return rx.el.span(icon(name, small=True), number, rx.el.span(f" {by}", class_name="sr"), class_name="opens")

    return rx.fragment(
        count("user", link.by_people, "by a person"),
        count("eye", link.by_staff, "by staff"),
        count("bot", link.by_robots, "by mail scanners and robots"),
    )


def _legend() -> rx.Component:
    def entry(name: str, words: str) -> rx.Component:
        return rx.el.span(icon(name, small=True), words, class_name="row row-tight")

    return rx.el.p(
        entry("user", "A person"),
        entry("eye", "Staff preview"),
        entry("bot", "Mail scanner or robot, not counted"),
        class_name="pager small legend",
    )
