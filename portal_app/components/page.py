"""The shape of an entry in the list of pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app.gate.policy import Audience


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its route, who may open it, its title, what draws it and what loads it."""

    route: str
    audience: Audience
    title: str
    component: Callable[[], rx.Component]
    on_load: Any = None
