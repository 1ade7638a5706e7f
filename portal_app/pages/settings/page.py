"""The settings: what the office knows of a person, who is signed in, which links lead in, the password."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice, section, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.shell import customer_shell
from portal_app.pages.settings.forms import address_part, email_part, name_part, note_part, password_form, phones_part
from portal_app.pages.settings.state import SettingsState
from portal_app.pages.settings.views import DeviceRow, LinkRow


def settings_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            rx.el.div(rx.el.h1("Settings"), class_name="page-head"),
            rx.el.div(
                rx.cond(SettingsState.done != "", notice(SettingsState.done, "complete", "circle-check")),
                role="status",
                class_name="told",
            ),
            rx.el.div(
                rx.cond(
                    (SettingsState.problem != "") & (SettingsState.editing == ""),
                    notice(SettingsState.problem, "overdue"),
                ),
                role="alert",
                class_name="told",
            ),
            loaded_page(
                SettingsState.trouble,
                SettingsState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(3), skeleton_rows(2), loading_word(), class_name="stack-l"),
                again=SettingsState.load,
            ),
            class_name="wrap page narrow",
        ),
        current=routes.SETTINGS,
    )


def _content() -> rx.Component:
    view = SettingsState.view
    return rx.el.div(
        section("You", _card(name_part(), phones_part(), email_part()), section_id="you"),
        rx.cond(
            view.addresses.length() > 0,
            section(
                "Addresses",
                _card(rx.foreach(view.addresses, address_part)),
                rx.cond(
                    ~view.owner,
                    rx.el.p("The owner of this account can change the addresses.", class_name="small muted"),
                ),
                section_id="addresses",
            ),
        ),
        rx.cond(
            view.notes.length() > 0,
            section(
                "Notes for our visits",
                rx.el.p("The office sees these with every visit.", class_name="small muted"),
                _card(rx.foreach(view.notes, note_part)),
                section_id="notes",
            ),
        ),
        rx.cond(view.money, _payments()),
        section("Password", rx.el.div(password_form(), class_name="card card-pad"), section_id="password"),
        _devices(),
        rx.cond(view.links.length() > 0, _links()),
        class_name="stack-l",
    )


def _card(*parts: rx.Component) -> rx.Component:
    return rx.el.div(rx.el.ul(*parts, class_name="list flush"), class_name="card")


def _payments() -> rx.Component:
    methods = _place("credit-card", "Payment methods", "Saved cards and bank accounts", routes.PAYMENT_METHODS)
    payments = _place("banknote", "Your payments", "What you have paid, with receipts", routes.PAYMENTS)
    return section("Payments", _card(rx.cond(SettingsState.view.pays, methods), payments), section_id="payments")


def _place(icon_name: str, title: str, sub: str, address: str) -> rx.Component:
    """Return a row that leads to another page."""
    return rx.el.li(
        app_link(
            rx.el.span(icon(icon_name), class_name="disc disc-plain"),
            rx.el.span(
                rx.el.span(title, class_name="item-title"), rx.el.span(sub, class_name="item-sub"), class_name="grow"
            ),
            icon("chevron-right", small=True),
            address=address,
            class_name="item",
        )
    )


def _devices() -> rx.Component:
    view = SettingsState.view
    others = rx.el.button(
        "Sign out everywhere else", type="button", class_name="btn", on_click=SettingsState.end_others
    )
    return section(
        "Where you are signed in",
        _card(rx.foreach(view.devices, _device)),
        rx.cond(view.others, rx.el.div(others)),
        section_id="devices",
    )


def _device(device: rx.vars.ObjectVar[DeviceRow]) -> rx.Component:
    end = rx.el.button(
        "End",
        rx.el.span(" ", device.title, class_name="sr"),
        type="button",
        class_name="btn",
        on_click=SettingsState.end_device(device.key),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.span(icon("monitor-smartphone"), class_name="disc disc-plain"),
            rx.el.span(
                rx.el.span(device.title, class_name="item-title"),
                rx.el.span(device.sub, class_name="item-sub"),
                class_name="grow",
            ),
            rx.cond(device.here, rx.el.span("This device", class_name="badge badge-complete"), end),
            class_name="item",
        ),
        key=device.key,
    )


def _links() -> rx.Component:
    return section(
        "Links into this account",
        rx.el.p(
            "Each was sent by mail and asks for a code. Ended, it opens nothing any more.", class_name="small muted"
        ),
        _card(rx.foreach(SettingsState.view.links, _link)),
        section_id="links",
    )


def _link(link: rx.vars.ObjectVar[LinkRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(icon("link"), class_name="disc disc-plain"),
            rx.el.span(
                rx.el.span(link.title, class_name="item-title"),
                rx.el.span(link.sub, class_name="item-sub"),
                rx.el.span(link.opened, class_name="item-sub"),
                class_name="grow",
            ),
            rx.el.button(
                "End",
                rx.el.span(" ", link.title, class_name="sr"),
                type="button",
                class_name="btn",
                on_click=SettingsState.end_link(link.key),
            ),
            class_name="item",
        ),
        key=link.key,
    )
