"""How a page reads what it shows, and what it shows instead when that does not go through."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import reflex as rx

from portal_app import logs, routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice
from portal_app.errors import NotAllowed, NotFound, PortalError
from portal_app.gate.rounds import read_once, reader_key
from portal_app.services.actors import Customer

log = logs.get(__name__)
FAILED = "We could not load this just now. Nothing is lost; please try again."
MISSING = "It may have been removed, or it belongs to another account."
DENIED, LOST, BROKEN = "denied", "lost", "broken"
_HOME = ("Go to the start", routes.HOME)
PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Trouble:
    """Why a page cannot show what it should: `kind` is empty, DENIED, LOST or BROKEN.

    After DENIED and LOST nothing of what was shown before may stay.
    """

    kind: str = ""
    sentence: str = ""

    @property
    def empties(self) -> bool:
        """Whether the page must show nothing else."""
        return self.kind in {DENIED, LOST}


async def attempt(read: Callable[..., Found], *given: object) -> tuple[Found | None, Trouble]:
    """Return what a function found in a thread, or None and why not, in words; what went wrong inside is logged."""
    return await _told(read, asyncio.to_thread(read, *given))


async def attempt_for_all(
    read: Callable[..., Found], actor: Customer, *given: Hashable
) -> tuple[Found | None, Trouble]:
    """Do as `attempt` for what does not depend on the session: open pages of a contact share it, see `gate.rounds`."""
    return await _told(read, read_once((read, reader_key(actor), *given), read, actor, *given))


async def _told(read: Callable[..., Found], finding: Awaitable[Found]) -> tuple[Found | None, Trouble]:
    try:
        return await finding, Trouble()
    except NotAllowed as error:
        return None, Trouble(DENIED, error.sentence)
    except NotFound:
        return None, Trouble(LOST, MISSING)
    except PortalError as error:
        return None, Trouble(BROKEN, error.sentence)
    except Exception as error:
        log.error("page_failed", page=read.__module__, reference=logs.reference(), exc_info=error)
        return None, Trouble(BROKEN, FAILED)


def public_id_in(state: rx.State) -> str:
    """Return the public id at the end of the page's address, empty when nothing there could be one."""
    last = state.router.url.path.rstrip("/").rpartition("/")[2]
    return last if PUBLIC_ID.fullmatch(last) else ""


def asked_for(state: rx.State, name: str) -> str:
    """Return a value of the address's query, empty when it is none that could be a word or a public id."""
    value = state.router.url.query_parameters.get(name, "")
    return value if PUBLIC_ID.fullmatch(value) else ""


def loaded_page(
    trouble: rx.vars.ObjectVar[Trouble],
    loaded: rx.Var[bool],
    *,
    content: rx.Component,
    skeleton: rx.Component,
    again: rx.event.EventType[()],
    back: tuple[str, str] = _HOME,
) -> rx.Component:
    """Return a page's own part: what it shows, its skeleton meanwhile, or the one sentence that says why not."""
    broken = rx.el.div(
        notice(trouble.sentence, "overdue"),
        rx.el.div(rx.el.button("Try again", type="button", class_name="btn", on_click=again)),
        class_name="stack",
    )
    return rx.el.div(
        rx.el.div(rx.cond(trouble.kind == BROKEN, broken), role="alert", class_name="told"),
        rx.match(
            trouble.kind,
            (DENIED, _instead("lock", "This is not part of your account", trouble.sentence, _HOME)),
            (LOST, _instead("search-x", "We could not find that", trouble.sentence, back)),
            rx.cond(loaded, content, rx.cond(trouble.kind == "", skeleton)),
        ),
    )


def arriving(loaded: rx.Var[bool], *parts: rx.Component) -> rx.Component:
    """Return a record's heading and what is below it, put there anew once they are known.

    A heading has one line before and three after; nothing that somebody looks at may be pushed down by that.
    """
    return rx.el.div(*parts, key=rx.cond(loaded, "here", "coming"))


def _instead(icon_name: str, title: str, sentence: rx.Var[str], back: tuple[str, str]) -> rx.Component:
    word, address = back
    return rx.el.div(
        rx.el.div(
            icon(icon_name),
            rx.el.h2(title, class_name="empty-title"),
            rx.el.p(sentence),
            app_link(word, address=address, class_name="btn"),
            class_name="empty",
            role="status",
        ),
        class_name="card",
    )


def loading_word() -> rx.Component:
    """Return what screen readers hear while a skeleton is shown."""
    return rx.el.p("Loading", class_name="sr", role="status")
