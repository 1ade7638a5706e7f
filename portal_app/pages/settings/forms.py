"""The parts of the settings page that can be changed: each shows its value, and on a press its form."""

from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.forms import NativeForm, field, password_input, text_input
from portal_app.components.icons import icon
from portal_app.components.lists import notice
from portal_app.components.writing import text_area
from portal_app.pages.settings.state import SettingsState
from portal_app.pages.settings.views import AddressView, NoteView, PhoneRow
from portal_app.services.booking_notes import LONGEST
from portal_app.services.passwords import POLICY


def _part(
    key: rx.Var[str] | str,
    title: rx.Var[str] | str,
    value: rx.Component,
    form: rx.Component,
    waiting: rx.Var[str],
    *,
    may: rx.Var[bool] | bool = True,
) -> rx.Component:
    """Return a row with a value and a button that opens its form, or the form itself."""
    change = rx.el.button(
        "Change",
        rx.el.span(" ", title, class_name="sr"),
        type="button",
        class_name="btn btn-quiet",
        on_click=SettingsState.edit(key),
    )
    shown = rx.el.div(
        rx.el.div(
            rx.el.h3(title, class_name="label"),
            rx.el.div(value, class_name="text muted"),
            rx.cond(
                waiting != "",
                rx.el.p(icon("clock", small=True), waiting, class_name="row small waiting", role="status"),
            ),
            class_name="grow",
        ),
        rx.cond(may, change),
        class_name="item",
    )
    return rx.el.li(rx.cond(SettingsState.editing == key, rx.el.div(form, class_name="card-pad"), shown), key=key)


def _form(on_submit: Any, *fields: rx.Component, save: str = "Save") -> rx.Component:
    """Return a form with what is wrong with it, and its two buttons."""
    return rx.el.form(
        *fields,
        rx.el.div(
            rx.cond(SettingsState.problem != "", notice(SettingsState.problem, "overdue")),
            role="alert",
            class_name="told",
        ),
        rx.el.div(
            rx.el.button(save, type="submit", class_name="btn btn-primary"),
            rx.el.button("Cancel", type="button", class_name="btn", on_click=SettingsState.close),
            class_name="row wrapline",
        ),
        on_submit=on_submit,
        class_name="stack",
        reset_on_submit=False,
        no_validate=True,
    )


def name_part() -> rx.Component:
    """Return the person's name."""
    view = SettingsState.view
    control = text_input("name", default_value=view.name, auto_complete="name", auto_focus=True, max_length=200)
    form = _form(SettingsState.save_name, field("Your name", control, control_id="name"))
    return _part("name", "Name", rx.el.p(view.name), form, view.waiting_name)


def phones_part() -> rx.Component:
    """Return the person's telephone numbers."""
    view = SettingsState.view
    shown = rx.cond(
        view.phones.length() > 0,
        rx.foreach(
            view.phones,
            lambda phone: rx.el.p(
                rx.el.span(phone.shown, class_name="num"), " ", rx.el.span(phone.kind_word, class_name="small faint")
            ),
        ),
        rx.el.p("None yet"),
    )
    form = _form(
        SettingsState.save_phones,
        rx.foreach(view.phone_form, _phone_fields),
        rx.el.p("Leave a number empty to remove it.", class_name="hint"),
    )
    return _part("phones", "Telephone", shown, form, view.waiting_phones)


def _phone_fields(phone: rx.vars.ObjectVar[PhoneRow]) -> rx.Component:
    # Without ids: Reflex sends a field with an id of its own a second time, under that id.
    return rx.el.div(
        rx.el.input(
            name=f"number-{phone.index}",
            type="tel",
            default_value=phone.number,
            auto_complete="tel",
            max_length=40,
            placeholder="Another number",
            class_name="input grow",
            aria_label="Number",
        ),
        rx.el.select(
            rx.foreach(phone.kinds, lambda one: rx.el.option(one[1], value=one[0])),
            name=f"kind-{phone.index}",
            default_value=phone.kind,
            class_name="input phone-kind",
            aria_label="Kind",
        ),
        class_name="row",
        key=phone.index,
    )


def email_part() -> rx.Component:
    """Return the person's main address, with the code that a new one asks for."""
    view = SettingsState.view
    shown = rx.fragment(
        rx.el.p(rx.cond(view.email != "", view.email, "None yet"), class_name="as-written"),
        rx.cond(
            view.sign_in_email != "",
            rx.el.p("You sign in with ", view.sign_in_email, class_name="small faint as-written"),
        ),
    )
    new = _form(
        SettingsState.ask_email,
        field(
            "New address",
            text_input("email", type="email", auto_complete="email", auto_focus=True, max_length=254, described=True),
            control_id="email",
            hint="We send a code there. Until you have typed it here, nothing changes.",
        ),
        save="Send the code",
    )
    code = rx.el.form(
        rx.el.p("We have sent a code to ", rx.el.strong(view.code_sent_to), ".", class_name="text as-written"),
        field(
            "The code",
            text_input("code", input_mode="numeric", auto_complete="one-time-code", max_length=40, auto_focus=True),
            control_id="code",
        ),
        rx.el.div(
            rx.cond(SettingsState.problem != "", notice(SettingsState.problem, "overdue")),
            role="alert",
            class_name="told",
        ),
        rx.el.div(
            rx.el.button("Use this address", type="submit", class_name="btn btn-primary"),
            rx.el.button("Keep the present one", type="button", class_name="btn", on_click=SettingsState.give_up_email),
            class_name="row wrapline",
        ),
        on_submit=SettingsState.confirm_email,
        class_name="stack",
        reset_on_submit=False,
        no_validate=True,
    )
    form = rx.cond(view.code_sent_to != "", code, new)
    return _part("email", "E-mail", shown, form, view.waiting_email)


def address_part(address: rx.vars.ObjectVar[AddressView]) -> rx.Component:
    """Return one address."""
    shown = rx.cond(
        address.lines.length() > 0,
        rx.foreach(address.lines, lambda line: rx.el.p(line, class_name="as-written")),
        rx.el.p("None yet"),
    )
    form = _form(
        SettingsState.save_address,
        rx.el.h3(address.title),
        rx.el.input(type="hidden", name="key", default_value=address.key),
        _line("line1", "House and street", address.line1, "address-line1", auto_focus=True),
        _line("line2", "Second line", address.line2, "address-line2"),
        _line("city", "Town", address.city, "address-level2"),
        _line("region", "County or region", address.region, "address-level1"),
        _line("postal_code", "Postcode", address.postal_code, "postal-code"),
    )
    return _part(address.key, address.title, shown, form, address.waiting, may=SettingsState.view.owner)


def _line(name: str, label: str, value: rx.Var[str], complete: str, **props: Any) -> rx.Component:
    control = text_input(name, default_value=value, auto_complete=complete, max_length=120, **props)
    return field(label, control, control_id=name)


def note_part(note: rx.vars.ObjectVar[NoteView]) -> rx.Component:
    """Return what is written for visits to one property."""
    shown = rx.cond(
        note.body != "",
        rx.fragment(rx.el.p(note.body, class_name="as-written"), rx.el.p(note.by, class_name="small faint")),
        rx.el.p("Nothing yet"),
    )
    control = text_area(
        "note", rows=5, error=SettingsState.problem, default_value=note.body, auto_focus=True, max_length=LONGEST + 2000
    )
    form = _form(
        SettingsState.save_note,
        rx.el.input(type="hidden", name="key", default_value=note.location),
        field(note.title, control, control_id="note", hint="A gate code, a dog, where to park."),
    )
    return _part(note.key, note.title, shown, form, rx.Var.create(""), may=note.may)


def password_form() -> rx.Component:
    """Return the form that changes the password; the browser posts it, so that no state ever holds it."""
    problem = SettingsState.password_problem
    fields = (
        field(
            "Present password",
            password_input("present", auto_complete="current-password", required=True),
            control_id="present",
        ),
        field(
            "New password",
            password_input("new", auto_complete="new-password", required=True, described=True),
            control_id="new",
            hint=POLICY,
        ),
        field(
            "The new one again",
            password_input("again", auto_complete="new-password", required=True),
            control_id="again",
        ),
    )
    form = NativeForm.create(
        rx.el.div(rx.cond(problem != "", notice(problem, "overdue")), role="alert", class_name="told"),
        *fields,
        rx.el.div(rx.el.button("Change password", type="submit", class_name="btn btn-primary")),
        action=routes.AUTH_PASSWORD,
        method="post",
        class_name="stack",
    )
    none = rx.el.p(
        "You have no password yet and sign in by a code. “Forgotten password” on the sign-in page sets one.",
        class_name="text muted",
    )
    return rx.cond(SettingsState.view.has_password, form, none)
