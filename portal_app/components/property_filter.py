"""Choosing one of several properties; the address holds the choice, and it is remembered (`property_choice`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import reflex as rx

from portal_app.components.forms import NativeForm
from portal_app.components.links import app_link
from portal_app.services.properties import ALL, Property

CHIPS = 5


@dataclass(frozen=True)
class Choice:
    """One thing to choose, with the address that chooses it."""

    key: str = ""
    word: str = ""
    href: str = ""
    current: bool = False


@dataclass(frozen=True)
class PropertyFilter:
    """The properties to choose from, all of them first; empty where there is only one. `many` asks for a list."""

    choices: list[Choice] = field(default_factory=list)
    many: bool = False
    chosen: str = ""


def address_of(path: str, **query: str) -> str:
    """Return a path with what is given of its query."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def filter_of(places: Sequence[Property], chosen: str, path: str, **query: str) -> PropertyFilter:
    """Return the choices for a page at `path` whose other query parameters are kept."""
    if len(places) < 2:
        return PropertyFilter()
    every = Choice(ALL, "All properties", address_of(path, **query, property=ALL), not chosen)
    named = [
        Choice(
            place.public_id,
            place.name or "Property without a name",
            address_of(path, **query, property=place.public_id),
            place.public_id == chosen,
        )
        for place in places
    ]
    return PropertyFilter([every, *named], len(places) > CHIPS, chosen or ALL)


def property_filter(
    given: rx.vars.ObjectVar[PropertyFilter],
    path: str,
    *,
    control_id: rx.Var[str] | str = "property",
    **kept: rx.Var[str],
) -> rx.Component:
    """Return the choices as links, or as a list with a button where there are many; nothing where there is one.

    `kept` are the other parameters of the page's address.
    """
    return rx.cond(
        given.choices.length() > 0,
        rx.cond(
            given.many, _list(given, path, control_id, **kept), choices(given.choices.to(list[Choice]), "Property")
        ),
    )


def choices(given: rx.vars.ArrayVar[list[Choice]], label: str, *, tabs: bool = False) -> rx.Component:
    """Return links of which one is chosen, as chips or as tabs."""
    look = "" if tabs else "chip"
    return rx.el.nav(
        rx.foreach(given, lambda choice: _choice(choice, look)),
        class_name="tabs" if tabs else "chips",
        aria_label=label,
    )


def _choice(choice: rx.vars.ObjectVar[Choice], look: str) -> rx.Component:
    return rx.cond(
        choice.current,
        app_link(choice.word, address=choice.href, class_name=look, aria_current="true"),
        app_link(choice.word, address=choice.href, class_name=look),
    )


def _list(
    given: rx.vars.ObjectVar[PropertyFilter], path: str, control_id: rx.Var[str] | str, **kept: rx.Var[str]
) -> rx.Component:
    """Return a form of the browser's own: it only opens an address."""
    return NativeForm.create(
        *[rx.el.input(type="hidden", name=name, value=value) for name, value in kept.items()],
        rx.el.label("Property", html_for=control_id, class_name="sr"),
        rx.el.select(
            rx.foreach(
                given.choices,
                lambda choice: rx.el.option(choice.word, value=choice.key, key=choice.key),
            ),
            id=control_id,
            name="property",
            default_value=given.chosen,
            key=given.chosen,
            class_name="input input-s",
        ),
        rx.el.button("Show", type="submit", class_name="btn"),
        action=path,
        method="get",
        class_name="row",
    )
