"""Settings, Payments: Stripe's account with what is right and wrong about it, the rules, the words for transfers."""

import reflex as rx

from portal_app import routes
from portal_app.components.controls import switch
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, password_input, text_input
from portal_app.components.icons import icon
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.components.writing import text_area
from portal_app.pages.office.settings_payments.state import RULES_SAID, SAID, PaymentSettingsState
from portal_app.pages.office.settings_payments.views import Check
from portal_app.services.payment_settings import LONGEST_TRANSFER

_FORGET = "forget-stripe"


def settings_payments_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Payment settings"),
                rx.el.p("How customers pay, and what they may decide themselves.", class_name="text muted"),
            ),
            class_name="office-head",
        ),
        loaded_page(
            PaymentSettingsState.trouble,
            PaymentSettingsState.loaded,
            content=rx.el.div(_stripe(), _rules(), class_name="settings-mail stack-l"),
            skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
            again=PaymentSettingsState.load,
        ),
        current=routes.OFFICE_PAYMENT_SETTINGS,
    )


def _stripe() -> rx.Component:
    account = PaymentSettingsState.account
    return rx.el.section(
        rx.el.div(rx.el.h2("Stripe", id="stripe"), badge(account.state, account.tone), class_name="card-head"),
        rx.el.div(
            rx.el.p(account.sentence, class_name="text"),
            rx.el.div(_message(), role="status", id=SAID, tab_index=-1, class_name="told"),
            rx.cond(account.checks.length() > 0, _checks()),
            rx.cond(account.source != "none", _acts()),
            rx.cond(account.source != "environment", _key_form()),
            class_name="card-pad stack",
        ),
        ask_once(
            _FORGET,
            "Forget Stripe’s key?",
            "Customers can no longer pay by card or direct debit. What has been paid stays as it is; debits that are "
            "with a bank are not followed any more until a key of the same account is set again.",
            "Forget the key",
            PaymentSettingsState.forget,
        ),
        class_name="card",
        aria_labelledby="stripe",
    )


def _message() -> rx.Component:
    shown = rx.cond(
        PaymentSettingsState.failed,
        notice(PaymentSettingsState.message, "overdue"),
        notice(PaymentSettingsState.message, "brand", "info"),
    )
    return rx.cond(PaymentSettingsState.message != "", shown)


def _checks() -> rx.Component:
    account = PaymentSettingsState.account
    return rx.el.div(
        rx.el.ul(rx.foreach(account.checks, _check), class_name="list list-edge"),
        rx.el.p("Stripe was asked ", account.as_of, ".", class_name="small faint"),
        class_name="stack-s",
    )


def _check(check: rx.vars.ObjectVar[Check]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(check.name, class_name="item-title"),
                badge(check.state, check.tone),
                class_name="between wrapline",
            ),
            rx.el.p(check.sentence, class_name="small muted as-written"),
            class_name="grow",
        ),
        class_name="item bare",
        key=check.name,
    )


def _acts() -> rx.Component:
    account, busy = PaymentSettingsState.account, PaymentSettingsState.busy
    return rx.fragment(
        rx.el.div(
            rx.el.button(
                icon("refresh-cw"),
                rx.cond(busy, "Asking Stripe…", "Check now"),
                type="button",
                class_name="btn",
                aria_disabled=rx.cond(busy, "true", "false"),
                aria_busy=rx.cond(busy, "true", "false"),
                on_click=PaymentSettingsState.check,
            ),
            rx.cond(
                ~account.live,
                rx.el.button(
                    icon("credit-card"),
                    "Make a test payment",
                    type="button",
                    class_name="btn",
                    aria_disabled=rx.cond(busy, "true", "false"),
                    on_click=PaymentSettingsState.try_payment,
                ),
            ),
            rx.cond(
                account.source == "office",
                rx.el.button(
                    "Forget the key",
                    type="button",
                    class_name="btn btn-danger",
                    aria_disabled=rx.cond(busy, "true", "false"),
                    custom_attrs=opens(_FORGET),
                ),
            ),
            class_name="row wrapline",
        ),
        rx.el.p(
            "“Check now” asks Stripe about the key, the account and the address for news; it moves no money. ",
            rx.cond(
                account.live,
                "A test payment needs a test key: with this one a real card would be charged.",
                "“Make a test payment” charges Stripe’s own test card and gives it back. To see what a customer sees, "
                "pay an invoice with the card number 4242 4242 4242 4242, any day to come and any three digits.",
            ),
            class_name="hint",
        ),
    )


def _key_form() -> rx.Component:
    account, busy = PaymentSettingsState.account, PaymentSettingsState.busy
    return rx.el.form(
        field(
            "Secret key",
            password_input(
                "stripe_key",
                described=True,
                error=PaymentSettingsState.key_wrong,
                placeholder="sk_… or rk_…",
                auto_complete="off",
                spell_check=False,
                max_length=300,
            ),
            control_id="stripe_key",
            hint="Stored encrypted and never shown again, only its last four letters.",
            error=PaymentSettingsState.key_wrong,
        ),
        rx.el.div(
            rx.el.button(
                rx.cond(busy, "Asking Stripe…", rx.cond(account.source == "office", "Use another key", "Save the key")),
                type="submit",
                class_name="btn btn-primary",
                aria_disabled=rx.cond(busy, "true", "false"),
            ),
            class_name="row",
        ),
        on_submit=PaymentSettingsState.save_key,
        # A form that was saved starts anew, without the key.
        key=f"key-form-{PaymentSettingsState.saved}",
        no_validate=True,
        class_name="stack",
        aria_label="Stripe’s key",
    )


def _rules() -> rx.Component:
    rules = PaymentSettingsState.rules
    return rx.el.section(
        rx.el.div(rx.el.h2("What customers may do", id="rules"), class_name="card-head"),
        rx.el.form(
            switch("parts", "They may pay a part of an invoice", default_checked=rules.parts),
            field(
                "Least amount of a part",
                text_input(
                    "least",
                    described=True,
                    error=PaymentSettingsState.least_wrong,
                    default_value=rules.least,
                    input_mode="decimal",
                    auto_complete="off",
                    max_length=24,
                ),
                control_id="least",
                hint="In the currency of your business. Empty: any amount. The rest of an invoice may always be paid.",
                error=PaymentSettingsState.least_wrong,
            ),
            field(
                "Words for those who pay by bank transfer",
                text_area(
                    "transfer",
                    rows=6,
                    error=PaymentSettingsState.transfer_wrong,
                    default_value=rules.transfer,
                    max_length=LONGEST_TRANSFER + 1000,
                    on_change=PaymentSettingsState.show.debounce(300),
                ),
                control_id="transfer",
                hint="Bank, account name, account number. Customers see it at each unpaid invoice, with its number as "
                "the reference.",
                error=PaymentSettingsState.transfer_wrong,
            ),
            _preview(),
            rx.el.div(
                rx.cond(
                    PaymentSettingsState.rules_told != "",
                    notice(PaymentSettingsState.rules_told, "complete", "circle-check"),
                ),
                role="status",
                id=RULES_SAID,
                tab_index=-1,
                class_name="told",
            ),
            rx.el.div(rx.el.button("Save", type="submit", class_name="btn btn-primary"), class_name="row"),
            on_submit=PaymentSettingsState.save_rules,
            key=f"rules-form-{rules.number}",
            no_validate=True,
            class_name="card-pad stack",
        ),
        class_name="card",
        aria_labelledby="rules",
    )


def _preview() -> rx.Component:
    words = rx.fragment(
        rx.el.p(PaymentSettingsState.preview, class_name="as-written text"),
        rx.el.p("Reference: ", rx.el.span("2291", class_name="strong num"), class_name="text"),
    )
    nothing = rx.el.p("Nothing: customers are not offered to pay by bank transfer.", class_name="text muted")
    return rx.el.figure(
        rx.el.figcaption("As customers see it", class_name="small faint"),
        rx.cond(PaymentSettingsState.preview != "", words, nothing),
        class_name="preview",
    )
