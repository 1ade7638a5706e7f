"""Everything so far in one list: work with what was advised, photos, documents, quotes and invoices."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import NativeForm
from portal_app.components.icons import icon, row_icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.property_filter import Choice, PropertyFilter, choices, property_filter
from portal_app.components.records import show_more
from portal_app.components.searching import search_form
from portal_app.components.shell import customer_shell
from portal_app.pages.history.state import HistoryState
from portal_app.pages.history.views import HistoryRow, Thumb, Year


def history_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Home", address=routes.HOME, class_name="back"),
            rx.el.div(rx.el.h1("History"), class_name="page-head"),
            loaded_page(
                HistoryState.trouble,
                HistoryState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(1), skeleton_rows(5), loading_word(), class_name="stack"),
                again=HistoryState.load,
                back=("The whole history", routes.HISTORY),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.HOME,
    )


def _content() -> rx.Component:
    view = HistoryState.view
    earlier = app_link("Show earlier", address=view.earlier, class_name="btn btn-block")
    return rx.el.div(
        rx.el.div(
            _search(),
            choices(view.kinds.to(list[Choice]), "What to show", tabs=True),
            property_filter(
                view.places.to(PropertyFilter), routes.HISTORY, show=view.show, year=view.year, q=view.typed
            ),
            rx.cond(view.jumps.length() > 1, _jump()),
            class_name="stack",
        ),
        rx.el.section(
            rx.el.h2("Entries, newest first", class_name="sr", id="list"),
            rx.cond(view.years.length() > 0, rx.foreach(view.years, _year), _nothing()),
            show_more("Show earlier", view.next_cursor, HistoryState.show_more(view.next_cursor)),
            rx.cond(view.earlier != "", earlier),
            class_name="section",
            aria_labelledby="list",
        ),
        class_name="stack",
    )


def _search() -> rx.Component:
    return rx.el.div(
        search_form(
            "Search the history",
            "Work, number, caption or property",
            HistoryState.view.typed,
            HistoryState.search,
            aria_describedby="searched",
        ),
        rx.el.p(
            "Looks in titles and numbers, what was done and advised, names of photos and documents, and properties.",
            id="searched",
            class_name="small muted",
        ),
        class_name="stack-s",
    )


def _jump() -> rx.Component:
    """Return a form of the browser's own: it only opens an address."""
    view = HistoryState.view
    return NativeForm.create(
        rx.el.input(type="hidden", name="show", value=view.show),
        rx.el.input(type="hidden", name="property", value=view.places.chosen),
        rx.el.input(type="hidden", name="q", value=view.typed),
        rx.el.label("Year", html_for="year", class_name="sr"),
        rx.el.select(
            rx.el.option("Up to today", value=""),
            rx.foreach(view.jumps, lambda year: rx.el.option(year, value=year, key=year)),
            id="year",
            name="year",
            default_value=view.year,
            key=view.year,
            class_name="input input-s",
        ),
        rx.el.button("Go there", type="submit", class_name="btn"),
        action=routes.HISTORY,
        method="get",
        class_name="row",
    )


def _year(year: rx.vars.ObjectVar[Year]) -> rx.Component:
    return rx.el.div(
        rx.el.h3(year.name),
        rx.el.div(rx.el.ol(rx.foreach(year.rows, _row), class_name="timeline"), class_name="card card-pad"),
        key=year.name,
        class_name="stack-s",
    )


def _row(row: rx.vars.ObjectVar[HistoryRow]) -> rx.Component:
    title = rx.cond(row.href != "", app_link(row.title, address=row.href, class_name="row-title"), row.title)
    return rx.el.li(
        rx.el.span(row_icon(row.icon), class_name="disc disc-plain"),
        rx.el.div(
            rx.el.h4(title, class_name="item-title"),
            rx.cond(row.sub != "", rx.el.p(row.sub, class_name="text muted")),
            rx.foreach(row.advice, lambda advice: rx.el.p("Advised: ", advice, class_name="text muted")),
            rx.cond(row.thumbs.length() > 0, rx.el.div(rx.foreach(row.thumbs, _thumb), class_name="thumbs")),
            rx.cond(row.more != "", rx.el.p(row.more, class_name="small muted")),
            class_name="body",
        ),
        rx.el.span(row.when, class_name="when"),
        key=row.key,
    )


def _thumb(thumb: rx.vars.ObjectVar[Thumb]) -> rx.Component:
    return rx.el.img(src=thumb.src, alt=thumb.alt, width="64", height="48", loading="lazy", key=thumb.src)


def _nothing() -> rx.Component:
    whole = app_link("The whole history", address=routes.HISTORY, class_name="btn")
    narrowed = empty("search-x", "Nothing is found here", "Try a part of a word, another kind or another year.", whole)
    nothing = empty("history", "Nothing yet", "Visits, photos, quotes and invoices appear here.")
    return rx.el.div(rx.cond(HistoryState.view.narrowed, narrowed, nothing), class_name="card")
