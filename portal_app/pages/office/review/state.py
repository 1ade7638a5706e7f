"""The state of the files that wait: looked at one by one or several at once."""

import asyncio
from collections.abc import Callable
from typing import Any

import reflex as rx
from sqlmodel import Session

from portal_app.components.addresses import Id
from portal_app.components.loading import Trouble, attempt
from portal_app.components.office_files import FileRow, file_view
from portal_app.components.words import Words, plural
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotFound, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import business, office_file_lists, office_files
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission

SHOWN = 50


class ReviewState(rx.State):
    """What waits, the longest waiting first; `picked` are those that are ticked."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    files: rx.Field[list[FileRow]] = rx.field(default_factory=list)
    more: rx.Field[bool] = rx.field(False)
    picked: rx.Field[list[str]] = rx.field(default_factory=list)
    told: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")
    may_edit: rx.Field[bool] = rx.field(False)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show what waits."""
        self.told = self.wrong = ""
        self.picked = []
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well. What is gone is no longer ticked."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            (self.files, self.more), self.loaded = found, True
            there = {file.key for file in self.files}
            self.picked = [key for key in self.picked if key in there]
            self.may_edit = Permission.EDIT_CUSTOMERS in actor.permissions
        elif self.trouble.empties:
            self.files, self.picked, self.more, self.loaded = [], [], False, False

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    def pick(self, file: Id) -> None:
        """Tick a file, or take the tick away; what is not on the page cannot be ticked."""
        if file in self.picked:
            self.picked = [key for key in self.picked if key != file]
        elif any(one.key == file for one in self.files):
            self.picked = [*self.picked, file]

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    def pick_all(self) -> None:
        """Tick all files of the page, or none where all are."""
        keys = [file.key for file in self.files]
        self.picked = [] if set(self.picked) == set(keys) else keys

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def show(self, file: Id) -> None:
        """Let the customer see a file."""
        await self._decide(office_files.show, [file], "shown")

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def hide(self, file: Id) -> None:
        """Keep a file from the customer."""
        await self._decide(office_files.hide, [file], "hidden")

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def show_picked(self) -> None:
        """Let customers see all that are ticked."""
        await self._decide(office_files.show, list(self.picked), "shown")

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def hide_picked(self) -> None:
        """Keep all that are ticked from customers."""
        await self._decide(office_files.hide, list(self.picked), "hidden")

    async def _decide(self, act: Callable[..., Any], files: list[str], word: str) -> None:
        """Do it for each, say how it went, and show what still waits."""
        actor = caller(self)
        self.told = self.wrong = ""
        try:
            done, problem = await asyncio.to_thread(_write, actor, act, files)
            self.told = f"{plural(done, 'file', 'files')} {word}." if done else ""
            self.wrong = problem
        except PortalError as error:
            self.wrong = error.sentence
        await self._refresh(actor)


def _read(actor: Staff) -> tuple[list[FileRow], bool]:
    words = Words(business.look())
    with reading() as session:
        found = office_file_lists.waiting(session, actor, SHOWN)
    return [file_view(one, words) for one in found.files], found.more


def _write(actor: Staff, act: Callable[..., Any], files: list[str]) -> tuple[int, str]:
    """Return of how many files it was done, and why not of another: one that cannot keeps no other back."""
    done, problem = 0, ""
    with transaction() as session:
        for file in files:
            refused = _refused(session, actor, act, file)
            done, problem = (done, refused) if refused else (done + 1, problem)
    return done, problem


def _refused(session: Session, actor: Staff, act: Callable[..., Any], file: str) -> str:
    try:
        act(session, actor, file)
    except (Invalid, NotFound) as refusal:
        return refusal.sentence
    return ""


refresh_on(ReviewState, "file.", "visibility.", "business.")
