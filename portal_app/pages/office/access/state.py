"""The settings' state."""

import asyncio
from dataclasses import dataclass, field

import reflex as rx

from portal_app.components.addresses import Form
from portal_app.components.loading import Trouble, attempt
from portal_app.components.right_words import RIGHTS
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import portal_rights
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission, Right


@dataclass(frozen=True)
class RightSwitch:
    """One right, and whether anybody at all can have it."""

    name: str = ""
    word: str = ""
    note: str = ""
    on: bool = True


@dataclass(frozen=True)
class AccessView:
    """What is stored; `version` changes with it."""

    switches: list[RightSwitch] = field(default_factory=list)
    link_days: str = "14"
    version: str = ""


class AccessState(rx.State):
    """What the page shows; `wrong_days` says what is wrong with the number of days."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[AccessView] = rx.field(default_factory=AccessView)
    message: rx.Field[str] = rx.field("")
    wrong_days: rx.Field[str] = rx.field("")

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show what is set."""
        self.message = self.wrong_days = ""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = AccessView(), False

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> None:
        """Store the switches and the days."""
        actor = caller(self)
        self.message = self.wrong_days = ""
        try:
            await asyncio.to_thread(_save, actor, form)
            self.message = "Saved. It counts from now on, on open pages too."
        except PortalError as error:
            self.wrong_days = error.sentence
            return
        await self._refresh(actor)


def _read(actor: Staff) -> AccessView:
    with reading() as session:
        about = portal_rights.portal_settings(session, actor)
        off, days = set(about.rights_off), about.link_days
    switches = [RightSwitch(right.value, word, note, right.value not in off) for right, (word, note) in RIGHTS.items()]
    return AccessView(switches, str(days), f"{days} {sorted(off)}")


def _save(actor: Staff, form: dict[str, str]) -> None:
    days = form.get("link_days", "").strip()
    if not (days.isascii() and days.isdigit() and len(days) <= 3):
        raise Invalid(f"Please give a whole number of days, 1 to {portal_rights.MOST_LINK_DAYS}.")
    off = frozenset(right for right in Right if f"right-{right.value}" not in form)
    with transaction() as session:
        portal_rights.set_portal_settings(session, actor, off, int(days))


refresh_on(AccessState, "business.")
