"""Files to review: what was added or came while new files are held, until somebody shows or hides it."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_files import FileRow, file_row
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.review.state import SHOWN, ReviewState


def review_page() -> rx.Component:
    """Return the page."""
    state = ReviewState
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Files to review"),
                rx.el.p("Customers see none of these until you show them.", class_name="text muted"),
            ),
            class_name="office-head",
        ),
        rx.el.div(
            rx.cond(state.wrong != "", notice(state.wrong, "overdue")),
            rx.cond(state.told != "", notice(state.told, "complete", "circle-check")),
            role="status",
            class_name="told",
        ),
        loaded_page(
            state.trouble,
            state.loaded,
            content=_content(),
            skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
            again=state.load,
        ),
        current=routes.OFFICE_REVIEW,
    )


def _content() -> rx.Component:
    state = ReviewState
    nothing = rx.el.div(
        empty(
            "images",
            "Nothing waits",
            "New files wait here while they are held for review. That is switched under What customers see.",
        ),
        class_name="card",
    )
    more = rx.el.p(f"These are the first {SHOWN}. The next ones follow as you decide.", class_name="small muted")
    return rx.cond(
        state.files.length() > 0,
        rx.el.div(
            rx.el.h2("What waits", class_name="sr"),
            rx.cond(state.may_edit, _several()),
            rx.el.ul(rx.foreach(state.files, _row), class_name="stack", aria_label="Files to review"),
            rx.cond(state.more, more),
            class_name="stack",
            id="waiting",
        ),
        nothing,
    )


def _several() -> rx.Component:
    """Return the acts on all that are ticked."""
    state = ReviewState
    count = state.picked.length()
    all_ticked = count == state.files.length()
    return rx.el.div(
        rx.el.button(
            rx.cond(all_ticked, "Untick all", "Tick all"), type="button", class_name="btn", on_click=state.pick_all
        ),
        rx.el.button(
            icon("eye"),
            f"Show {count} ticked",
            type="button",
            class_name="btn btn-primary",
            disabled=count == 0,
            on_click=state.show_picked,
        ),
        rx.el.button(
            icon("eye-off"),
            f"Hide {count} ticked",
            type="button",
            class_name="btn",
            disabled=count == 0,
            on_click=state.hide_picked,
        ),
        class_name="row wrapline row-tight",
        role="group",
        aria_label="All that are ticked",
    )


def _row(file: rx.vars.ObjectVar[FileRow]) -> rx.Component:
    state = ReviewState
    box = rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=state.picked.contains(file.key),
            on_change=state.pick(file.key),
            class_name="tick",
        ),
        rx.el.span("Tick ", file.words, class_name="sr"),
        class_name="remember",
    )
    acts = rx.fragment(
        rx.el.button(
            icon("eye"),
            "Show",
            rx.el.span(" ", file.words, class_name="sr"),
            type="button",
            class_name="btn",
            on_click=state.show(file.key),
        ),
        rx.el.button(
            icon("eye-off"),
            "Hide",
            rx.el.span(" ", file.words, class_name="sr"),
            type="button",
            class_name="btn btn-quiet",
            on_click=state.hide(file.key),
        ),
    )
    return file_row(file, rx.cond(state.may_edit, acts), before=rx.cond(state.may_edit, box), whose=True)
