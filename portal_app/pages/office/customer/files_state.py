"""The files of one customer: what belongs where, what customers see of it, and the office's acts on each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app import routes
from portal_app.components.addresses import Id, part
from portal_app.components.loading import PUBLIC_ID, Trouble, attempt
from portal_app.components.office_files import FileRow, file_view
from portal_app.components.words import Words, clip
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import business, customer_profile, office_file_lists, office_files, visibility
from portal_app.services.actors import Staff
from portal_app.services.office_file_lists import FilePlace
from portal_app.services.rights import Permission

PIECE, MOST_ROWS = 25, 300
Download = Annotated[str, Field(pattern=r"^(inherit|view_only|downloadable)$")]
Where = Annotated[str, Field(pattern=rf"^(customer|property|job|visit):{PUBLIC_ID.pattern}$")]
# A little more than fits, so that the sentence about its length can be said.
Told = Annotated[
    dict[Annotated[str, Field(pattern=r"^(file|caption|expires)$")], Annotated[str, Field(max_length=1200)]],
    Field(max_length=3),
]


@dataclass(frozen=True)
class PlaceChoice:
    """What files can be added to: its value in the list, and its words."""

    value: str = ""
    word: str = ""


@dataclass(frozen=True)
class FilesView:
    """The files of what is chosen, and where more of them go."""

    customer: str = ""
    chosen: str = ""
    upload: str = ""
    places: list[PlaceChoice] = field(default_factory=list)
    files: list[FileRow] = field(default_factory=list)
    more: bool = False
    ordered: bool = False
    download: str = "inherit"
    hold_new: bool = False


class CustomerFilesState(rx.State):
    """What the tab shows; `told` answers the last act, `wrong` says why it did not go through."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[FilesView] = rx.field(default_factory=FilesView)
    told: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")
    may_edit: rx.Field[bool] = rx.field(False)

    _rows: int = PIECE
    _chosen: str = ""

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the customer's files where the address names their tab."""
        self._rows, self.told, self.wrong = PIECE, "", ""
        if part(self, 2) != self.view.customer or not self._on_tab():
            self.view, self.loaded, self._chosen = FilesView(), False, ""
        await self._refresh(caller(self))

    def _on_tab(self) -> bool:
        return self.router.url.query_parameters.get("tab") == "files"

    async def _refresh(self, actor: Staff) -> None:
        """Read the list anew; called by the live feed as well."""
        if not self._on_tab():
            return
        found, self.trouble = await attempt(_read, actor, part(self, 2), self._chosen, self._rows)
        if found is not None:
            self.view, self.loaded = found, True
            self.may_edit = Permission.EDIT_CUSTOMERS in actor.permissions
        elif self.trouble.empties:
            self.view, self.loaded = FilesView(), False

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def choose(self, where: Where) -> None:
        """Show the files of a property, job or visit, and add further ones there."""
        self._chosen, self._rows, self.told, self.wrong = where, PIECE, "", ""
        await self._refresh(caller(self))

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def show_more(self) -> None:
        """Show more rows."""
        self._rows = min(MOST_ROWS, self._rows + PIECE)
        await self._refresh(caller(self))

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def show(self, file: Id) -> None:
        """Let the customer see a file."""
        await self._act("The customer sees it now, where their rights allow it.", office_files.show, file)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def hide(self, file: Id) -> None:
        """Take a file out of the customer's sight."""
        await self._act("Hidden: the customer no longer sees it.", office_files.hide, file)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def move(self, file: Id, up: bool) -> None:
        """Let a file of a job change places with its neighbour."""
        await self._act("Moved.", _move, file, up)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def set_download(self, file: Id, word: Download) -> None:
        """Say whether a picture may be downloaded."""
        await self._act("Saved. It counts from now on.", office_files.set_download, file, word)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def describe(self, form: Told) -> None:
        """Keep a file's caption and, of a document, its last day."""
        await self._act("Saved.", _describe, form)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def remove(self, file: Id) -> None:
        """Delete an uploaded file."""
        await self._act("Deleted.", office_files.remove, file)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def set_customer_download(self, word: Download) -> None:
        """Say for this customer whether photos may be downloaded."""
        await self._act("Saved. It counts for all their photos that say nothing else.", _of_customer, word)

    async def _act(self, told: str, act: Callable[..., Any], *given: object) -> None:
        """Do one act on a file of this customer, say how it went, and show what is so now."""
        actor = caller(self)
        self.told = self.wrong = ""
        try:
            await asyncio.to_thread(_write, actor, part(self, 2), act, given)
            self.told = told
        except PortalError as error:
            self.wrong = error.sentence
        await self._refresh(actor)


def _write(actor: Staff, customer: str, act: Callable[..., Any], given: tuple[Any, ...]) -> None:
    with transaction() as session:
        if act is _of_customer:
            act(session, actor, customer, *given)
        else:
            act(session, actor, *given)


def _of_customer(session: Session, actor: Staff, customer: str, word: str) -> None:
    visibility.set_customer_download(session, actor, customer, word)


def _move(session: Session, actor: Staff, file: str, up: bool) -> None:
    office_files.move(session, actor, file, up=up)


def _describe(session: Session, actor: Staff, form: dict[str, str]) -> None:
    try:
        last = date.fromisoformat(form["expires"]) if form.get("expires") else None
    except ValueError as error:
        raise Invalid("Please give the last day as a date.") from error
    office_files.describe(session, actor, form.get("file", ""), form.get("caption", ""), last)


def _read(actor: Staff, customer: str, chosen: str, rows: int) -> FilesView:
    words = Words(business.look())
    with reading() as session:
        of = customer_profile.head(session, actor, customer)
        places = office_file_lists.places(session, actor, customer)
        # Somebody else's record, or one that is gone, is not in the list: then it is the customer's own files.
        known = {f"{one.what}:{one.public_id}": one for one in places}
        place = known.get(chosen, places[0])
        found = office_file_lists.of_place(session, actor, place.what, place.public_id, rows)
        shown = visibility.of_portal(session)
        own = visibility.word_of_customer(session, actor, customer)
    return FilesView(
        customer=of.public_id,
        chosen=f"{place.what}:{place.public_id}",
        upload=routes.office_file_upload(place.what, place.public_id),
        places=[PlaceChoice(value, _place_word(one, words)) for value, one in known.items()],
        files=[file_view(one, words) for one in found.files],
        more=found.more and rows < MOST_ROWS,
        ordered=found.ordered,
        download=own,
        hold_new=shown.hold_new,
    )


def _place_word(one: FilePlace, words: Words) -> str:
    if one.what == "customer":
        return "Everything of this customer"
    kind = {"property": "Property", "job": "Job", "visit": "Visit"}[one.what]
    when = f" on {words.short_day(words.day(one.at))}" if one.at else ""
    return clip(f"{kind}{when}: {one.name}", 80)


refresh_on(CustomerFilesState, "file.", "visibility.", "customer.", "job.", "visit.", "location.", "business.")
