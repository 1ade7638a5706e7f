"""The list of questions and the form for one of them."""

from typing import Any

import reflex as rx

from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, text_input
from portal_app.components.icons import icon
from portal_app.components.lists import empty, notice
from portal_app.components.rich_text import preview
from portal_app.components.writing import text_area
from portal_app.pages.office.settings_content.questions_state import NEW, EntryRow, QuestionsState
from portal_app.services.faqs import LONGEST_ANSWER, LONGEST_QUESTION


def questions() -> rx.Component:
    """Return the section."""
    state = QuestionsState
    add = rx.el.button(
        icon("plus", small=True), "Add a question", type="button", class_name="btn", on_click=state.edit(NEW)
    )
    nothing = empty("message-circle", "No questions yet", "Write the first: what do customers ring to ask?")
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Questions and answers", id="questions"),
            rx.cond(state.editing.id == "", add),
            class_name="between wrapline",
        ),
        rx.el.div(rx.cond(state.told != "", rx.el.p(state.told, class_name="text")), role="status", class_name="told"),
        rx.el.div(rx.cond(state.failed != "", notice(state.failed, "overdue")), role="alert", class_name="told"),
        rx.cond(state.editing.id != "", _form()),
        rx.cond(
            state.rows.length() > 0,
            rx.el.ol(rx.foreach(state.rows, _row), class_name="list choices"),
            rx.cond(state.editing.id == "", nothing),
        ),
        class_name="card card-pad stack",
        aria_labelledby="questions",
    )


def _row(one: rx.vars.ObjectVar[EntryRow]) -> rx.Component:
    state, dialog = QuestionsState, f"remove-{one.id}"
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(one.question, class_name="item-title"),
                rx.cond(one.shown, "", rx.el.span("Not shown", class_name="badge badge-off")),
                class_name="grow",
            ),
            rx.el.div(
                _act("arrow-up", "Move up", one, on_click=state.move(one.id, True), disabled=one.first),
                _act("arrow-down", "Move down", one, on_click=state.move(one.id, False), disabled=one.last),
                rx.cond(
                    one.shown,
                    _act("eye", "Hide", one, on_click=state.show(one.id, False)),
                    _act("eye-off", "Show", one, on_click=state.show(one.id, True)),
                ),
                _act("pencil", "Edit", one, on_click=state.edit(one.id)),
                _act("trash-2", "Remove", one, custom_attrs=opens(dialog)),
                class_name="row row-tight wrapline",
            ),
            class_name="item wrapline",
        ),
        ask_once(
            dialog,
            "Remove this question?",
            "It goes for good, with its answer. Hiding it keeps both.",
            "Remove the question",
            state.remove(one.id),
        ),
        key=one.id,
    )


def _act(icon_name: str, word: str, one: rx.vars.ObjectVar[EntryRow], **props: Any) -> rx.Component:
    name = rx.el.span(f"{word}: ", one.question, class_name="sr")
    return rx.el.button(icon(icon_name), name, type="button", class_name="btn btn-icon", **props)


def _form() -> rx.Component:
    state, editing = QuestionsState, QuestionsState.editing
    question = text_input(
        "question",
        described=True,
        error=editing.wrong_question,
        default_value=editing.question,
        max_length=LONGEST_QUESTION,
        auto_complete="off",
    )
    answer = text_area(
        "answer",
        rows=6,
        error=editing.wrong_answer,
        default_value=editing.answer,
        max_length=LONGEST_ANSWER + 4000,
        on_change=state.try_answer.debounce(300),
    )
    return rx.el.form(
        field("Question", question, control_id="question", error=editing.wrong_question),
        field(
            "Answer",
            answer,
            control_id="answer",
            hint="**bold**, - list, [words](https://…). Links may go to https, mailto: and tel:.",
            error=editing.wrong_answer,
        ),
        rx.cond(state.preview != "", preview(state.preview)),
        rx.el.div(
            rx.el.button("Save question", type="submit", class_name="btn btn-primary"),
            rx.el.button("Cancel", type="button", class_name="btn", on_click=state.close),
            class_name="row wrapline",
        ),
        on_submit=state.save,
        no_validate=True,
        class_name="stack preview",
        key=editing.id,
    )
