"""The office's palette: one field from which every customer, invoice, job and page is a few letters away.

page.js opens it and fetches palette.js, which moves through the results. The field keeps the
focus, as the ARIA Authoring Practices have it: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.other import Dialog

from portal_app.components.dialogs import closes, opens
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.palette_state import MOST_TYPED, PaletteState
from portal_app.components.palette_views import PLACES, Goal, Group, PaletteView, Piece

PALETTE = "palette"
# Icons of pages only: each further one would be fetched by every page of the office.
_ICONS = sorted({item.icon for item, _ in PLACES})
_WAIT_MS = 150


class _ClosingDialog(Dialog):
    """A dialog that tells when it was shut, in whichever way."""

    on_close: rx.EventHandler[rx.event.no_args_event_spec]


def jump_button() -> rx.Component:
    """Return the button that opens the palette, with the keys that do so as well."""
    keys = rx.el.kbd(
        rx.el.span("Ctrl K", class_name="key-other"), rx.el.span("⌘ K", class_name="key-mac"), aria_hidden="true"
    )
    return rx.el.button(icon("search", small=True), "Go to…", keys, type="button", class_name="jump", **_opening())


def jump_icon() -> rx.Component:
    """Return the same button for a bar that has room for its icon only."""
    return rx.el.button(
        icon("search"), rx.el.span("Go to…", class_name="sr"), type="button", class_name="btn btn-icon", **_opening()
    )


def _opening() -> dict[str, Any]:
    return {"custom_attrs": {**opens(PALETTE), "aria-keyshortcuts": "Control+K Meta+K"}}


def palette() -> rx.Component:
    """Return the palette, shut."""
    return rx.fragment(
        _ClosingDialog.create(
            _field(),
            palette_results(PaletteState.view, f"{PALETTE}-list"),
            id=PALETTE,
            class_name="dialog palette",
            aria_label="Go to",
            on_close=PaletteState.forget,
        ),
    )


def _field() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label("Customer, invoice, job or page", html_for=f"{PALETTE}-field", class_name="sr"),
            icon("search"),
            rx.el.input(
                id=f"{PALETTE}-field",
                type="text",
                role="combobox",
                class_name="input",
                placeholder="Name, number or page",
                max_length=MOST_TYPED,
                auto_complete="off",
                spell_check=False,
                enter_key_hint="go",
                on_change=PaletteState.look.debounce(_WAIT_MS),
                on_focus=PaletteState.look,
                custom_attrs={
                    "aria-expanded": "true",
                    "aria-autocomplete": "list",
                    "aria-controls": f"{PALETTE}-list",
                },
            ),
            class_name="input-icon grow",
        ),
        rx.el.button(
            icon("x"),
            rx.el.span("Close", class_name="sr"),
            type="button",
            class_name="btn btn-icon",
            custom_attrs=closes(PALETTE),
        ),
        class_name="palette-head",
    )


def palette_results(view: rx.vars.ObjectVar[PaletteView], list_id: rx.Var[str] | str) -> rx.Component:
    """Return what was found, in groups; while nothing is known yet the shape of it, and words when there is nothing."""
    found = rx.foreach(view.groups, lambda group: _group(group, list_id))
    nothing = empty("search-x", "Nothing is found by that", "Try fewer letters, or a part of a number.")
    return rx.fragment(
        # The list itself scrolls: the field's arrows move through it, so nothing in it needs the focus for that.
        rx.el.div(
            found,
            id=list_id,
            role="listbox",
            aria_label="Results",
            class_name="palette-list",
            custom_attrs={"data-for": view.typed},
        ),
        rx.cond(view.ready, rx.cond(view.groups.length() == 0, nothing), skeleton_rows(4)),
        rx.el.p(view.told, class_name="sr", role="status"),
    )


def _group(group: rx.vars.ObjectVar[Group], list_id: rx.Var[str] | str) -> rx.Component:
    name = f"{list_id}-{group.key}"
    return rx.el.div(
        rx.el.p(group.word, id=name, role="presentation", class_name="small muted menu-label"),
        rx.foreach(group.goals.to(list[Goal]), lambda goal: _goal(goal, list_id)),
        role="group",
        aria_labelledby=name,
        key=group.key,
    )


def _goal(goal: rx.vars.ObjectVar[Goal], list_id: rx.Var[str] | str) -> rx.Component:
    picture = rx.cond(
        goal.initials != "",
        rx.el.span(goal.initials, class_name="avatar avatar-s", aria_hidden="true"),
        rx.el.span(
            rx.match(goal.icon, *[(name, icon(name, small=True)) for name in _ICONS], rx.fragment()),
            class_name="avatar avatar-s disc-plain",
        ),
    )
    title = rx.foreach(
        goal.title.to(list[Piece]), lambda piece: rx.cond(piece.hit, rx.el.mark(piece.text), rx.fragment(piece.text))
    )
    return app_link(
        picture,
        rx.el.span(
            rx.el.span(title, class_name="item-title"),
            rx.cond(goal.sub != "", rx.el.span(goal.sub, class_name="item-sub clip1")),
            class_name="grow",
        ),
        rx.cond(goal.note != "", rx.el.span(goal.note, class_name="small faint num nowrap")),
        address=goal.href,
        id=f"{list_id}-{goal.key}",
        class_name="item",
        role="option",
        tab_index=-1,
        aria_selected="false",
        key=goal.key,
    )
