"""The parts of the office's own pages: its lists, switches that act, files, links and the tools of the brand."""

import reflex as rx

from portal_app.components.brand import cover
from portal_app.components.brand_preview import Colours, focal_point, phone, swatch
from portal_app.components.controls import act_switch
from portal_app.components.copying import new_link_box
from portal_app.components.hiding import hide_button
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty
from portal_app.components.office_files import FileRow, file_row
from portal_app.components.records import RecordRow, badge, record_rows
from portal_app.components.searching import search_form
from portal_app.components.tables import Chip, bulk_bar, chips, pager, tick_cell, tick_head
from portal_app.pages.office.design.state import DesignState
from portal_app.pages.office.design.views import HERE, TableRow

SAMPLES = DesignState.samples
SWATCHES = (("Deep teal", "#0f5c5c"), ("Blue", "#1d4f91"), ("Brick", "#8a3b21"))


def lists(theme: rx.Var[str]) -> rx.Component:
    """Return a list of the office: search and filters, ticks and their bar, rows, pages; and one that found nothing."""
    head = rx.el.tr(
        tick_head(),
        rx.el.th("Customer", scope="col"),
        rx.el.th("Town", scope="col", class_name="lg"),
        rx.el.th("Portal", scope="col", class_name="md"),
        rx.el.th("Balance", scope="col", class_name="right"),
    )
    rows = rx.foreach(SAMPLES.table.to(list[TableRow]), lambda row: _row(row, theme))
    table = rx.el.table(
        rx.el.caption("Customers, with ticks", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rows),
        class_name="table people-table",
    )
    invite = rx.el.button(icon("mail"), "Switch portal on and invite", type="button", class_name="btn")
    words, before, after, more = (rx.Var.create(word) for word in ("26 to 28 of 128", HERE, HERE, "Next 25"))
    nothing = empty("search-x", "Nobody is found by that", "Try fewer letters, or another filter.")
    return rx.el.div(
        rx.el.div(
            _tools(f"{theme}-list", "", theme),
            bulk_bar("Tick some, or take all that this search shows.", invite),
            table,
            pager(words, before, after, more, label=f"Pages of ticks, {theme}"),
            class_name="card",
        ),
        rx.el.div(_tools(f"{theme}-none", "nobody at all", theme), nothing, class_name="card"),
        class_name="stack",
    )


def _tools(field_id: str, typed: str, theme: rx.Var[str]) -> rx.Component:
    label = f"Filters of a list, {theme}, {typed}"
    search = search_form(
        "Search", "Name, e-mail or phone", typed, rx.prevent_default, field_id=field_id, extra_class="search"
    )
    return rx.el.div(search, chips(SAMPLES.chips.to(list[Chip]), label), class_name="tools")


def _row(row: rx.vars.ObjectVar[TableRow], theme: rx.Var[str]) -> rx.Component:
    state = rx.el.span(badge(row.badge, row.tone), class_name="bare-badge")
    return rx.el.tr(
        tick_cell(f"{theme}-{row.initials}", row.name, default_checked=row.initials == "SW"),
        rx.el.td(
            app_link(row.name, address=HERE, class_name="name"),
            rx.cond(row.problem != "", rx.el.span(row.problem, class_name="small problem block")),
            rx.el.span(state, class_name="sm block"),
        ),
        rx.el.td(row.town, class_name="lg muted"),
        rx.el.td(state, class_name="md"),
        rx.el.td(row.owed, class_name="right num"),
        key=row.name,
    )


def acts(theme: rx.Var[str]) -> rx.Component:
    """Return switches that act, rows with acts of their own, tags of rights, and a link that is seen only once."""
    return rx.el.div(
        rx.el.div(
            act_switch("Portal access", on=True),
            act_switch("Portal access", on=False),
            act_switch("Portal access", on=True, disabled=True),
            act_switch("Portal access", on=False, disabled=True),
            class_name="row wrapline",
        ),
        record_rows(SAMPLES.hidden.to(list[RecordRow]), acts=lambda record: hide_button(record.title, record.hidden)),
        rx.el.span(
            rx.el.span("Owner", class_name="right-tag strong"),
            rx.el.span("Pays", class_name="right-tag"),
            rx.el.span("Approves quotes", class_name="right-tag"),
            class_name="rights",
        ),
        new_link_box(rx.Var.create("https://portal.example.com/l/Yq2v…"), [], field_id=f"{theme}-link"),
        class_name="stack",
    )


def files(_theme: rx.Var[str]) -> rx.Component:
    """Return files as the office sees them: shown, to review, hidden, without a copy, and out of date."""
    return rx.el.ul(rx.foreach(SAMPLES.files.to(list[FileRow]), _file), class_name="stack")


def _file(file: rx.vars.ObjectVar[FileRow]) -> rx.Component:
    hide = hide_button(file.words, file.state == "hidden")
    more = rx.el.details(
        rx.el.summary("Caption and more"),
        rx.el.p("What can be changed.", class_name="fold-body text muted"),
        class_name="fold form-page",
        open=file.expired,
    )
    return file_row(file, hide, more)


def brand_tools(theme: rx.Var[str]) -> rx.Component:
    """Return the colours to pick from, the point of a cover that stays in sight, and the picture of a home."""
    picked = rx.Var.create(SWATCHES[0][1])
    colours = rx.el.div(
        *[swatch(f"{word}, {theme}", colour, picked, []) for word, colour in SWATCHES],
        class_name="swatches",
        role="group",
        aria_label=f"Colours, {theme}",
    )
    point = rx.el.div(cover("strip"), focal_point(rx.Var.create(30), rx.Var.create(60)), class_name="point-box plain")
    welcome = rx.Var.create("We answer until six.")
    home = rx.cond(
        theme == "dark",
        phone(SAMPLES.dark.to(Colours), welcome, dark=True),
        phone(SAMPLES.light.to(Colours), welcome, dark=False),
    )
    return rx.el.div(colours, point, home, class_name="stack")
