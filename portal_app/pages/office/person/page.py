"""One of a customer's people: details where no CRM owns them, and the rights editor."""

from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.forms import field, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.right_words import ROLES
from portal_app.pages.office.person.state import PersonState
from portal_app.pages.office.person.views import PlaceTick, RightRow, RoleChoice

_REMOVE = "remove-person"


def person_page() -> rx.Component:
    """Return the page."""
    person = PersonState.person
    return office_shell(
        app_link(icon("chevron-left", small=True), "People", address=person.back, class_name="back"),
        arriving(
            PersonState.loaded,
            rx.el.div(
                rx.el.div(
                    rx.el.h1(rx.cond(person.new, "New person", rx.cond(person.name != "", person.name, "Person"))),
                    rx.el.p(person.email, class_name="text muted"),
                ),
                class_name="office-head",
            ),
            rx.el.div(
                rx.cond(PersonState.message != "", notice(PersonState.message, "overdue")),
                role="alert",
                class_name="told",
            ),
            rx.el.div(
                rx.cond(PersonState.told != "", notice(PersonState.told, "brand", "info")),
                role="status",
                class_name="told",
            ),
            loaded_page(
                PersonState.trouble,
                PersonState.loaded,
                content=rx.el.div(_details(), rx.cond(~person.new, _rights()), class_name="stack-l form-page"),
                skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
                again=PersonState.load,
                back=("All customers", routes.OFFICE_CUSTOMERS),
            ),
        ),
        current=routes.OFFICE_CUSTOMERS,
    )


def _details() -> rx.Component:
    person = PersonState.person
    kept = notice("Name, e-mail and phones belong to the CRM. Change them there.", "brand", "info")
    return rx.cond(person.own, rx.cond(PersonState.may_edit, _form()), kept)


def _input(label: str, name: str, value: Any, *, hint: str = "", **props: Any) -> rx.Component:
    error: Any = PersonState.wrong.get(name, "")
    control = text_input(name, described=True, error=error, default_value=value, auto_complete="off", **props)
    return field(label, control, control_id=name, hint=hint, error=error)


def _form() -> rx.Component:
    person = PersonState.person
    roles = rx.el.div(
        rx.el.label("Role", html_for="role", class_name="label"),
        rx.el.select(
            *[rx.el.option(f"{word}: {note}", value=role.value) for role, (word, note) in ROLES.items()],
            id="role",
            name="role",
            class_name="input",
        ),
        class_name="field",
    )
    billing = rx.el.label(
        rx.el.input(type="checkbox", name="billing", class_name="tick", default_checked=person.billing),
        "Invoices are addressed to this person",
        class_name="remember",
    )
    return rx.el.form(
        rx.el.h2("Details", id="details"),
        _input("Name", "name", person.name, required=True),
        _input(
            "E-mail",
            "email",
            person.email,
            hint="They sign in with it. Another address ends their sessions, and the old one is told.",
            type="email",
            on_blur=PersonState.look_up,
        ),
        rx.el.p(PersonState.hint, class_name="hint", role="status"),
        rx.el.div(
            _input("Mobile", "mobile", person.mobile, type="tel"),
            _input("Phone", "phone", person.phone, type="tel"),
            class_name="two-fields",
        ),
        rx.cond(person.new, roles, rx.el.input(type="hidden", name="role", value=person.role)),
        billing,
        rx.el.div(
            rx.el.button(
                rx.cond(person.new, "Add person", "Save details"), type="submit", class_name="btn btn-primary"
            ),
            rx.cond(~person.new, _remove()),
            class_name="row wrapline row-tight",
        ),
        on_submit=PersonState.save,
        class_name="card card-pad stack",
        aria_labelledby="details",
        no_validate=True,
        key=person.public_id,
    )


def _remove() -> rx.Component:
    name = PersonState.person.name
    return rx.fragment(
        rx.el.button("Remove", type="button", class_name="btn btn-quiet btn-danger", custom_attrs=opens(_REMOVE)),
        ask_once(
            _REMOVE,
            f"Remove {name}?",
            "They are signed out at once and no longer belong to this customer.",
            f"Remove {name}",
            PersonState.remove,
        ),
    )


def _rights() -> rx.Component:
    rights = PersonState.rights
    return rx.el.section(
        rx.el.h2("Rights", id="rights"),
        rx.el.p("A role sets the switches below; each can be changed by itself.", class_name="text muted"),
        rx.el.fieldset(
            rx.el.legend("Role", class_name="label"),
            rx.el.div(rx.foreach(rights.roles, _role), class_name="choices"),
            disabled=~PersonState.may_rights,
        ),
        rx.el.fieldset(
            rx.el.legend("May see and do", class_name="label"),
            rx.el.div(rx.foreach(rights.rights, _right), class_name="choices"),
            disabled=~PersonState.may_rights,
        ),
        rx.cond(rights.several, _places()),
        rx.cond(
            PersonState.may_rights,
            rx.el.div(
                rx.el.button(
                    "Save rights",
                    type="button",
                    class_name="btn btn-primary",
                    on_click=PersonState.save_rights,
                    disabled=~PersonState.unsaved,
                ),
                rx.el.span(rx.cond(PersonState.unsaved, "Not saved yet", ""), class_name="small muted", role="status"),
                class_name="row wrapline",
            ),
        ),
        class_name="card card-pad stack",
        aria_labelledby="rights",
    )


def _role(role: rx.vars.ObjectVar[RoleChoice]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="rights-role",
            class_name="tick",
            checked=role.on,
            on_change=PersonState.choose_role(role.name),
        ),
        rx.el.span(role.word, rx.el.span(role.note, class_name="small")),
        class_name="choice",
    )


def _right(right: rx.vars.ObjectVar[RightRow]) -> rx.Component:
    switch = rx.el.label(
        rx.el.input(
            type="checkbox",
            role="switch",
            class_name="switch",
            checked=right.on,
            on_change=PersonState.switch_right(right.name, ~right.on),
        ),
        rx.el.span(
            right.word,
            rx.el.span(right.note, class_name="small"),
            rx.cond(right.off_for_all, rx.el.span("Switched off for the whole portal", class_name="small problem")),
        ),
        class_name="choice",
    )
    limit = rx.el.div(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="tick",
                checked=right.limited,
                on_change=PersonState.limit_right(right.name, ~right.limited),
            ),
            rx.el.span("Only at chosen properties", rx.el.span(": ", right.word, class_name="sr")),
            class_name="remember",
        ),
        rx.cond(
            right.limited,
            rx.el.div(
                rx.foreach(
                    right.places,
                    lambda place: _place(place, PersonState.tick_right_place(right.name, place.public_id, ~place.on)),
                ),
                class_name="place-ticks",
            ),
        ),
        class_name="limit",
    )
    return rx.el.div(switch, rx.cond(right.on & PersonState.rights.several, limit), class_name="right-row")


def _places() -> rx.Component:
    rights = PersonState.rights
    return rx.el.fieldset(
        rx.el.legend("Where", class_name="label"),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                class_name="tick",
                checked=~rights.everywhere,
                on_change=PersonState.limit(rights.everywhere),
            ),
            "Only these properties, for everything",
            class_name="remember",
        ),
        rx.cond(
            ~rights.everywhere,
            rx.el.div(
                rx.foreach(
                    rights.places, lambda place: _place(place, PersonState.tick_place(place.public_id, ~place.on))
                ),
                class_name="place-ticks",
            ),
        ),
        disabled=~PersonState.may_rights,
    )


def _place(place: rx.vars.ObjectVar[PlaceTick], on_change: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", class_name="tick", checked=place.on, on_change=on_change),
        place.name,
        class_name="remember",
    )
