"""Hours and terms as the office edits them; the preview follows what is typed."""

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import business, content
from portal_app.services.actors import Staff
from portal_app.services.content import LONGEST_HOURS, LONGEST_TERMS, ContentForm
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission

# A little more than fits, so that the sentence about its length can be said.
Written = Annotated[str, Field(max_length=LONGEST_TERMS + 5000)]
Form = Annotated[
    dict[Annotated[str, Field(pattern=r"^(hours|terms_url|terms)$")], Written],
    Field(max_length=3),
]


@dataclass(frozen=True)
class Draft:
    """What stands in the fields; `number` changes when they have to be filled anew."""

    hours: str = ""
    terms_url: str = ""
    terms: str = ""
    number: int = 0


@dataclass(frozen=True)
class Wrong:
    """A sentence for each field that needs another look."""

    hours: str = ""
    terms_url: str = ""
    terms: str = ""


class WordsState(rx.State):
    """What the form shows; `preview` of the terms is safe to show, `hours` are the lines customers would see."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    draft: rx.Field[Draft] = rx.field(default_factory=Draft)
    wrong: rx.Field[Wrong] = rx.field(default_factory=Wrong)
    preview: rx.Field[str] = rx.field("")
    hours: rx.Field[list[str]] = rx.field(default_factory=list)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)

    # What stood in the fields when they were filled.
    _loaded: ContentForm = ContentForm()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show what is set."""
        self.message, self.wrong = "", Wrong()
        await self._fill(caller(self))

    async def _fill(self, actor: Staff) -> None:
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.draft, self.loaded = Draft(**asdict(found), number=self.draft.number + 1), True
            self._loaded, self.preview = found, content.shown(found.terms)
            self.hours = found.hours.splitlines()
        elif self.trouble.empties:
            self._empty()

    def _empty(self) -> None:
        self.draft, self._loaded, self.preview, self.loaded = Draft(), ContentForm(), "", False
        self.hours = []

    async def _refresh(self, actor: Staff) -> None:
        """Leave alone what is being typed; only take everything away from somebody who may no longer see it."""
        _, self.trouble = await attempt(_read, actor)
        if self.trouble.empties:
            self._empty()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def try_terms(self, typed: Written) -> None:
        """Show what the terms would look like."""
        self.preview = content.shown(typed[:LONGEST_TERMS])

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def try_hours(self, typed: Written) -> None:
        """Show what the hours would look like."""
        self.hours = content.tidy_lines(typed[:LONGEST_HOURS]).splitlines()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> rx.event.EventSpec | None:
        """Store what was typed, or say at each field what is wrong with it and go to the first of them."""
        actor = caller(self)
        self.wrong, self.message, self.failed = Wrong(), "", True
        try:
            await asyncio.to_thread(_save, actor, ContentForm(**form), self._loaded)
        except FormRefused as refusal:
            self.wrong, self.message = Wrong(**refusal.fields), refusal.sentence
            self._loaded = replace(self._loaded, **refusal.stored)
            return rx.set_focus(next(name for name in ContentForm.__slots__ if name in refusal.fields))
        except PortalError as error:
            self.message = error.sentence
            return None
        self.message, self.failed = "Saved. Customers see it when they next open a page.", False
        await self._fill(actor)
        return None


def _read(actor: Staff) -> ContentForm:
    with reading() as session:
        return content.get(session, actor)


def _save(actor: Staff, form: ContentForm, loaded: ContentForm) -> None:
    with transaction() as session:
        content.save(session, actor, form, loaded)
    business.forget_look()


refresh_on(WordsState, "business.")
