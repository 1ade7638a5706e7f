"""The jobs' list: what goes on, what is over."""

import reflex as rx

from portal_app import routes
from portal_app.components.lists import empty, section, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.property_filter import PropertyFilter, property_filter
from portal_app.components.records import RecordRow, record_rows, show_more
from portal_app.components.searching import search_form
from portal_app.components.shell import customer_shell
from portal_app.pages.jobs.state import JobsState


def jobs_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            rx.el.div(rx.el.h1("Jobs"), class_name="page-head"),
            loaded_page(
                JobsState.trouble,
                JobsState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(2), skeleton_rows(4), loading_word(), class_name="stack-l"),
                again=JobsState.load,
                back=("All your jobs", routes.JOBS),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.JOBS,
    )


def _content() -> rx.Component:
    view = JobsState.view
    return rx.el.div(
        rx.el.div(
            _search(),
            property_filter(view.places.to(PropertyFilter), routes.JOBS, q=view.typed),
            class_name="stack",
        ),
        section(
            "Now and next",
            rx.cond(
                view.active.length() > 0,
                record_rows(view.active.to(list[RecordRow])),
                rx.cond(
                    view.typed != "",
                    _nothing("search-x", "Nothing of that is planned", "Try a part of it, or a number."),
                    _nothing("calendar", "No work planned", "When we agree on some, you follow it here."),
                ),
            ),
            show_more("Show more", view.active_next, JobsState.show_more("active", view.active_next)),
            show_more("Show more recurring plans", view.plans_next, JobsState.show_more_plans(view.plans_next)),
            section_id="active",
        ),
        section(
            "Done",
            rx.cond(
                view.past.length() > 0,
                record_rows(view.past.to(list[RecordRow])),
                rx.cond(
                    view.typed != "",
                    _nothing("search-x", "Nothing of that was done", "Try a part of it, or a number."),
                    _nothing("history", "Nothing yet", "Finished work stays here, with what was done."),
                ),
            ),
            show_more("Show earlier", view.past_next, JobsState.show_more("past", view.past_next)),
            section_id="past",
        ),
        class_name="stack-l",
    )


def _search() -> rx.Component:
    return search_form("Search jobs", "Work, number or property", JobsState.view.typed, JobsState.search)


def _nothing(icon_name: str, title: str, text: str) -> rx.Component:
    return rx.el.div(empty(icon_name, title, text), class_name="card")
