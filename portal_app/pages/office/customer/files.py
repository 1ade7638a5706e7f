"""The customer's files: adding some, and what customers see of each.

upload.js sends what is chosen or dropped, one file at a time, and writes how it went into the list it finds empty.
"""

import reflex as rx

from portal_app.components.controls import choice, file_drop
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import NativeForm
from portal_app.components.icons import icon
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_files import FileRow, file_row
from portal_app.pages.office.customer.files_state import CustomerFilesState, PlaceChoice
from portal_app.services.office_files import CAPTION_LENGTH, MOST_AT_ONCE, SENTENCES

_ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf"
_MOST_BYTES = 25 * 1024 * 1024


def files_tab() -> rx.Component:
    """Return the whole tab."""
    state = CustomerFilesState
    return rx.el.div(
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
            skeleton=rx.fragment(loading_word(), skeleton_rows(4)),
            again=state.load,
        ),
    )


def _content() -> rx.Component:
    state = CustomerFilesState
    more = rx.el.button("Show more", type="button", class_name="btn btn-block", on_click=state.show_more)
    nothing = rx.el.div(
        empty("image", "No files here yet", "Photos and documents appear here as they are added."), class_name="card"
    )
    return rx.el.div(
        rx.el.h2("Files", class_name="sr"),
        _where(),
        rx.cond(state.may_edit, _upload()),
        rx.cond(
            state.view.files.length() > 0,
            rx.el.ul(rx.foreach(state.view.files, _row), class_name="stack", aria_label="Files"),
            nothing,
        ),
        rx.cond(state.view.more, more),
        rx.cond(state.may_edit, _download_of_all()),
        class_name="stack-l",
    )


def _where() -> rx.Component:
    view = CustomerFilesState.view
    return rx.el.div(
        rx.el.label("Files of", html_for="files-of", class_name="label"),
        rx.el.select(
            rx.foreach(view.places, _place),
            id="files-of",
            value=view.chosen,
            on_change=CustomerFilesState.choose,
            class_name="input",
        ),
        rx.el.p("What you add belongs to what is chosen here.", class_name="hint"),
        class_name="field form-page",
    )


def _place(place: rx.vars.ObjectVar[PlaceChoice]) -> rx.Component:
    return rx.el.option(place.word, value=place.value)


def _upload() -> rx.Component:
    view = CustomerFilesState.view
    drop = file_drop(
        "add-files",
        "Choose files or drop them here",
        f"JPEG, PNG, WebP, HEIC or PDF, at most 25 MB each and {MOST_AT_ONCE} at once.",
        kinds=_ACCEPT,
        name="files",
        multiple=True,
        custom_attrs={
            "data-uploads": "upload-list",
            "data-most": str(MOST_AT_ONCE),
            "data-bytes": str(_MOST_BYTES),
            "data-large": SENTENCES["large"],
        },
    )
    kind = rx.el.fieldset(
        rx.el.legend("Pictures are", class_name="label"),
        rx.el.div(
            choice("kind", "photo", "Photos of the work", default_checked=True),
            choice("kind", "document", "Documents", "Such as a scanned certificate; PDFs always are"),
            class_name="choices two-choices",
        ),
    )
    return rx.el.section(
        rx.el.script(src="/upload.js", custom_attrs={"async": True}),
        NativeForm.create(
            kind, drop, action=view.upload, method="post", enc_type="multipart/form-data", class_name="stack"
        ),
        rx.cond(
            view.hold_new,
            rx.el.p("New files are held for review: customers see them once you show them.", class_name="small muted"),
        ),
        # Its rows are the script's alone.
        rx.el.ul(id="upload-list", class_name="stack-s", aria_live="polite", aria_label="What is being added"),
        class_name="stack",
        aria_label="Add files",
    )


def _row(file: rx.vars.ObjectVar[FileRow]) -> rx.Component:
    return file_row(
        file, rx.cond(CustomerFilesState.may_edit, _acts(file)), rx.cond(CustomerFilesState.may_edit, _edit(file))
    )


def _named(word: str, file: rx.vars.ObjectVar[FileRow]) -> tuple[rx.Component, rx.Component]:
    return rx.el.span(word), rx.el.span(" ", file.words, class_name="sr")


def _acts(file: rx.vars.ObjectVar[FileRow]) -> rx.Component:
    state, ask = CustomerFilesState, f"delete-{file.key}"
    show = rx.el.button(
        icon("eye"), *_named("Show", file), type="button", class_name="btn", on_click=state.show(file.key)
    )
    hide = rx.el.button(
        icon("eye-off"), *_named("Hide", file), type="button", class_name="btn btn-quiet", on_click=state.hide(file.key)
    )
    moves = [
        rx.el.button(
            icon(name),
            rx.el.span(f"{word} ", file.words, class_name="sr"),
            type="button",
            class_name="btn btn-icon",
            on_click=state.move(file.key, up),
        )
        for name, word, up in (("arrow-up", "Move up:", True), ("arrow-down", "Move down:", False))
    ]
    delete = rx.fragment(
        rx.el.button(
            *_named("Delete", file), type="button", class_name="btn btn-quiet btn-danger", custom_attrs=opens(ask)
        ),
        ask_once(
            ask,
            f"Delete {file.words}?",
            "Customers no longer see it, and it cannot be brought back. To keep it here, hide it instead.",
            "Delete it",
            state.remove(file.key),
        ),
    )
    return rx.fragment(
        rx.cond(file.state != "visible", rx.cond(file.offered, show), hide),
        rx.cond(file.state == "held", hide),
        rx.cond(state.view.ordered, rx.fragment(*moves)),
        rx.cond(file.from_crm, rx.fragment(), delete),
    )


def _edit(file: rx.vars.ObjectVar[FileRow]) -> rx.Component:
    state = CustomerFilesState
    caption = rx.el.div(
        rx.el.label("Caption", html_for=f"caption-{file.key}", class_name="label"),
        rx.el.input(
            id=f"caption-{file.key}",
            name="caption",
            default_value=file.caption,
            max_length=CAPTION_LENGTH,
            auto_complete="off",
            class_name="input",
        ),
        class_name="field",
    )
    last = rx.el.div(
        rx.el.label("Valid until", html_for=f"expires-{file.key}", class_name="label"),
        rx.el.input(
            type="date",
            id=f"expires-{file.key}",
            name="expires",
            default_value=file.expires,
            class_name="input",
        ),
        class_name="field",
    )
    download = rx.el.div(
        rx.el.label("Download", html_for=f"download-{file.key}", class_name="label"),
        rx.el.select(
            *_DOWNLOADS,
            id=f"download-{file.key}",
            value=file.download,
            on_change=lambda word: state.set_download(file.key, word),
            class_name="input",
        ),
        class_name="field",
    )
    return rx.el.details(
        rx.el.summary(*_named("Caption and more", file)),
        rx.el.div(
            rx.el.form(
                rx.el.input(type="hidden", name="file", value=file.key),
                caption,
                rx.cond(file.document & ~file.from_crm, last),
                rx.el.div(rx.el.button("Save", type="submit", class_name="btn")),
                on_submit=state.describe,
                no_validate=True,
                class_name="stack",
                # What somebody else has saved meanwhile stands in the fields at once.
                key=f"{file.key}-{file.caption}-{file.expires}",
            ),
            rx.cond(file.picture, download),
            class_name="fold-body stack",
        ),
        class_name="fold form-page",
    )


_WORDS = (("inherit", "As for all"), ("view_only", "View only"), ("downloadable", "Can be downloaded"))
_DOWNLOADS = tuple(rx.el.option(word, value=value) for value, word in _WORDS)


def _download_of_all() -> rx.Component:
    view = CustomerFilesState.view
    return rx.el.div(
        rx.el.label("Photos of this customer", html_for="download-all", class_name="label"),
        rx.el.select(
            *_DOWNLOADS,
            id="download-all",
            value=view.download,
            on_change=CustomerFilesState.set_customer_download,
            class_name="input",
        ),
        rx.el.p("A photo’s own word counts before this one.", class_name="hint"),
        class_name="field form-page",
    )
