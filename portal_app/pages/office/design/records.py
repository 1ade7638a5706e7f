"""The parts that show records: tabs, lists, tables, timelines, the visit card, the invoice."""

import reflex as rx

from portal_app.components.documents import DocumentRow, document_rows
from portal_app.components.gallery import Photo, gallery
from portal_app.components.icons import icon
from portal_app.components.invoice_paper import InvoicePaper, invoice_paper
from portal_app.components.job_timeline import TrackStep, job_timeline
from portal_app.components.links import app_link
from portal_app.components.lists import Row, link_row, rows, timeline_row
from portal_app.components.property_filter import Choice, PropertyFilter, choices, property_filter
from portal_app.components.records import RecordRow, badge, record_rows, show_more
from portal_app.components.tables import chips, pager
from portal_app.components.tabs import tabs
from portal_app.components.visit_card import VisitCard, visit_card
from portal_app.pages.office.design.state import DesignState
from portal_app.pages.office.design.views import HERE, TableRow, Track

SAMPLES = DesignState.samples


def tabs_and_chips(theme: rx.Var[str]) -> rx.Component:
    """Return the way back, tabs with one shown, filters with one chosen, and a choice of few and of many."""
    places = SAMPLES.places.to(PropertyFilter)
    return rx.el.div(
        app_link(icon("chevron-left", small=True), "Customers", address=HERE, class_name="back"),
        tabs(SAMPLES.tabs, f"Parts of a page, {theme}"),
        chips(SAMPLES.chips, f"Filters, {theme}"),
        choices(places.choices.to(list[Choice]), f"Properties, {theme}"),
        property_filter(places, HERE, control_id=f"{theme}-property"),
        class_name="stack",
    )


def lists(_theme: rx.Var[str]) -> rx.Component:
    """Return lists in cards, and the button that adds to one."""
    return rx.el.div(
        rows(SAMPLES.rows.to(list[Row])),
        record_rows(SAMPLES.records.to(list[RecordRow])),
        rx.el.div(
            rx.el.ul(link_row("Every part", "palette", HERE, "17"), class_name="list"), class_name="card card-roomy"
        ),
        rx.el.div(rx.el.ul(_plain_row(), _plain_row(), class_name="list flush"), class_name="card"),
        rx.el.div(rx.el.ul(_plain_row(), _plain_row(), class_name="list list-edge"), class_name="card card-pad"),
        show_more("Show more invoices", rx.Var.create("more"), []),
        class_name="stack",
    )


def _plain_row() -> rx.Component:
    """Return a row without a picture, for lists whose lines begin where their words do."""
    words = rx.el.span(
        rx.el.span("Kiln Yard", class_name="item-title"), rx.el.span("Bath BA2 3XX", class_name="item-sub")
    )
    return rx.el.li(rx.el.div(words, class_name="item"))


def documents(_theme: rx.Var[str]) -> rx.Component:
    """Return documents: kept, only looked at, nearly and quite over."""
    return document_rows(SAMPLES.documents.to(list[DocumentRow]))


def table(theme: rx.Var[str]) -> rx.Component:
    """Return a table with the way to the pages before and after."""
    head = rx.el.tr(
        rx.el.th("Customer", scope="col"),
        rx.el.th("Town", scope="col", class_name="lg"),
        rx.el.th("Portal", scope="col", class_name="md"),
        rx.el.th("Balance", scope="col", class_name="right"),
    )
    body = rx.el.table(
        rx.el.caption("Customers", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(SAMPLES.table.to(list[TableRow]), _table_row)),
        class_name="table",
    )
    words, before, after, more = (rx.Var.create(word) for word in ("1 to 3 of 128", HERE, HERE, "Next 25"))
    return rx.el.div(body, pager(words, before, after, more, label=f"Pages, {theme}"), class_name="card")


def _table_row(row: rx.vars.ObjectVar[TableRow]) -> rx.Component:
    name = rx.el.div(
        rx.el.span(row.initials, class_name="avatar avatar-s md-flex", aria_hidden="true"),
        app_link(row.name, address=HERE, class_name="name"),
        class_name="row",
    )
    return rx.el.tr(
        rx.el.td(name),
        rx.el.td(row.town, class_name="lg muted"),
        rx.el.td(badge(row.badge, row.tone), class_name="md"),
        rx.el.td(row.owed, class_name="right num"),
        key=row.name,
    )


def timeline(_theme: rx.Var[str]) -> rx.Component:
    """Return what happened, newest first."""
    return rx.el.ol(rx.foreach(SAMPLES.rows.to(list[Row]), timeline_row), class_name="timeline")


def tracks(_theme: rx.Var[str]) -> rx.Component:
    """Return a job's timeline in each of its ways."""
    return rx.el.div(rx.foreach(SAMPLES.tracks.to(list[Track]), _track), class_name="stack")


def _track(track: rx.vars.ObjectVar[Track]) -> rx.Component:
    return rx.el.div(
        rx.el.p(track.word, class_name="small faint"),
        job_timeline(track.steps.to(list[TrackStep])),
        class_name="card card-pad stack-s",
        key=track.word,
    )


def visits(theme: rx.Var[str]) -> rx.Component:
    """Return the visit card in each of its states."""
    cards = rx.foreach(
        SAMPLES.visits.to(list[VisitCard]), lambda card: visit_card(card, label=f"{card.headline}, {theme}")
    )
    return rx.el.div(cards, class_name="stack")


def papers(_theme: rx.Var[str]) -> rx.Component:
    """Return an invoice."""
    return rx.el.div(rx.foreach(SAMPLES.papers.to(list[InvoicePaper]), invoice_paper), class_name="stack")


def photos(theme: rx.Var[str]) -> rx.Component:
    """Return photos, and where there are none yet."""
    some, none = rx.Var.create(f"{theme}-photos-some"), rx.Var.create(f"{theme}-photos-none")
    return rx.el.div(
        gallery(SAMPLES.photos.to(list[Photo]), some, f"Photos, {theme}"),
        rx.el.div(gallery(SAMPLES.no_photos.to(list[Photo]), none, f"No photos, {theme}"), class_name="card"),
        class_name="stack",
    )
