"""Adding and changing a customer that no CRM owns."""

from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.customer_form.state import CustomerFormState, PlaceView
from portal_app.services.customers import KINDS

_ADDRESS_WORDS = {
    "line1": "Street and number",
    "line2": "Second line",
    "city": "Town",
    "region": "County or region",
    "postal_code": "Postcode",
}


def customer_new_page() -> rx.Component:
    """Return the page for a new customer."""
    portal = rx.el.label(
        rx.el.input(type="checkbox", name="portal", class_name="tick"),
        rx.el.span(
            "Portal access", rx.el.span("They can be invited and sent links at once.", class_name="small muted block")
        ),
        class_name="remember",
    )
    form = rx.el.form(
        _card("Customer", "who", *_customer_fields(rx.Var.create("-"))),
        _card("Address", "where", *_address_fields("", None)),
        _card("First person", "first", *_person_fields()),
        rx.cond(CustomerFormState.may_switch, rx.el.div(portal, class_name="card card-pad")),
        _buttons("Add customer", routes.OFFICE_CUSTOMERS),
        on_submit=CustomerFormState.create,
        class_name="stack",
        no_validate=True,
    )
    return _page("New customer", "For customers that are not in the CRM.", form, CustomerFormState.load_new)


def customer_edit_page() -> rx.Component:
    """Return the page that changes a customer, and their properties."""
    given = CustomerFormState.form
    form = rx.el.form(
        _card("Customer", "who", *_customer_fields(rx.Var.create("-"))),
        _card("Billing address", "where", *_address_fields("", given)),
        _buttons("Save", given.back),
        on_submit=CustomerFormState.save,
        class_name="stack",
        no_validate=True,
        key=given.public_id,
    )
    places = rx.el.section(
        rx.el.h2("Properties", id="places"),
        rx.foreach(given.places, _place_form),
        _place_form(None),
        class_name="section",
        aria_labelledby="places",
    )
    content = rx.el.div(form, places, class_name="stack-l")
    return _page("Edit customer", given.name, content, CustomerFormState.load)


def _page(title: str, sub: Any, content: rx.Component, again: Any) -> rx.Component:
    return office_shell(
        app_link(
            icon("chevron-left", small=True),
            "Back",
            address=CustomerFormState.form.back,
            class_name="back",
        ),
        rx.el.div(rx.el.div(rx.el.h1(title), rx.el.p(sub, class_name="text muted")), class_name="office-head"),
        rx.el.div(
            rx.cond(CustomerFormState.message != "", notice(CustomerFormState.message, "overdue")),
            role="alert",
            class_name="told",
        ),
        rx.el.div(
            rx.cond(CustomerFormState.told != "", notice(CustomerFormState.told, "brand", "info")),
            role="status",
            class_name="told",
        ),
        loaded_page(
            CustomerFormState.trouble,
            CustomerFormState.loaded,
            content=rx.el.div(content, class_name="form-page"),
            skeleton=rx.fragment(loading_word(), skeleton_rows(5)),
            again=again,
            back=("All customers", routes.OFFICE_CUSTOMERS),
        ),
        current=routes.OFFICE_CUSTOMERS,
    )


def _card(title: str, card_id: str, *fields: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, id=card_id), *fields, class_name="card card-pad stack", aria_labelledby=card_id
    )


def _error(name: str, place: Any = "-") -> rx.Var[str]:
    """Return what is wrong with a field, in the form of one property or (with "-") of the customer."""
    shown = CustomerFormState.wrong_place == place
    return rx.cond(shown, CustomerFormState.wrong.get(name, ""), "")


def _input(label: str, name: str, error: rx.Var[str], *, hint: str = "", **props: Any) -> rx.Component:
    control_id = props.pop("id", name)
    control = text_input(control_id, described=True, error=error, **{"name": name, **props})
    return field(label, control, control_id=control_id, hint=hint, error=error)


def _customer_fields(place: Any) -> list[rx.Component]:
    given = CustomerFormState.form
    kinds = [
        rx.el.label(
            rx.el.input(type="radio", name="kind", value=kind, class_name="tick", default_checked=given.kind == kind),
            rx.el.span(words),
            class_name="choice",
        )
        for kind, words in KINDS.items()
    ]
    return [
        _input("Name", "name", _error("name", place), default_value=given.name, auto_complete="off", required=True),
        rx.el.fieldset(rx.el.legend("Kind", class_name="label"), *kinds, class_name="choices two-choices"),
        _input(
            "Customer number",
            "number",
            _error("number", place),
            hint="As it stands on your papers. It may stay empty.",
            default_value=given.number,
            auto_complete="off",
        ),
    ]


def _address_fields(prefix: str, given: Any, place: Any = "-") -> list[rx.Component]:
    fields = {
        name: _input(
            word,
            name,
            _error(name, place),
            id=f"{prefix}{name}" if prefix else name,
            default_value=getattr(given, name) if given is not None else "",
            auto_complete="off",
        )
        for name, word in _ADDRESS_WORDS.items()
    }
    return [
        fields["line1"],
        fields["line2"],
        rx.el.div(fields["city"], fields["postal_code"], class_name="two-fields"),
        fields["region"],
    ]


def _person_fields() -> list[rx.Component]:
    return [
        rx.el.p("Whoever owns the account. More people can be added on the profile.", class_name="text muted"),
        _input(
            "Name", "person_name", _error("person_name"), hint="Empty: the customer's own name.", auto_complete="off"
        ),
        _input(
            "E-mail",
            "person_email",
            _error("person_email"),
            hint="They sign in with it, and mail goes there.",
            type="email",
            auto_complete="off",
            on_blur=CustomerFormState.look_up,
        ),
        rx.el.p(CustomerFormState.hint, class_name="hint", role="status"),
        rx.el.div(
            _input("Mobile", "person_mobile", _error("person_mobile"), type="tel", auto_complete="off"),
            _input("Phone", "person_phone", _error("person_phone"), type="tel", auto_complete="off"),
            class_name="two-fields",
        ),
    ]


def _buttons(word: str, back: Any) -> rx.Component:
    return rx.el.div(
        rx.el.button(word, type="submit", class_name="btn btn-primary"),
        app_link("Cancel", address=back, class_name="btn"),
        class_name="row wrapline row-tight",
    )


def _place_form(place: rx.vars.ObjectVar[PlaceView] | None) -> rx.Component:
    """Return the form of one property, folded; None for one to be added."""
    public_id: Any = place.public_id if place is not None else ""
    prefix: Any = f"{public_id}-" if place is not None else "new-"
    remove = f"remove-{public_id}"
    acts: list[rx.Component] = [
        rx.el.button("Save property" if place is not None else "Add property", type="submit", class_name="btn")
    ]
    if place is not None:
        acts += [
            rx.el.button(
                "Remove",
                rx.el.span(" ", place.title, class_name="sr"),
                type="button",
                class_name="btn btn-quiet btn-danger",
                custom_attrs=opens(remove),
            ),
            ask_once(
                remove,
                f"Remove {place.title}?",
                "It is no longer shown and nobody can be limited to it. Its jobs and invoices stay.",
                "Remove it",
                CustomerFormState.remove_place(place.public_id),
            ),
        ]
    form = rx.el.form(
        rx.el.input(type="hidden", name="place", value=public_id),
        _input(
            "What it is called",
            "label",
            _error("label", public_id if place is not None else "new"),
            id=f"{prefix}label",
            default_value=place.label if place is not None else "",
            auto_complete="off",
        ),
        *_address_fields(prefix, place, public_id if place is not None else "new"),
        rx.el.div(*acts, class_name="row wrapline row-tight"),
        on_submit=CustomerFormState.save_place,
        class_name="stack fold-body",
        no_validate=True,
    )
    title: Any = place.title if place is not None else "Add a property"
    return rx.el.details(rx.el.summary(title, class_name="item-title"), form, class_name="card card-pad fold")
