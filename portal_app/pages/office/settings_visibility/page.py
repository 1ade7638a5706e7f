"""Settings, What customers see: whole kinds, files, and single details."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import field
from portal_app.components.links import app_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.settings_visibility.state import VisibilityState

FORM = "visibility-form"


def settings_visibility_page() -> rx.Component:
    """Return the page."""
    state = VisibilityState
    told = rx.cond(state.failed, notice(state.message, "overdue"), notice(state.message, "complete", "circle-check"))
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("What customers see"),
                rx.el.p("It holds for everybody and counts at once, on open pages too.", class_name="text muted"),
            ),
            rx.el.div(
                rx.el.button("Save what customers see", type="submit", form=FORM, class_name="btn btn-primary"),
                class_name="row",
            ),
            class_name="office-head",
        ),
        rx.el.div(rx.cond(state.message != "", told), role="status", class_name="told"),
        loaded_page(
            state.trouble,
            state.loaded,
            content=_form(),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=state.load,
        ),
        current=routes.OFFICE_VISIBILITY,
    )


def _form() -> rx.Component:
    return rx.el.form(
        _card(
            "Kinds",
            "kinds",
            _switch("jobs", "Jobs", "Jobs and visits, with their timeline."),
            _switch("quotes", "Quotes", "Lists and single quotes."),
            _switch("invoices", "Invoices", "Balances, invoices, payments and statements; nobody can pay without."),
            _switch("documents", "Documents", "Certificates, manuals, warranties."),
            _switch("photos", "Photos", "Photos of visits and jobs."),
            note="What is off here no contact has, whatever their rights say. Single people are set on their own page, "
            "and further rights of everybody under ",
            link=("Access", routes.OFFICE_ACCESS),
        ),
        _card(
            "Files",
            "files",
            _switch(
                "hold_new",
                "Hold new files for review",
                "What is added or comes from the CRM is seen once you show it. What is seen already stays so.",
            ),
            below=_download(),
            note="What waits is under ",
            link=("Files to review", routes.OFFICE_REVIEW),
        ),
        _card(
            "Details",
            "details",
            _switch(
                "line_prices",
                "Prices of single lines",
                "Off: invoices show their lines without prices, and their sums. The CRM’s own PDF cannot be cut, so it "
                "is not offered then; customers get the portal’s.",
            ),
            _switch("technicians", "Who comes", "The technician’s name and photo."),
            _switch("descriptions", "Descriptions of jobs", "What was written when a job was opened."),
        ),
        id=FORM,
        on_submit=VisibilityState.save,
        no_validate=True,
        key=VisibilityState.view.version,
        class_name="stack form-page",
    )


def _card(
    title: str,
    name: str,
    *content: rx.Component,
    note: str = "",
    link: tuple[str, str] | None = None,
    below: rx.Component | None = None,
) -> rx.Component:
    more = rx.el.p(note, app_link(link[0], address=link[1]), ".", class_name="small muted") if link else None
    return rx.el.section(
        rx.el.h2(title, id=name),
        rx.el.div(*content, class_name="choices"),
        below,
        more,
        class_name="card card-pad stack",
        aria_labelledby=name,
    )


def _switch(name: str, word: str, note: str) -> rx.Component:
    control = rx.el.input(
        type="checkbox",
        role="switch",
        name=name,
        default_checked=VisibilityState.view.on.to(dict[str, bool])[name],
        class_name="switch",
    )
    return rx.el.label(control, rx.el.span(word, rx.el.span(note, class_name="small")), class_name="choice")


def _download() -> rx.Component:
    view_only = VisibilityState.view.view_only
    control = rx.el.select(
        rx.el.option("Can be downloaded", value="downloadable"),
        rx.el.option("View only", value="view_only"),
        id="photo_download",
        name="photo_download",
        default_value=rx.cond(view_only, "view_only", "downloadable"),
        aria_describedby="photo_download-hint",
        class_name="input",
    )
    hint = "View only: customers look at previews, and no request gives them the photo itself. A customer’s or a "
    return field("Photos", control, control_id="photo_download", hint=hint + "photo’s own word counts before this.")
