"""The one Reflex app of a test process: Reflex allows no second one."""

import reflex as rx
from reflex_base.registry import RegistrationContext
from reflex_base.utils.exceptions import ReflexRuntimeError


def the_app() -> rx.App:
    """Return the process's app, made when the first test asks for it."""
    try:
        return RegistrationContext.get().app
    except ReflexRuntimeError:
        return rx.App()
