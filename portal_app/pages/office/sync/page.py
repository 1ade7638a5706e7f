"""How the connection to the CRM is: state, streams, what was set aside, and "Poll now"."""

import reflex as rx

from portal_app import routes
from portal_app.components.ages import age
from portal_app.components.icons import icon
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.sync.state import SyncState
from portal_app.pages.office.sync.views import AsideRow, StreamRow


def sync_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("CRM"),
                rx.el.p("What comes from it, how fresh it is, and what could not be stored.", class_name="text muted"),
            ),
            # Its place is kept while the page loads, so that nothing jumps.
            rx.cond(~SyncState.loaded | (SyncState.may_poll & SyncState.sync.connected), _poll_button()),
            class_name="office-head",
        ),
        rx.el.div(
            rx.cond(SyncState.message != "", notice(SyncState.message, "brand", "info")),
            role="status",
            class_name="told",
        ),
        rx.cond(SyncState.loaded, _content(), skeleton_rows(6)),
        current=routes.OFFICE_SYNC,
    )


def _poll_button() -> rx.Component:
    return rx.el.button(
        icon("refresh-cw"),
        "Poll now",
        type="button",
        class_name="btn btn-primary",
        disabled=~SyncState.loaded,
        on_click=SyncState.poll_now,
    )


def _content() -> rx.Component:
    return rx.el.div(
        _state_card(),
        rx.cond(SyncState.sync.connected, rx.fragment(_streams(), _set_aside())),
        class_name="stack-l",
    )


def _state_card() -> rx.Component:
    sync = SyncState.sync
    badge = rx.match(
        sync.tone,
        ("complete", rx.el.span(sync.state, class_name="badge badge-complete")),
        ("overdue", rx.el.span(sync.state, class_name="badge badge-overdue")),
        rx.el.span(sync.state, class_name="badge badge-processing"),
    )
    last = rx.el.p(
        "Last success ", rx.el.time(sync.last, date_time=sync.last_iso), age(sync.last_iso), class_name="small muted"
    )
    return rx.el.section(
        rx.el.div(badge, rx.cond(sync.connected, last), class_name="sync-state"),
        rx.el.p(sync.sentence, class_name="text"),
        rx.cond(sync.address != "", rx.el.p(sync.address, class_name="small faint")),
        class_name="card card-pad stack-s",
        aria_label="State of the connection",
    )


def _streams() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Stream", scope="col"),
        rx.el.th("Last success", scope="col", class_name="md"),
        rx.el.th("Rows read", scope="col", class_name="right"),
        rx.el.th("Changed", scope="col", class_name="right"),
    )
    return rx.el.div(
        rx.el.table(
            rx.el.caption("Streams of the CRM; rows of their last walk", class_name="sr"),
            rx.el.thead(head),
            rx.el.tbody(rx.foreach(SyncState.sync.streams, _stream)),
            class_name="table",
        ),
        class_name="card",
    )


def _stream(stream: rx.vars.ObjectVar[StreamRow]) -> rx.Component:
    last = rx.fragment(rx.el.time(stream.last, date_time=stream.last_iso), age(stream.last_iso, after_seconds=150))
    return rx.fragment(
        rx.el.tr(
            rx.el.th(
                rx.el.span(stream.name, class_name="strong"),
                rx.cond(stream.walking, rx.el.span(", being read", class_name="small faint")),
                rx.el.span(last, class_name="small faint sm stream-last"),
                rx.cond(
                    stream.set_aside != 0,
                    rx.el.span(stream.set_aside, " set aside", class_name="small faint stream-last"),
                ),
                scope="row",
            ),
            rx.el.td(last, class_name="md muted num"),
            rx.el.td(stream.read, class_name="right num"),
            rx.el.td(stream.changed, class_name="right num"),
            class_name=rx.cond(stream.problem != "", "has-problem", ""),
        ),
        rx.cond(
            stream.problem != "",
            rx.el.tr(rx.el.td(stream.problem, col_span=4, class_name="small problem"), class_name="problem-row"),
        ),
    )


def _set_aside() -> rx.Component:
    sync = SyncState.sync
    return rx.el.section(
        rx.el.h2("Set aside", id="aside"),
        rx.cond(
            sync.set_aside.length() > 0,
            rx.el.div(rx.el.ul(rx.foreach(sync.set_aside, _aside), class_name="list flush"), class_name="card"),
            rx.el.div(
                empty(
                    "circle-check", "Nothing was set aside", "Records that cannot be stored wait here with the reason."
                ),
                class_name="card",
            ),
        ),
        rx.cond(sync.set_aside_more != "", rx.el.p(sync.set_aside_more, class_name="small muted")),
        class_name="section",
        aria_labelledby="aside",
    )


def _aside(record: rx.vars.ObjectVar[AsideRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(record.stream, " ", record.external_id, class_name="item-title"),
                rx.el.span("since ", record.since, class_name="small faint nowrap"),
                class_name="between",
            ),
            rx.el.p(record.reason, class_name="small problem"),
            rx.cond(record.excerpt != "", rx.el.code(record.excerpt, class_name="excerpt")),
            class_name="item aside-item",
        )
    )
