"""Questions and answers as the office keeps them: one at a time is open for editing, with a preview of its answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import reflex as rx
from pydantic import Field

from portal_app.components.addresses import Id
from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.integrations import rich_text
from portal_app.services import business, faqs
from portal_app.services.actors import Staff
from portal_app.services.faqs import LONGEST_ANSWER, Entry
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission

NEW = "new"
# A little more than fits, so that the sentence about its length can be said.
Written = Annotated[str, Field(max_length=LONGEST_ANSWER + 4000)]
Form = Annotated[dict[Annotated[str, Field(pattern=r"^(question|answer)$")], Written], Field(max_length=2)]


@dataclass(frozen=True)
class EntryRow:
    """One question in the list."""

    id: str = ""
    question: str = ""
    shown: bool = True
    first: bool = False
    last: bool = False


@dataclass(frozen=True)
class Editing:
    """What is open for editing: `id` is empty, NEW or a question's, with what is wrong in its fields."""

    id: str = ""
    question: str = ""
    answer: str = ""
    wrong_question: str = ""
    wrong_answer: str = ""


class QuestionsState(rx.State):
    """What the list and its form show; `preview` is safe to show."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    rows: rx.Field[list[EntryRow]] = rx.field(default_factory=list)
    editing: rx.Field[Editing] = rx.field(default_factory=Editing)
    preview: rx.Field[str] = rx.field("")
    told: rx.Field[str] = rx.field("")
    failed: rx.Field[str] = rx.field("")

    _entries: list[Entry] = []

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show the list, with nothing open."""
        self.editing, self.preview, self.told, self.failed = Editing(), "", "", ""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read the list anew, and leave alone what is being typed; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self._entries, self.rows, self.loaded = found, _rows(found), True
        elif self.trouble.empties:
            self._entries, self.rows, self.loaded, self.editing, self.preview = [], [], False, Editing(), ""

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def edit(self, question: Id) -> rx.event.EventSpec | None:
        """Open a question for editing, or `new` for one to be added."""
        entry = next((one for one in self._entries if one.public_id == question), None)
        if entry is None and question != NEW:
            return None
        self.editing = Editing(question, entry.question, entry.answer) if entry else Editing(NEW)
        self.preview = rich_text.as_html(entry.answer) if entry else ""
        self.told = self.failed = ""
        return rx.set_focus("question")

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def close(self) -> None:
        """Close the form; nothing of it is kept."""
        self.editing, self.preview, self.failed = Editing(), "", ""

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def try_answer(self, typed: Written) -> None:
        """Show what the answer would look like."""
        self.preview = rich_text.as_html(typed[:LONGEST_ANSWER])

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> rx.event.EventSpec | None:
        """Store the open question, or say at each field what is wrong with it."""
        question, answer, which = form.get("question", ""), form.get("answer", ""), self.editing.id
        if not which:
            return None
        try:
            await self._act("Saved.", faqs.save, "" if which == NEW else which, question, answer)
        except FormRefused as refusal:
            wrong = refusal.fields
            self.editing = Editing(which, question, answer, wrong.get("question", ""), wrong.get("answer", ""))
            self.failed = refusal.sentence
            return rx.set_focus("question" if "question" in wrong else "answer")
        if not self.failed:
            self.editing, self.preview = Editing(), ""
        return None

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def move(self, question: Id, up: bool) -> None:
        """Move a question one place."""
        await self._act("Moved.", faqs.move, question, up)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def show(self, question: Id, on: bool) -> None:
        """Show a question to customers, or hide it."""
        await self._act("Customers see it now." if on else "Customers no longer see it.", faqs.show, question, on)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def remove(self, question: Id) -> None:
        """Remove a question for good."""
        if self.editing.id == question:
            self.editing, self.preview = Editing(), ""
        await self._act("Removed.", faqs.remove, question)

    async def _act(self, words: str, act: Callable[..., Any], *given: Any) -> None:
        """Do one thing and tell of it; FormRefused is the caller's."""
        actor = caller(self)
        self.told = self.failed = ""
        try:
            await asyncio.to_thread(_do, actor, act, *given)
            self.told = words
        except FormRefused:
            raise
        except PortalError as error:
            self.failed = error.sentence
        await self._refresh(actor)


def _read(actor: Staff) -> list[Entry]:
    with reading() as session:
        return faqs.entries(session, actor)


def _rows(entries: list[Entry]) -> list[EntryRow]:
    last = len(entries) - 1
    return [EntryRow(one.public_id, one.question, one.shown, at == 0, at == last) for at, one in enumerate(entries)]


def _do(actor: Staff, act: Callable[..., Any], *given: Any) -> None:
    with transaction() as session:
        act(session, actor, *given)
    business.forget_look()


refresh_on(QuestionsState, "business.")
