"""One payment: what is known of it, what it pays, what went back, and what the office may do about it."""

from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.controls import choice
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, field_error, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link, elsewhere_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.pages.office.payment.mistake import mistake_section
from portal_app.pages.office.payment.state import FIRST_TREATMENT, SAID, UNSURE, OfficePaymentState
from portal_app.pages.office.payment.use import use_section
from portal_app.pages.office.payment.views import CREDIT_NOTE, REOPEN, BackRow, Fact, PartRow

_ELSEWHERE = (
    "It was taken in an account of Stripe’s whose key is not set here any more. Give it back there first; here it is "
    "written down, and the invoice with it."
)


def office_payment_page() -> rx.Component:
    """Return the page."""
    state = OfficePaymentState
    return office_shell(
        app_link(icon("chevron-left", small=True), "Payments", address=routes.OFFICE_PAYMENTS, class_name="back"),
        arriving(
            state.loaded,
            _head(),
            # The focus goes here once something was done: what came of it may be far above what was pressed.
            rx.el.div(
                rx.el.div(rx.cond(state.wrong != "", notice(state.wrong, "overdue")), role="alert", class_name="told"),
                rx.el.div(
                    rx.cond(state.told != "", notice(state.told, "brand", "info")), role="status", class_name="told"
                ),
                id=SAID,
                tab_index=-1,
            ),
            loaded_page(
                state.trouble,
                state.loaded,
                content=_content(),
                skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
                again=OfficePaymentState.load,
                back=("All payments", routes.OFFICE_PAYMENTS),
            ),
        ),
        current=routes.OFFICE_PAYMENTS,
    )


def _head() -> rx.Component:
    view = OfficePaymentState.view
    payer = rx.el.p("From ", app_link(view.customer, address=view.customer_href), class_name="text")
    return rx.el.div(
        rx.el.div(
            rx.el.h1(rx.cond(view.heading != "", view.heading, "Payment"), class_name="num"),
            rx.cond(view.customer != "", payer),
            rx.cond(view.state != "", badge(view.state, view.tone)),
        ),
        rx.cond(OfficePaymentState.loaded, _head_acts()),
        class_name="office-head",
    )


def _head_acts() -> rx.Component:
    view, busy = OfficePaymentState.view, OfficePaymentState.busy
    look = rx.el.button(
        icon("refresh-cw"),
        "Look at Stripe now",
        type="button",
        class_name="btn",
        aria_disabled=rx.cond(busy, "true", "false"),
        on_click=OfficePaymentState.look,
    )
    stripe = elsewhere_link("Open in Stripe", view.stripe_url)
    return rx.el.div(
        rx.cond(OfficePaymentState.may_refund & view.may_look, look),
        rx.cond(view.stripe_url != "", stripe),
        class_name="row wrapline row-tight",
    )


def _content() -> rx.Component:
    view = OfficePaymentState.view
    return rx.el.div(
        rx.cond(view.held != "", _held()),
        rx.cond(view.says != "", notice(view.says, "processing", "info")),
        rx.cond(OfficePaymentState.may_refund & view.may_decide, _decide()),
        _facts(),
        _parts(),
        rx.cond(OfficePaymentState.use.left != "", use_section()),
        rx.cond(view.refunds.length() > 0, _refunds()),
        rx.cond(OfficePaymentState.may_refund & view.may_give_back, _give_back()),
        rx.cond(OfficePaymentState.may_refund & view.may_undo, mistake_section()),
        class_name="stack form-page",
    )


def _held() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Please decide", id="held"),
        rx.el.p(OfficePaymentState.view.held, class_name="text as-written"),
        rx.cond(
            OfficePaymentState.may_refund,
            rx.fragment(
                rx.el.p(OfficePaymentState.view.held_note, class_name="small muted"),
                rx.cond(
                    OfficePaymentState.unsure != "",
                    rx.fragment(
                        notice(OfficePaymentState.unsure, "overdue"),
                        _resolve("It is put right all the same", UNSURE, sure=True, look="btn"),
                    ),
                    _resolve(OfficePaymentState.view.held_word, "resolve", sure=False, look="btn btn-primary"),
                ),
            ),
        ),
        class_name="card card-pad stack-s",
        aria_labelledby="held",
    )


def _resolve(word: rx.Var[str] | str, button_id: str, *, sure: bool, look: str) -> rx.Component:
    act = OfficePaymentState.resolve(sure)
    return rx.el.div(
        rx.el.button(word, type="button", id=button_id, class_name=look, on_click=act), class_name="row wrapline"
    )


def _decide() -> rx.Component:
    """Return what can be said of money with the bank that Stripe cannot be asked about."""
    say = OfficePaymentState.say
    return rx.el.div(
        rx.el.button("It has arrived", type="button", class_name="btn btn-primary", on_click=say(True)),
        rx.el.button("It did not come", type="button", class_name="btn", on_click=say(False)),
        class_name="row wrapline row-tight",
        role="group",
        aria_label="What became of it",
    )


def _facts() -> rx.Component:
    return rx.el.section(
        rx.el.h2("About this payment", id="about"),
        rx.el.dl(rx.foreach(OfficePaymentState.view.facts, _fact), class_name="plain-facts text"),
        class_name="card card-pad stack-s",
        aria_labelledby="about",
    )


def _fact(fact: rx.vars.ObjectVar[Fact]) -> rx.Component:
    return rx.fragment(rx.el.dt(fact.name, class_name="small faint"), rx.el.dd(fact.value, class_name="as-written num"))


def _parts() -> rx.Component:
    view = OfficePaymentState.view
    nothing = rx.el.p("It pays no invoice.", class_name="text muted")
    return rx.el.section(
        rx.el.h2(rx.cond(view.meant, "What it is meant for", "What it pays now"), id="pays"),
        rx.cond(view.parts.length() > 0, rx.el.ul(rx.foreach(view.parts, _part), class_name="list list-edge"), nothing),
        class_name="card card-pad stack-s",
        aria_labelledby="pays",
    )


def _part(row: rx.vars.ObjectVar[PartRow]) -> rx.Component:
    return rx.el.li(
        app_link(
            rx.el.span("Invoice ", row.number, class_name="grow item-title"),
            rx.el.span(row.amount, class_name="money strong text"),
            icon("chevron-right", small=True),
            address=row.href,
            class_name="item bare",
        ),
        key=row.href,
    )


def _refunds() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Given back", id="back"),
        rx.el.ul(rx.foreach(OfficePaymentState.view.refunds, _refund), class_name="list list-edge"),
        class_name="card card-pad stack-s",
        aria_labelledby="back",
    )


def _refund(row: rx.vars.ObjectVar[BackRow]) -> rx.Component:
    treat, settle = OfficePaymentState.treat, OfficePaymentState.settle
    final = "and the CRM and the customer are told so. This cannot be changed afterwards."
    decide = rx.el.div(
        _choice(
            f"{CREDIT_NOTE}-{row.public_id}",
            "The debt is gone as well",
            f"Is the debt of {row.amount} gone as well?",
            f"They need not pay it again: what was given back counts as a credit note, {final}",
            treat(row.public_id, CREDIT_NOTE),
        ),
        _choice(
            f"{REOPEN}-{row.public_id}",
            "The invoice is open again",
            f"Is {row.amount} to be paid again?",
            f"The invoice is open again and can be chased, {final}",
            treat(row.public_id, REOPEN),
        ),
        class_name="row wrapline row-tight",
    )
    became = rx.el.div(
        _choice(
            f"given-{row.public_id}",
            "It was given back",
            f"Was {row.amount} given back?",
            "It counts as given back, and the CRM and the customer are told so.",
            settle(row.public_id, True),
        ),
        _choice(
            f"kept-{row.public_id}",
            "It was not",
            f"Was {row.amount} never given back?",
            "The refund is called off, and the money counts as here.",
            settle(row.public_id, False),
        ),
        class_name="row wrapline row-tight",
        role="group",
        aria_label="What became of it",
    )
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.el.span(row.amount, class_name="money strong text"),
                    badge(row.state, row.tone),
                    class_name="between",
                ),
                rx.el.p(row.sentence, class_name="small muted as-written"),
                rx.cond(row.undecided & OfficePaymentState.may_refund, decide),
                rx.cond(row.unheard & OfficePaymentState.may_refund, became),
                class_name="grow stack-s",
            ),
            class_name="item bare",
        ),
        key=row.public_id,
    )


def _choice(dialog: str, word: str, title: str, text: str, act: Any) -> rx.Component:
    """Return one decision: its button, and the question that is asked once before it counts."""
    return rx.fragment(
        rx.el.button(word, type="button", class_name="btn", custom_attrs=opens(rx.Var.create(dialog))),
        ask_once(dialog, title, text, word, act, danger=False),
    )


def _give_back() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Give money back", id="refund"),
        rx.cond(OfficePaymentState.view.elsewhere, rx.el.p(_ELSEWHERE, class_name="text")),
        rx.cond(OfficePaymentState.asked.question != "", _question(), _refund_form()),
        class_name="card card-pad stack",
        aria_labelledby="refund",
    )


def _question() -> rx.Component:
    asked, busy = OfficePaymentState.asked, OfficePaymentState.busy
    return rx.el.div(
        rx.el.p(asked.question, class_name="strong"),
        rx.el.p(asked.what, class_name="text"),
        rx.el.div(
            rx.el.button(
                rx.cond(
                    busy,
                    "Giving back…",
                    rx.cond(
                        OfficePaymentState.view.elsewhere, f"Write down {asked.amount}", f"Give {asked.amount} back"
                    ),
                ),
                type="button",
                id="refund-now",
                class_name="btn btn-danger",
                aria_disabled=rx.cond(busy, "true", "false"),
                aria_busy=rx.cond(busy, "true", "false"),
                on_click=OfficePaymentState.refund,
            ),
            rx.el.button(
                "Cancel",
                type="button",
                class_name="btn",
                aria_disabled=rx.cond(busy, "true", "false"),
                on_click=OfficePaymentState.think_again,
            ),
            class_name="row wrapline",
        ),
        class_name="stack",
        role="group",
        aria_label="Are you sure?",
    )


def _refund_form() -> rx.Component:
    view = OfficePaymentState.view
    return rx.el.form(
        field(
            "Amount",
            text_input(
                "amount",
                described=True,
                error=OfficePaymentState.amount_wrong,
                default_value=view.left,
                input_mode="decimal",
                auto_complete="off",
                max_length=24,
            ),
            control_id="amount",
            hint="At most what is left of this payment.",
            error=OfficePaymentState.amount_wrong,
        ),
        rx.el.fieldset(
            rx.el.legend("And the invoice?", class_name="label"),
            rx.el.div(
                choice(
                    "treatment",
                    CREDIT_NOTE,
                    "The debt is gone as well",
                    "They need not pay it again: a credit note.",
                    id=FIRST_TREATMENT,
                ),
                choice(
                    "treatment",
                    REOPEN,
                    "The invoice is open again",
                    "They still owe it, and will pay in another way.",
                ),
                class_name="choices",
            ),
            field_error(OfficePaymentState.treatment_wrong, "treatment"),
            aria_describedby="treatment-error",
        ),
        field(
            "Reason",
            text_input("reason", max_length=500, auto_complete="off", aria_describedby="reason-hint"),
            control_id="reason",
            hint="For the office only; may be empty.",
        ),
        rx.el.div(rx.el.button("Give back…", type="submit", class_name="btn btn-primary"), class_name="row"),
        on_submit=OfficePaymentState.ask,
        key=f"refund-{OfficePaymentState.forms}-{view.left}",
        no_validate=True,
        class_name="stack",
    )
