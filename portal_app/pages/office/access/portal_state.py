"""The portal's door: open to customers or not yet, and who may try it before."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.addresses import Form, Id
from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import business, portal_rights, testers
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission
from portal_app.services.testers import Person

Typed = Annotated[str, Field(max_length=120)]


@dataclass(frozen=True)
class PersonRow:
    """One person who is a tester or could be."""

    id: str = ""
    name: str = ""
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class PortalView:
    """Whether the portal is open, and its testers."""

    open: bool = True
    testers: list[PersonRow] = field(default_factory=list)


class PortalState(rx.State):
    """What the section shows; `found` are people who could become testers."""

    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[PortalView] = rx.field(default_factory=PortalView)
    known: rx.Field[bool] = rx.field(False)
    found: rx.Field[list[PersonRow]] = rx.field(default_factory=list)
    told: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")

    _typed: str = ""

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show what is set, and forget what was looked for."""
        self._typed, self.told, self.wrong, self.found = "", "", "", []
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well."""
        read, self.trouble = await attempt(_read, actor, self._typed)
        if read is not None:
            self.view, self.found = read
            self.known = True
        elif self.trouble.empties:
            self.view, self.found, self.known = PortalView(), [], False

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> None:
        """Open the portal or shut it."""
        on = "portal-open" in form
        words = (
            "The portal is open to customers."
            if on
            else "The portal is shut. Only the office and testers come in; others see that it opens soon."
        )
        await self._act(words, testers.set_portal_open, on)
        business.forget_look()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def look_for(self, typed: Typed) -> None:
        """Show who could be meant by what is typed."""
        self._typed, self.told, self.wrong = typed, "", ""
        await self._refresh(caller(self))
        if len(typed.strip()) >= testers.LEAST_LETTERS and not self.found:
            self.told = "Nobody of that name or address who is not a tester already."

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def add(self, person: Id) -> None:
        """Make somebody a tester."""
        await self._act(
            "Added. Invite them from their page if they have never signed in.", testers.set_tester, person, True
        )

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def remove(self, person: Id) -> None:
        """Make somebody a tester no longer."""
        await self._act("Removed.", testers.set_tester, person, False)

    async def _act(self, words: str, act: Callable[..., Any], *given: Any) -> None:
        actor = caller(self)
        self.told = self.wrong = ""
        try:
            await asyncio.to_thread(_do, actor, act, *given)
            self.told = words
        except PortalError as error:
            self.wrong = error.sentence
        await self._refresh(actor)


def _read(actor: Staff, typed: str) -> tuple[PortalView, list[PersonRow]]:
    with reading() as session:
        about = portal_rights.portal_settings(session, actor)
        view = PortalView(about.portal_open, [_row(person) for person in testers.testers(session, actor)])
        return view, [_row(person) for person in testers.find(session, actor, typed)]


def _row(person: Person) -> PersonRow:
    parts = [person.customer, person.email or "no e-mail address"]
    if not person.ready:
        parts.append("portal access is off")
    return PersonRow(
        person.public_id,
        person.name,
        " · ".join(parts),
        routes.office_person(person.customer_public_id, person.public_id),
    )


def _do(actor: Staff, act: Callable[..., Any], *given: Any) -> None:
    with transaction() as session:
        act(session, actor, *given)


refresh_on(PortalState, "business.", "contact.tester_")
