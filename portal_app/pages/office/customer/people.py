"""The people of a customer: how each stands with the portal, and what can be done about it."""

from typing import Any

import reflex as rx

from portal_app.components.dialogs import ask_once, opens
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, notice
from portal_app.components.records import badge
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.customer.views import ChangeRow, PersonRow


def people_card(*, whole: bool) -> rx.Component:
    """Return the people; `whole` with all that can be done, else as a summary."""
    view = CustomerState.view
    add = app_link(icon("plus"), "Add", address=view.head.add_person_href, class_name="btn btn-quiet head-act")
    nobody = empty("users", "Nobody yet", "People appear here from the CRM, or as you add them.")
    list_ = rx.el.ul(rx.foreach(view.people, lambda person: _person(person, whole=whole)), class_name="list flush")
    return rx.el.section(
        rx.el.div(
            rx.el.h2("People", id="people"),
            rx.cond(CustomerState.may_edit & (view.head.add_person_href != ""), add),
            class_name="card-head",
        ),
        rx.cond(view.people.length() > 0, list_, nobody),
        class_name="card",
        aria_labelledby="people",
    )


def _person(person: rx.vars.ObjectVar[PersonRow], *, whole: bool) -> rx.Component:
    state = rx.el.span(
        badge(person.state, person.tone),
        rx.cond(person.since != "", rx.el.span(person.since, class_name="small faint nowrap block")),
        class_name="item-end",
    )
    about: list[Any] = [
        app_link(person.name, address=person.href, class_name="item-title person-name"),
        rx.el.span(person.email, class_name="item-sub"),
    ]
    if whole:
        about += [
            rx.cond(person.phones != "", rx.el.span(person.phones, class_name="item-sub num")),
            rx.el.span(
                rx.el.span(person.role, class_name="right-tag strong"),
                rx.foreach(person.rights, lambda right: rx.el.span(right, class_name="right-tag")),
                class_name="rights",
            ),
            rx.cond(person.limit != "", rx.el.span(person.limit, class_name="item-sub")),
        ]
    more = [_troubles(person), _acts(person)] if whole else [_troubles(person)]
    return rx.el.li(
        rx.el.div(rx.el.div(*about, class_name="grow"), state, class_name="item person-row"),
        *more,
        key=person.public_id,
    )


def _troubles(person: rx.vars.ObjectVar[PersonRow]) -> rx.Component:
    pending = rx.el.div(
        rx.el.p(
            "The CRM wants to change the main e-mail to ",
            rx.el.strong(person.pending),
            ". They sign in with the present one, so it waits for you.",
            class_name="text",
        ),
        rx.cond(
            CustomerState.may_reset & CustomerState.may_edit,
            rx.el.div(
                rx.el.button(
                    "Accept",
                    rx.el.span(" the new address of ", person.name, class_name="sr"),
                    type="button",
                    class_name="btn btn-primary",
                    on_click=CustomerState.accept_email(person.public_id, person.pending),
                ),
                rx.el.button(
                    "Keep the present one",
                    rx.el.span(" of ", person.name, class_name="sr"),
                    type="button",
                    class_name="btn",
                    on_click=CustomerState.refuse_email(person.public_id, person.pending),
                ),
                class_name="row wrapline row-tight",
            ),
        ),
        class_name="in-row notice notice-processing stacked",
    )
    problem = rx.el.div(notice(person.problem, "overdue", "mail-warning"), class_name="in-row")
    return rx.fragment(rx.cond(person.problem != "", problem), rx.cond(person.pending != "", pending))


def _acts(person: rx.vars.ObjectVar[PersonRow]) -> rx.Component:
    disable = f"disable-{person.public_id}"

    def act(word: Any, on_click: Any = None, danger: bool = False, **attributes: Any) -> rx.Component:
        handler = {"on_click": on_click} if on_click is not None else {}
        return rx.el.button(
            word,
            rx.el.span(" ", person.name, class_name="sr"),
            type="button",
            class_name="btn btn-quiet btn-danger" if danger else "btn btn-quiet",
            **handler,
            **attributes,
        )

    return rx.el.div(
        rx.cond(
            CustomerState.may_invite & person.may_invite & CustomerState.view.head.access,
            act(person.invite_word, CustomerState.invite(person.public_id)),
        ),
        rx.cond(
            CustomerState.may_reset & person.may_reset & CustomerState.view.head.access,
            act("Reset password", CustomerState.reset_password(person.public_id)),
        ),
        app_link(
            "Rights and details",
            rx.el.span(" of ", person.name, class_name="sr"),
            address=person.href,
            class_name="btn btn-quiet",
        ),
        rx.cond(
            CustomerState.may_disable,
            rx.cond(
                person.disabled,
                act("Enable", CustomerState.enable(person.public_id)),
                act("Disable", danger=True, custom_attrs=opens(disable)),
            ),
        ),
        ask_once(
            disable,
            f"Disable {person.name}?",
            "They cannot sign in for this customer any more, and pages they have open shut at once. "
            "What they belong to elsewhere stays open to them.",
            f"Disable {person.name}",
            CustomerState.disable(person.public_id),
        ),
        class_name="row wrapline person-acts",
    )


def changes_waiting() -> rx.Component:
    """Return what people changed about themselves and the CRM has not agreed to."""
    changes = CustomerState.view.changes
    return rx.cond(changes.length() > 0, rx.el.div(rx.foreach(changes, _change), class_name="stack-s"))


def _change(change: rx.vars.ObjectVar[ChangeRow]) -> rx.Component:
    return rx.el.div(
        rx.el.p(change.sentence, class_name="text"),
        rx.cond(change.reason != "", rx.el.p(change.reason, class_name="small muted")),
        rx.foreach(change.lines, lambda line: rx.el.p(line, class_name="small")),
        rx.cond(change.conflict & CustomerState.may_edit, _decide(change)),
        class_name=rx.cond(change.conflict, "notice notice-overdue stacked", "notice notice-processing stacked"),
        key=change.public_id,
    )


def _decide(change: rx.vars.ObjectVar[ChangeRow]) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            "Keep ours and send again",
            type="button",
            class_name="btn btn-primary",
            on_click=CustomerState.keep_ours(change.public_id),
        ),
        rx.el.button(
            "Take theirs", type="button", class_name="btn", on_click=CustomerState.take_theirs(change.public_id)
        ),
        class_name="row wrapline row-tight",
    )
