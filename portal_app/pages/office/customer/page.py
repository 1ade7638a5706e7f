"""One customer: who they are, their people, links, work, invoices, and what happened."""

from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.controls import act_switch
from portal_app.components.copying import new_link_box
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.hiding import hide_button
from portal_app.components.icons import icon
from portal_app.components.links import app_link, elsewhere_link
from portal_app.components.lists import Row, empty, notice, section, skeleton_rows, timeline_row
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import RecordRow, record_rows
from portal_app.components.tabs import tabs
from portal_app.pages.office.customer.files import files_tab
from portal_app.pages.office.customer.links import links_tab, recent_links
from portal_app.pages.office.customer.people import changes_waiting, people_card
from portal_app.pages.office.customer.state import CustomerState

_OFF = "access-off"


def customer_page() -> rx.Component:
    """Return the page."""
    back = app_link(icon("chevron-left", small=True), "Customers", address=routes.OFFICE_CUSTOMERS, class_name="back")
    return office_shell(
        back,
        arriving(
            CustomerState.loaded,
            _head(),
            rx.el.div(
                rx.cond(CustomerState.wrong != "", notice(CustomerState.wrong, "overdue")),
                role="alert",
                class_name="told",
            ),
            rx.el.div(
                rx.cond(CustomerState.told != "", notice(CustomerState.told, "brand", "info")),
                role="status",
                class_name="told",
            ),
            new_link_box(CustomerState.new_link, CustomerState.forget_link),
            loaded_page(
                CustomerState.trouble,
                CustomerState.loaded,
                content=_content(),
                skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
                again=CustomerState.load,
                back=("All customers", routes.OFFICE_CUSTOMERS),
            ),
        ),
        current=routes.OFFICE_CUSTOMERS,
    )


def _head() -> rx.Component:
    head = CustomerState.view.head
    name = rx.el.div(
        rx.el.h1(rx.cond(head.name != "", head.name, "Customer")),
        rx.el.p(head.sub, class_name="text muted"),
        rx.cond(
            head.from_crm,
            rx.el.p("Kept by the CRM: names, addresses and numbers are changed there.", class_name="small faint"),
        ),
        class_name="grow profile-name",
    )
    return rx.el.div(
        rx.el.span(head.initials, class_name="avatar avatar-l", aria_hidden="true"),
        name,
        rx.cond(CustomerState.loaded, _acts()),
        class_name="profile",
    )


def _acts() -> rx.Component:
    head = CustomerState.view.head
    crm = elsewhere_link("Open in CRM", head.url)
    return rx.fragment(
        rx.el.div(
            _access(),
            rx.cond(
                CustomerState.may_invite & head.access,
                rx.el.button(
                    icon("link"),
                    "Copy portal link",
                    type="button",
                    class_name="btn",
                    on_click=CustomerState.copy_portal_link,
                ),
            ),
            rx.cond(
                CustomerState.may_edit & (head.edit_href != ""),
                app_link(icon("pencil"), "Edit", address=head.edit_href, class_name="btn"),
            ),
            rx.cond(head.url != "", crm),
            class_name="row wrapline row-tight",
        ),
        ask_once(
            _OFF,
            "Switch portal access off?",
            f"Nobody of {head.name} can sign in any more, and pages they have open shut at once. "
            "Nothing is deleted; you can switch it on again.",
            "Switch access off",
            CustomerState.access_off,
        ),
    )


def _access() -> rx.Component:
    """Return the switch of portal access: on acts at once, off asks first."""
    head = CustomerState.view.head
    on = act_switch("Portal access", on=True, disabled=~CustomerState.may_disable, custom_attrs=opens(_OFF))
    off = act_switch("Portal access", on=False, disabled=~CustomerState.may_invite, on_click=CustomerState.access_on)
    return rx.cond(head.access, on, off)


def _content() -> rx.Component:
    view = CustomerState.view
    return rx.el.div(
        tabs(view.head.tabs, "About this customer"),
        changes_waiting(),
        rx.match(
            view.tab,
            ("people", people_card(whole=True)),
            ("links", links_tab()),
            ("jobs", _jobs()),
            ("invoices", _invoices()),
            ("files", files_tab()),
            ("activity", _activity()),
            _overview(),
        ),
        class_name="stack-l",
    )


def _overview() -> rx.Component:
    view = CustomerState.view
    return rx.el.div(
        rx.el.div(
            people_card(whole=False),
            recent_links(),
            _notes(),
            _requests(),
            rx.cond(
                view.work.length() > 0,
                section("Open work", _records(view.work), section_id="work"),
            ),
            class_name="stack-l",
        ),
        rx.el.div(
            _money(),
            section(
                "Lately",
                rx.cond(
                    view.history.length() > 0,
                    rx.el.ol(rx.foreach(view.history, timeline_row), class_name="timeline"),
                    rx.el.p("Nothing yet.", class_name="text muted"),
                ),
                section_id="lately",
            ),
            class_name="stack-l",
        ),
        class_name="office-cols",
    )


def _notes() -> rx.Component:
    """Return what the customer wrote for all visits, whole: a gate code that is cut opens nothing."""
    rows = CustomerState.view.notes

    def one(note: rx.vars.ObjectVar[Row]) -> rx.Component:
        return rx.el.li(
            rx.el.h3(note.title, class_name="item-title"),
            rx.el.p(note.sub, class_name="text as-written"),
            rx.el.p(note.when, class_name="small muted"),
            class_name="card-pad stack-s",
        )

    card = rx.el.div(rx.el.ul(rx.foreach(rows, one), class_name="list flush"), class_name="card")
    return rx.cond(rows.length() > 0, section("Before a visit", card, section_id="notes"))


def _requests() -> rx.Component:
    rows = CustomerState.view.requests
    return rx.cond(
        rows.length() > 0, section("Asked for", record_rows(rows.to(list[RecordRow])), section_id="requests")
    )


def _money() -> rx.Component:
    money = CustomerState.view.money
    owed = rx.fragment(
        rx.foreach(money.amounts, lambda amount: rx.el.p(amount, class_name="amount")),
        rx.el.p(money.note, class_name="small muted"),
        rx.cond(money.overdue != "", rx.el.p(money.overdue, class_name="small problem")),
    )
    return rx.el.section(
        rx.el.h2("Balance", class_name="owed-title", id="balance"),
        rx.cond(money.clear, rx.el.p("Nothing owed", class_name="strong text"), owed),
        rx.cond(money.credit != "", rx.el.p(money.credit, class_name="small")),
        rx.cond(
            CustomerState.view.head.payments_href != "",
            rx.el.p(app_link("Their payments", address=CustomerState.view.head.payments_href), class_name="text"),
        ),
        class_name="card card-pad stack-s",
        aria_labelledby="balance",
    )


def _records(rows: rx.Var[Any]) -> rx.Component:
    """Return jobs, quotes or invoices, each with what hides it from the customer and shows it again."""
    return record_rows(rows.to(list[RecordRow]), acts=_hide)


def _hide(record: rx.vars.ObjectVar[RecordRow]) -> rx.Component:
    button = hide_button(
        record.title,
        record.hidden,
        on_click=CustomerState.show_record(record.what, record.key, record.hidden),
    )
    return rx.cond(CustomerState.may_edit & (record.what != ""), button)


def _more() -> rx.Component:
    button = rx.el.button("Show more", type="button", class_name="btn btn-block", on_click=CustomerState.show_more)
    return rx.cond(CustomerState.view.next != "", button)


def _jobs() -> rx.Component:
    view = CustomerState.view
    nothing = rx.el.div(empty("wrench", "No jobs yet", "Their jobs appear here with the first one."), class_name="card")
    return rx.el.div(
        _notes(),
        _requests(),
        rx.cond(
            view.work.length() > 0,
            section("Going on", _records(view.work), section_id="work"),
        ),
        rx.cond(view.quotes.length() > 0, section("Quotes", _records(view.quotes), section_id="quotes")),
        rx.cond(view.past.length() > 0, section("Over", _records(view.past), section_id="past")),
        rx.cond(
            (view.work.length() == 0)
            & (view.past.length() == 0)
            & (view.requests.length() == 0)
            & (view.quotes.length() == 0),
            nothing,
        ),
        _more(),
        class_name="stack-l",
    )


def _invoices() -> rx.Component:
    view = CustomerState.view
    nothing = rx.el.div(empty("receipt", "No invoices yet", "They appear here as they are issued."), class_name="card")
    record = app_link(icon("banknote"), "Record a payment", address=view.head.record_href, class_name="btn")
    return rx.el.div(
        _money(),
        rx.cond(CustomerState.may_edit & (view.head.record_href != ""), rx.el.div(record, class_name="row")),
        rx.cond(view.invoices.length() > 0, _records(view.invoices), nothing),
        _more(),
        class_name="stack",
    )


def _activity() -> rx.Component:
    view = CustomerState.view
    nothing = empty("history", "Nothing has happened yet", "Sign-ins, links, changes and visits are listed here.")
    return rx.el.div(
        rx.el.h2("Activity", class_name="sr"),
        rx.el.div(
            rx.cond(
                view.history.length() > 0,
                rx.el.ol(rx.foreach(view.history, timeline_row), class_name="timeline"),
                nothing,
            ),
            class_name="card card-pad",
        ),
        _more(),
        class_name="stack",
    )
