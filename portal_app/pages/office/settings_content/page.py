"""Settings, Content: questions and answers, opening hours, terms of business."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import field, text_input
from portal_app.components.links import app_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.rich_text import lines_preview, preview
from portal_app.components.writing import text_area
from portal_app.pages.office.settings_content.questions import questions
from portal_app.pages.office.settings_content.questions_state import QuestionsState
from portal_app.pages.office.settings_content.words_state import WordsState
from portal_app.services.content import LONGEST_HOURS, LONGEST_TERMS


def settings_content_page() -> rx.Component:
    """Return the page."""
    skeleton = rx.fragment(loading_word(), skeleton_rows(5))
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Content"),
                rx.el.p("What customers can read up before they ring.", class_name="text muted"),
            ),
            class_name="office-head",
        ),
        rx.el.div(
            loaded_page(
                QuestionsState.trouble,
                QuestionsState.loaded,
                content=questions(),
                skeleton=skeleton,
                again=QuestionsState.load,
            ),
            # No skeleton: the questions above have a length of their own, and would push it about.
            loaded_page(
                WordsState.trouble, WordsState.loaded, content=_words(), skeleton=rx.fragment(), again=WordsState.load
            ),
            class_name="stack form-page",
        ),
        current=routes.OFFICE_CONTENT,
    )


def _words() -> rx.Component:
    state, draft, wrong = WordsState, WordsState.draft, WordsState.wrong
    hours = text_area(
        "hours",
        rows=3,
        error=wrong.hours,
        default_value=draft.hours,
        # What is far too long is cut; what is too long is told so.
        max_length=LONGEST_HOURS + 2000,
        on_change=state.try_hours.debounce(300),
        key=f"hours-{draft.number}",
    )
    address = text_input(
        "terms_url",
        described=True,
        error=wrong.terms_url,
        default_value=draft.terms_url,
        type="url",
        placeholder="https://",
        max_length=500,
        auto_complete="off",
        key=f"terms_url-{draft.number}",
    )
    terms = text_area(
        "terms",
        rows=10,
        error=wrong.terms,
        default_value=draft.terms,
        max_length=LONGEST_TERMS + 5000,
        on_change=state.try_terms.debounce(300),
        key=f"terms-{draft.number}",
    )
    return rx.el.form(
        rx.el.section(
            rx.el.h2("Opening hours", id="opening"),
            field(
                "When somebody answers",
                hours,
                control_id="hours",
                hint="As you would say it, one line for each part of the week. Below the questions.",
                error=wrong.hours,
            ),
            rx.cond(state.hours.length() > 0, lines_preview(state.hours.to(list[str]))),
            class_name="card card-pad stack",
            aria_labelledby="opening",
        ),
        rx.el.section(
            rx.el.h2("Terms of business", id="terms-head"),
            field(
                "Where they stand",
                address,
                control_id="terms_url",
                hint="An address of your website. Not used when the text stands below.",
                error=wrong.terms_url,
            ),
            field(
                "Or their text",
                terms,
                control_id="terms",
                hint="# Heading, **bold**, - list, [words](https://…). Empty for none.",
                error=wrong.terms,
            ),
            rx.cond(state.preview != "", preview(state.preview)),
            class_name="card card-pad stack",
            aria_labelledby="terms-head",
        ),
        _told(),
        rx.el.div(
            rx.el.button("Save hours and terms", type="submit", class_name="btn btn-primary"),
            rx.el.p("Telephone and e-mail are under ", app_link("Brand", address=routes.OFFICE_BRAND), "."),
            class_name="row wrapline",
        ),
        on_submit=state.save,
        no_validate=True,
        class_name="stack",
    )


def _told() -> rx.Component:
    state = WordsState
    tone = rx.cond(state.failed, notice(state.message, "overdue"), notice(state.message, "complete", "circle-check"))
    return rx.el.div(rx.cond(state.message != "", tone), role="status", class_name="told")
