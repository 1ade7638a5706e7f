"""The customer's home: when are you coming, what do I owe, what waits, what happened."""

import reflex as rx

from portal_app import routes
from portal_app.components.ages import age
from portal_app.components.brand import cover
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import (
    Row,
    empty,
    link_row,
    notice,
    rows,
    section,
    skeleton_rows,
    timeline_row,
)
from portal_app.components.property_filter import PropertyFilter, property_filter
from portal_app.components.shell import customer_shell
from portal_app.components.shell_state import ShellState
from portal_app.components.visit_card import VisitCard, visit_card
from portal_app.pages.dashboard.state import DashboardState


def dashboard_page() -> rx.Component:
    """Return the home page: skeleton, failure or content."""
    home = DashboardState.home
    return customer_shell(
        rx.el.div(
            rx.el.div(cover("strip"), class_name="hello-art"),
            rx.el.div(
                rx.el.h1(rx.cond(DashboardState.loaded, home.greeting, "Home")),
                rx.el.p(home.place, class_name="text muted only-wide"),
                _as_of(),
                class_name="wrap",
            ),
            class_name="hello",
        ),
        rx.el.div(
            rx.el.div(rx.cond(DashboardState.failed != "", _failure()), role="alert", class_name="told"),
            rx.cond(DashboardState.loaded, _loaded(), rx.cond(DashboardState.failed == "", _skeleton())),
            class_name="wrap page",
        ),
        current=routes.HOME,
    )


def _failure() -> rx.Component:
    return rx.el.div(
        notice(DashboardState.failed, "overdue"),
        rx.el.button("Try again", type="button", class_name="btn", on_click=DashboardState.load),
        class_name="stack",
    )


def _skeleton() -> rx.Component:
    """Show the page's own shape while it loads."""
    return rx.el.div(
        rx.el.div(rx.el.div(class_name="visit-skeleton"), class_name="home-a", aria_hidden="true"),
        rx.el.div(skeleton_rows(1), skeleton_rows(2), class_name="home-b"),
        rx.el.div(skeleton_rows(4), class_name="home-d"),
        rx.el.p("Loading", class_name="sr", role="status"),
        class_name="home-grid",
    )


def _loaded() -> rx.Component:
    places = DashboardState.home.places.to(PropertyFilter)
    return rx.el.div(property_filter(places, routes.HOME), _content(), class_name="stack")


def _content() -> rx.Component:
    home = DashboardState.home
    return rx.el.div(
        rx.cond(
            home.sees_visits,
            rx.el.div(
                rx.cond(home.card.shown, visit_card(home.card.to(VisitCard)), _nothing_planned()), class_name="home-a"
            ),
        ),
        rx.el.div(
            rx.cond(home.owed.shown, _owed()),
            rx.cond(home.owed.clear, _nothing_owed()),
            rx.cond(
                home.waiting.length() > 0,
                section("Waiting for you", rows(home.waiting.to(list[Row])), section_id="waiting"),
            ),
            rx.cond(home.coming.length() > 0, _coming()),
            _need_something(),
            class_name="home-b",
        ),
        _timeline(),
        class_name="home-grid",
    )


def _as_of() -> rx.Component:
    """Say how fresh the page is; once that is a while ago, also how long."""
    home = DashboardState.home
    return rx.cond(
        home.as_of != "",
        rx.el.p("As of ", rx.el.time(home.as_of), age(home.as_of_iso, after_seconds=150), class_name="as-of"),
    )


def _nothing_planned() -> rx.Component:
    return rx.el.div(
        empty("calendar", "No visit planned", "When we book one, you see here who comes and when."), class_name="card"
    )


def _owed() -> rx.Component:
    owed = DashboardState.home.owed
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2("You owe", id="owed", class_name="owed-title"),
                rx.foreach(owed.amounts, lambda amount: rx.el.p(amount, class_name="amount")),
            ),
            rx.cond(
                owed.pays,
                app_link(owed.button, address=owed.href, class_name="btn btn-primary btn-lg"),
                app_link(owed.button, address=owed.href, class_name="btn"),
            ),
            class_name="between wrapline",
        ),
        rx.cond(owed.overdue != "", rx.el.p(owed.overdue, class_name="badge badge-overdue")),
        rx.el.p(owed.sentence, class_name="small muted"),
        rx.cond(owed.how != "", rx.el.p(owed.how, class_name="small muted")),
        class_name="card card-pad owed",
        aria_labelledby="owed",
    )


def _nothing_owed() -> rx.Component:
    return rx.el.p(icon("circle-check"), "Nothing to pay", class_name="card card-pad nothing-owed")


def _coming() -> rx.Component:
    home = DashboardState.home
    return section(
        "Coming up",
        rows(home.coming.to(list[Row]), plain=True),
        rx.cond(home.coming_more != "", rx.el.p(home.coming_more, class_name="small muted")),
        section_id="coming",
    )


def _need_something() -> rx.Component:
    mail = f"mailto:{ShellState.support_email}"
    links = rx.el.ul(
        rx.cond(ShellState.phone != "", link_row("Ring the office", "phone", ShellState.phone_link, ShellState.phone)),
        rx.cond(ShellState.support_email != "", link_row("Write to us", "mail", mail)),
        class_name="list",
    )
    return rx.cond(
        (ShellState.phone != "") | (ShellState.support_email != ""),
        section("Need something?", rx.el.div(links, class_name="card"), section_id="need"),
    )


def _timeline() -> rx.Component:
    state = DashboardState
    return section(
        "Everything so far",
        rx.cond(
            state.timeline.length() > 0,
            rx.el.div(
                rx.el.ol(rx.foreach(state.timeline, timeline_row), class_name="timeline"), class_name="card card-pad"
            ),
            rx.el.div(empty("history", "Nothing yet", "Visits, quotes and invoices appear here."), class_name="card"),
        ),
        rx.cond(
            state.next_cursor != "",
            rx.el.button(
                "Show earlier",
                type="button",
                class_name="btn btn-block",
                on_click=state.show_earlier(state.next_cursor),
            ),
        ),
        rx.cond(
            state.timeline.length() > 0,
            app_link(icon("history"), "All of it, with photos and search", address=routes.HISTORY, class_name="btn"),
        ),
        section_id="history",
        extra_class="home-d",
    )
