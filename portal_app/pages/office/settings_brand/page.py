"""Settings, Brand: colours, light or dark, the words along the bottom, beside a live picture of the customer's home."""

import reflex as rx

from portal_app import routes
from portal_app.components.brand_preview import Colours, phone, swatch
from portal_app.components.forms import field, field_error, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.settings_brand.pictures import pictures_card
from portal_app.pages.office.settings_brand.state import BrandSettingsState
from portal_app.pages.office.settings_brand.views import SWATCHES
from portal_app.services.brand import LONGEST_WELCOME, THEMES

FORM = "brand-form"


def settings_brand_page() -> rx.Component:
    """Return the page."""
    state = BrandSettingsState
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Brand"),
                rx.el.p("What you choose here is used on all pages and in e-mails at once.", class_name="text muted"),
            ),
            rx.el.div(
                rx.el.button("Undo changes", type="button", class_name="btn", on_click=state.undo),
                rx.el.button("Save brand", type="submit", form=FORM, class_name="btn btn-primary"),
                class_name="row",
            ),
            class_name="office-head",
        ),
        rx.el.div(
            rx.cond(
                state.message != "",
                rx.cond(
                    state.failed,
                    notice(state.message, "overdue"),
                    notice(state.message, "complete", "circle-check"),
                ),
            ),
            role="status",
            class_name="told",
        ),
        loaded_page(
            state.trouble,
            state.loaded,
            content=rx.el.div(
                rx.el.div(pictures_card(), _form(), class_name="stack"), _preview(), class_name="brand-cols"
            ),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=state.load,
        ),
        current=routes.OFFICE_BRAND,
    )


def _form() -> rx.Component:
    return rx.el.form(
        _lines(("name", "text", "Business name", "On every page, in mails, and on papers without a legal name.")),
        _accent(),
        _second(),
        _theme(),
        _lines(
            ("welcome", "text", "Welcome line", f"Along the bottom of every page, at most {LONGEST_WELCOME} letters."),
            ("support_email", "email", "Support e-mail", "Along the bottom of every page; answers to mails go there."),
            ("phone", "tel", "Telephone", "Behind every “Ring us”."),
        ),
        id=FORM,
        on_submit=BrandSettingsState.save,
        no_validate=True,
        class_name="card card-pad",
    )


def _accent() -> rx.Component:
    state = BrandSettingsState
    swatches = [swatch(word, colour, state.preview.picked, state.pick(colour)) for word, colour in SWATCHES]
    return rx.el.div(
        rx.el.span("Accent colour", class_name="label", id="accent-label"),
        rx.el.div(*swatches, class_name="swatches", role="group", aria_labelledby="accent-label"),
        rx.el.div(
            field(
                "Your own",
                text_input(
                    "accent",
                    described=True,
                    error=state.wrong.accent,
                    default_value=state.draft.accent,
                    placeholder=SWATCHES[0][1],
                    on_change=state.try_accent.debounce(200),
                    max_length=9,
                    auto_complete="off",
                    spell_check=False,
                    key=f"accent-{state.draft.number}-{state.draft.picks}",
                ),
                control_id="accent",
                hint="Such as #1d4f91. Empty for the portal’s own.",
                error=state.wrong.accent,
            ),
            rx.el.label(
                rx.el.span("Pick", class_name="label"),
                rx.el.input(
                    type="color",
                    value=state.preview.picked,
                    on_change=state.pick.debounce(200),
                    class_name="swatch",
                ),
                class_name="field",
            ),
            class_name="row pickers",
        ),
        rx.el.ul(
            rx.foreach(
                state.preview.checks, lambda line: rx.el.li(icon("check", small=True), line, class_name="check")
            ),
            class_name="stack-s",
            aria_live="polite",
        ),
        class_name="setting",
    )


def _second() -> rx.Component:
    state = BrandSettingsState
    return rx.el.div(
        field(
            "Second accent",
            text_input(
                "accent_2",
                described=True,
                error=state.wrong.accent_2,
                default_value=state.draft.accent_2,
                placeholder="#ffd58a",
                on_change=state.try_second.debounce(200),
                max_length=9,
                auto_complete="off",
                spell_check=False,
                key=f"second-{state.draft.number}",
            ),
            control_id="accent_2",
            hint="Marks what is live on the visit card. Empty for a warm yellow.",
            error=state.wrong.accent_2,
        ),
        class_name="setting",
    )


def _theme() -> rx.Component:
    draft, wrong = BrandSettingsState.draft, BrandSettingsState.wrong
    choices = [
        rx.el.label(
            rx.el.input(
                type="radio",
                name="theme",
                value=value,
                default_checked=draft.theme == value,
                on_change=BrandSettingsState.try_line("theme", value),
                class_name="tick",
                key=f"{value}-{draft.number}",
            ),
            word,
            class_name="choice",
        )
        for value, word in THEMES.items()
    ]
    return rx.el.div(
        rx.el.span("Customers start in", class_name="label", id="theme-label"),
        rx.el.div(*choices, class_name="choices trio"),
        rx.el.p("They can switch at any time.", class_name="hint"),
        field_error(wrong.theme, "theme"),
        id="theme",
        class_name="setting",
        role="group",
        aria_labelledby="theme-label",
        aria_describedby="theme-error",
        tab_index=-1,
    )


def _lines(*lines: tuple[str, str, str, str]) -> rx.Component:
    """Return fields of one line: name, type, label and hint of each."""
    draft, wrong = BrandSettingsState.draft, BrandSettingsState.wrong
    return rx.fragment(
        *[
            rx.el.div(
                field(
                    label,
                    text_input(
                        name,
                        described=True,
                        error=getattr(wrong, name),
                        default_value=getattr(draft, name),
                        type=kind,
                        max_length=254,
                        auto_complete="off",
                        on_change=lambda typed, name=name: BrandSettingsState.try_line(name, typed).debounce(200),
                        key=f"{name}-{draft.number}",
                    ),
                    control_id=name,
                    hint=hint,
                    error=getattr(wrong, name),
                ),
                class_name="setting",
            )
            for name, kind, label, hint in lines
        ]
    )


def _preview() -> rx.Component:
    preview, draft = BrandSettingsState.preview, BrandSettingsState.draft
    return rx.el.section(
        rx.el.div(
            rx.el.h2("How customers see it", id="preview"),
            rx.el.span("Changes as you type", class_name="small faint"),
            class_name="section-head",
        ),
        rx.el.div(
            phone(preview.light.to(Colours), draft.welcome, dark=False),
            phone(preview.dark.to(Colours), draft.welcome, dark=True),
            class_name="phones",
        ),
        app_link("See every part", address=routes.OFFICE_DESIGN, class_name="btn btn-quiet"),
        class_name="brand-preview stack",
        aria_labelledby="preview",
    )
