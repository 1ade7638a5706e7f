"""The outbox: what waits, what needs a person and why, what has left; and one row in full, in a dialog."""

import reflex as rx

from portal_app import routes
from portal_app.components.ages import age
from portal_app.components.dialogs import closes, dialog, opens
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.components.tables import chips
from portal_app.pages.office.outbox.state import OutboxState
from portal_app.pages.office.outbox.views import Line, OutboxRow

_DIALOG = "outbox-row"


def outbox_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Outbox"),
                rx.el.p(
                    rx.cond(OutboxState.loaded, OutboxState.view.summary, "What leaves the portal"),
                    class_name="text muted num",
                ),
            ),
            class_name="office-head",
        ),
        rx.el.div(
            rx.cond(
                OutboxState.message != "",
                rx.cond(
                    OutboxState.failed,
                    notice(OutboxState.message, "overdue"),
                    notice(OutboxState.message, "brand", "info"),
                ),
            ),
            role="status",
            class_name="told",
        ),
        loaded_page(
            OutboxState.trouble,
            OutboxState.loaded,
            content=_content(),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=OutboxState.load,
            back=("Back to the outbox", routes.OFFICE_OUTBOX),
        ),
        _dialog(),
        current=routes.OFFICE_OUTBOX,
    )


def _content() -> rx.Component:
    return rx.el.div(
        rx.cond(OutboxState.view.mail_unset, _mail_unset()),
        rx.cond(
            OutboxState.view.crm_stopped,
            notice("The CRM does not accept the portal's token. What is meant for it waits until “Poll now” works."),
        ),
        _list(),
        class_name="stack",
    )


def _mail_unset() -> rx.Component:
    words = rx.el.p(
        "No mail can leave yet: it waits here until mail is set up. ",
        rx.cond(
            OutboxState.may_set_mail,
            app_link("Set up mail", address=routes.OFFICE_MAIL),
            "Ask the owner of the portal to do that.",
        ),
    )
    return rx.el.div(icon("mail-warning"), words, class_name="notice notice-processing")


def _list() -> rx.Component:
    view = OutboxState.view
    return rx.el.div(
        rx.el.div(chips(view.chips, "Show"), class_name="tools"),
        rx.match(
            view.nothing,
            ("", rx.fragment(_table(), _pager())),
            ("left", empty("send", "Nothing has left yet", "Mails and what the CRM is told will be listed here.")),
            ("needs", empty("circle-check", "Nothing needs you", "What is refused or given up will wait here.")),
            ("older", empty("list-end", "No older rows", "This is the end of the list.")),
            empty("circle-check", "Nothing is waiting", "Mails and what the CRM is told pass through here."),
        ),
        class_name="card",
    )


def _table() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("What", scope="col"),
        rx.el.th("Customer", scope="col", class_name="lg"),
        rx.el.th("State", scope="col", class_name="md"),
        rx.el.th("When", scope="col", class_name="md"),
        rx.el.th(rx.el.span("Acts", class_name="sr"), scope="col"),
    )
    return rx.el.table(
        rx.el.caption("Rows of the outbox, newest first", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(OutboxState.view.rows, _row)),
        class_name="table outbox",
    )


def _row(row: rx.vars.ObjectVar[OutboxRow]) -> rx.Component:
    customer = rx.cond(
        row.customer_href != "",
        app_link(row.customer, address=row.customer_href, class_name="name"),
        rx.el.span("—", class_name="faint"),
    )
    when = rx.fragment(row.when, age(row.since_iso, after_seconds=60))
    return rx.el.tr(
        rx.el.th(
            rx.el.span(row.what, class_name="item-title"),
            rx.el.span(row.whither, class_name="item-sub"),
            rx.cond(row.why != "", rx.el.span(row.why, class_name="small why")),
            rx.el.span(
                badge(row.state, row.tone), rx.el.span(when, class_name="small faint"), class_name="sm outbox-sm"
            ),
            scope="row",
        ),
        rx.el.td(customer, class_name="lg"),
        rx.el.td(badge(row.state, row.tone), class_name="md"),
        rx.el.td(when, class_name="md muted num"),
        rx.el.td(
            rx.el.div(
                rx.cond(
                    OutboxState.may_act & row.may_retry,
                    rx.el.button(
                        "Retry",
                        rx.el.span(" ", row.what, class_name="sr"),
                        type="button",
                        class_name="btn",
                        on_click=OutboxState.retry(row.public_id),
                    ),
                ),
                rx.el.button(
                    "Open",
                    rx.el.span(" ", row.what, ", ", row.whither, class_name="sr"),
                    type="button",
                    class_name="btn",
                    on_click=OutboxState.open(row.public_id),
                    custom_attrs=opens(_DIALOG),
                ),
                class_name="row row-acts",
            ),
            class_name="right",
        ),
        key=row.public_id,
    )


def _pager() -> rx.Component:
    view = OutboxState.view
    newest = app_link(icon("chevrons-left", small=True), "Newest", address=view.newest_href, class_name="btn")
    older = app_link("Older", icon("chevron-right", small=True), address=view.older_href, class_name="btn")
    links = rx.el.nav(
        rx.cond(view.newest_href != "", newest, rx.el.span()),
        rx.cond(view.older_href != "", older),
        class_name="pager",
        aria_label="Pages",
    )
    return rx.cond((view.newest_href != "") | (view.older_href != ""), links)


def _dialog() -> rx.Component:
    opened = OutboxState.opened
    mail = rx.fragment(
        rx.el.p(rx.el.span("To ", class_name="muted"), opened.recipient, class_name="text"),
        rx.el.p(opened.subject, class_name="strong"),
        rx.el.div(opened.text, class_name="letter as-written text"),
        rx.el.p("Codes and links are hidden here: they are for the recipient alone.", class_name="small faint"),
    )
    fields = rx.el.dl(rx.foreach(opened.lines, _line), class_name="plain-facts text")
    return dialog(
        _DIALOG,
        rx.cond(opened.public_id != "", opened.what, "Loading"),
        rx.cond(
            opened.public_id != "",
            rx.fragment(
                rx.el.div(badge(opened.state, opened.tone), class_name="row"),
                rx.cond(opened.why != "", rx.el.p(opened.why, class_name="text")),
                rx.cond(opened.is_mail, mail, fields),
                rx.cond(OutboxState.may_act, _acts()),
            ),
        ),
    )


def _line(line: rx.vars.ObjectVar[Line]) -> rx.Component:
    return rx.fragment(rx.el.dt(line.name, class_name="small faint"), rx.el.dd(line.value, class_name="as-written"))


def _acts() -> rx.Component:
    opened = OutboxState.opened
    return rx.el.div(
        rx.cond(
            opened.may_withdraw,
            rx.fragment(
                rx.cond(
                    opened.is_mail,
                    rx.el.p("Withdrawn, it never leaves.", class_name="small faint"),
                    rx.el.p(
                        "Done by hand: you have entered it in the CRM yourself. Withdrawn: it never leaves. "
                        "After either, what waits behind it goes on.",
                        class_name="small faint",
                    ),
                ),
                rx.el.div(
                    _act("Withdraw", OutboxState.withdraw(opened.public_id), "btn btn-danger"),
                    rx.cond(opened.may_finish, _act("Done by hand", OutboxState.finish(opened.public_id), "btn")),
                    rx.cond(
                        opened.may_retry, _act("Retry now", OutboxState.retry(opened.public_id), "btn btn-primary")
                    ),
                    class_name="dialog-acts",
                ),
            ),
        ),
        class_name="stack-s",
    )


def _act(word: str, on_click: rx.event.EventType[()], class_name: str) -> rx.Component:
    return rx.el.button(word, type="button", class_name=class_name, on_click=on_click, custom_attrs=closes(_DIALOG))
