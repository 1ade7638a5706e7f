"""Settings, Mail: the section about mails that come back."""

import reflex as rx

from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, password_input, text_input
from portal_app.components.icons import icon
from portal_app.components.lists import notice
from portal_app.components.records import badge
from portal_app.pages.office.settings_mail.bounce_state import BounceSettingsState
from portal_app.services.bounce_settings import PRESETS

_FORGET = "forget-bounces"


def bounce_section() -> rx.Component:
    """Return the section: how reading fares, the form, and what asks before it is forgotten."""
    bounce = BounceSettingsState.bounce
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Mails that come back", id="bounces"), badge(bounce.state, bounce.tone), class_name="card-head"
        ),
        rx.el.div(
            rx.el.p(bounce.sentence, class_name="text"),
            rx.el.div(
                rx.cond(bounce.problem != "", notice(bounce.problem, "overdue")),
                _message(),
                role="status",
                class_name="told",
            ),
            rx.cond(bounce.source != "none", rx.el.div(_check())),
            rx.cond(bounce.source != "environment", _form()),
            class_name="card-pad stack",
        ),
        ask_once(
            _FORGET,
            "Forget this mailbox?",
            "Server, user name and password are removed. What comes back is not read any more.",
            "Forget it",
            BounceSettingsState.clear,
        ),
        class_name="card",
        aria_labelledby="bounces",
    )


def _message() -> rx.Component:
    shown = rx.cond(
        BounceSettingsState.failed,
        notice(BounceSettingsState.message, "overdue"),
        notice(BounceSettingsState.message, "brand", "info"),
    )
    return rx.cond(BounceSettingsState.message != "", shown)


def _check() -> rx.Component:
    return rx.el.button(
        icon("refresh-cw"), "Check now", type="button", class_name="btn", on_click=BounceSettingsState.check
    )


def _form() -> rx.Component:
    bounce, wrong, draft = BounceSettingsState.bounce, BounceSettingsState.wrong, BounceSettingsState.draft
    return rx.el.form(
        field("Mail service", _presets(), control_id="imap_preset"),
        rx.el.p(draft.hint, class_name="hint"),
        rx.el.div(
            field(
                "Server",
                _filled("imap_host", draft.host, wrong.host, placeholder="imap.example.com", max_length=253),
                control_id="imap_host",
                error=wrong.host,
            ),
            field(
                "Port",
                _filled("imap_port", draft.port, wrong.port, input_mode="numeric", max_length=5),
                control_id="imap_port",
                error=wrong.port,
            ),
            class_name="server-fields",
        ),
        field(
            "User name",
            _stored("imap_username", bounce.username, wrong.username, max_length=254),
            control_id="imap_username",
            error=wrong.username,
        ),
        _password(),
        field(
            "Folder",
            _stored("imap_folder", bounce.folder, wrong.folder, max_length=200),
            control_id="imap_folder",
            hint="Where such mails arrive. It is only read; everything in it stays as it is, unread mails too.",
            error=wrong.folder,
        ),
        rx.el.div(
            rx.el.button("Save", type="submit", class_name="btn btn-primary"),
            rx.cond(
                bounce.source == "office",
                rx.el.button("Forget", type="button", class_name="btn btn-danger", custom_attrs=opens(_FORGET)),
            ),
            class_name="row",
        ),
        on_submit=BounceSettingsState.save,
        # A form that was saved starts anew: with what is stored, and without the password.
        key=f"imap-form-{BounceSettingsState.saved}",
        no_validate=True,
        class_name="stack",
        aria_label="Mailbox",
    )


def _presets() -> rx.Component:
    return rx.el.select(
        *[rx.el.option(preset.name, value=preset.key) for preset in PRESETS],
        id="imap_preset",
        name="imap_preset",
        class_name="input",
        default_value=BounceSettingsState.draft.preset,
        on_change=BounceSettingsState.choose,
    )


def _filled(name: str, value: rx.Var[str], error: rx.Var[str], **props: object) -> rx.Component:
    """Return an input that choosing a service fills anew."""
    return _stored(name, value, error, key=f"{name}-{BounceSettingsState.draft.number}", **props)


def _stored(name: str, value: rx.Var[str], error: rx.Var[str], **props: object) -> rx.Component:
    return text_input(
        name, described=True, error=error, default_value=value, auto_complete="off", spell_check=False, **props
    )


def _password() -> rx.Component:
    error = BounceSettingsState.wrong.password
    stored = rx.cond(
        BounceSettingsState.bounce.has_password,
        "One is stored and never shown. Leave this empty to keep it; another server or user name needs it anew.",
        "It is stored sealed, and never shown again.",
    )
    return rx.el.div(
        rx.el.label("Password", html_for="imap_password", class_name="label"),
        password_input(
            "imap_password",
            error=error,
            auto_complete="new-password",
            aria_describedby="imap_password-hint imap_password-error",
        ),
        rx.el.p(stored, id="imap_password-hint", class_name="hint"),
        rx.el.p(
            rx.cond(error != "", rx.fragment(icon("circle-alert", small=True), error)),
            id="imap_password-error",
            class_name="error",
            aria_live="polite",
        ),
        class_name="field",
    )
