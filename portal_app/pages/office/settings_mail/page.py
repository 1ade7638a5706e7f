"""Settings, Mail: the server, who the mail comes from, a test message, and what comes back."""

import reflex as rx

from portal_app import routes
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, password_input, text_input
from portal_app.components.icons import icon
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.pages.office.settings_mail.bounces import bounce_section
from portal_app.pages.office.settings_mail.state import MailSettingsState
from portal_app.pages.office.settings_mail.views import SECURITY_WORDS
from portal_app.services.mail_settings import PRESETS

_FORGET = "forget-mail"


def settings_mail_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Mail"),
                rx.el.p("How codes, links and invitations reach your customers.", class_name="text muted"),
            ),
            class_name="office-head",
        ),
        rx.el.div(_message(), role="status", class_name="told"),
        loaded_page(
            MailSettingsState.trouble,
            MailSettingsState.loaded,
            content=rx.el.div(
                _state_card(),
                rx.cond(MailSettingsState.mail.source != "environment", _form_card()),
                bounce_section(),
                class_name="stack settings-mail",
            ),
            skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
            again=MailSettingsState.load,
        ),
        ask_once(
            _FORGET,
            "Forget these mail settings?",
            "Server, user name and password are removed. Mail waits in the outbox until it is set up again.",
            "Forget them",
            MailSettingsState.clear,
        ),
        current=routes.OFFICE_MAIL,
    )


def _message() -> rx.Component:
    shown = rx.cond(
        MailSettingsState.failed,
        notice(MailSettingsState.message, "overdue"),
        notice(MailSettingsState.message, "brand", "info"),
    )
    return rx.cond(MailSettingsState.message != "", shown)


def _state_card() -> rx.Component:
    mail = MailSettingsState.mail
    test = rx.el.button(
        icon("send"), "Send me a test message", type="button", class_name="btn", on_click=MailSettingsState.send_test
    )
    return rx.el.section(
        rx.el.div(badge(mail.state, mail.tone), class_name="row"),
        rx.el.p(mail.sentence, class_name="text"),
        rx.el.div(
            rx.match(
                mail.test_tone,
                ("complete", notice(mail.test, "complete", "circle-check")),
                ("overdue", notice(mail.test, "overdue")),
                rx.fragment(),
            ),
            role="status",
        ),
        rx.cond(mail.source != "none", rx.el.div(test)),
        class_name="card card-pad stack-s",
        aria_label="How mail is set up",
    )


def _form_card() -> rx.Component:
    mail, wrong, draft = MailSettingsState.mail, MailSettingsState.wrong, MailSettingsState.draft
    form = rx.el.form(
        field("Mail service", _presets(), control_id="preset"),
        rx.el.p(draft.hint, class_name="hint"),
        rx.el.div(
            field(
                "Server",
                _filled("host", "text", draft.host, wrong.host, placeholder="smtp.example.com", spell_check=False),
                control_id="host",
                error=wrong.host,
            ),
            field(
                "Port",
                _filled("port", "text", draft.port, wrong.port, input_mode="numeric", max_length=5),
                control_id="port",
                error=wrong.port,
            ),
            class_name="server-fields",
        ),
        field("Protected by", _security(), control_id="security", error=wrong.security),
        field(
            "User name",
            text_input(
                "username",
                described=True,
                error=wrong.username,
                default_value=mail.username,
                auto_complete="off",
                spell_check=False,
                max_length=254,
            ),
            control_id="username",
            error=wrong.username,
        ),
        _password(),
        field(
            "Mail comes from",
            text_input(
                "from_address",
                described=True,
                error=wrong.from_address,
                type="email",
                default_value=mail.from_address,
                placeholder="portal@example.com",
                max_length=254,
            ),
            control_id="from_address",
            hint="An address this server may send for. The name is your business's; replies go to its own address.",
            error=wrong.from_address,
        ),
        rx.el.div(
            rx.el.button("Save", type="submit", class_name="btn btn-primary"),
            rx.cond(
                mail.source == "office",
                rx.el.button("Forget", type="button", class_name="btn btn-danger", custom_attrs=opens(_FORGET)),
            ),
            class_name="row",
        ),
        on_submit=MailSettingsState.save,
        # A form that was saved starts anew: with what is stored, and without the password.
        key=f"form-{MailSettingsState.saved}",
        no_validate=True,
        class_name="stack",
    )
    return rx.el.section(form, class_name="card card-pad", aria_label="Mail server")


def _presets() -> rx.Component:
    choices = [rx.el.option(preset.name, value=preset.key) for preset in PRESETS]
    return rx.el.select(
        *choices,
        id="preset",
        name="preset",
        class_name="input",
        default_value=MailSettingsState.draft.preset,
        on_change=MailSettingsState.choose,
    )


def _filled(name: str, kind: str, value: rx.Var[str], error: rx.Var[str], **props: object) -> rx.Component:
    """Return an input that choosing a service fills anew."""
    return text_input(
        name,
        described=True,
        error=error,
        type=kind,
        default_value=value,
        auto_complete="off",
        key=f"{name}-{MailSettingsState.draft.number}",
        **props,
    )


def _security() -> rx.Component:
    choices = [rx.el.option(words, value=key) for key, words in SECURITY_WORDS.items()]
    return rx.el.select(
        *choices,
        id="security",
        name="security",
        class_name="input",
        default_value=MailSettingsState.draft.security,
        aria_describedby="security-error",
        key=f"security-{MailSettingsState.draft.number}",
    )


def _password() -> rx.Component:
    wrong = MailSettingsState.wrong
    stored = rx.cond(
        MailSettingsState.mail.has_password,
        "One is stored and never shown. Leave this empty to keep it; another server or user name needs it anew.",
        "It is stored sealed, and never shown again.",
    )
    return rx.el.div(
        rx.el.label("Password", html_for="password", class_name="label"),
        password_input(
            "password", error=wrong.password, auto_complete="new-password", aria_describedby="password-hint"
        ),
        rx.el.p(stored, id="password-hint", class_name="hint"),
        rx.el.p(
            rx.cond(wrong.password != "", rx.fragment(icon("circle-alert", small=True), wrong.password)),
            id="password-error",
            class_name="error",
            aria_live="polite",
        ),
        class_name="field",
    )
