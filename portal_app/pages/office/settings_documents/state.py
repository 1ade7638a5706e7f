"""What stands on papers, as the office edits it."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services import document_settings
from portal_app.services.actors import Staff
from portal_app.services.document_settings import LONGEST, DocumentsForm
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission

# A little more than fits, so that the sentence about its length can be said.
Form = Annotated[
    dict[Annotated[str, Field(pattern=f"^({'|'.join(LONGEST)})$")], Annotated[str, Field(max_length=2000)]],
    Field(max_length=len(LONGEST)),
]


@dataclass(frozen=True)
class Draft(DocumentsForm):
    """What stands in the fields; `number` changes when they have to be filled anew."""

    number: int = 0


class DocumentsState(rx.State):
    """What the form shows; `wrong` has a sentence for each field that needs another look."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    draft: rx.Field[Draft] = rx.field(default_factory=Draft)
    wrong: rx.Field[DocumentsForm] = rx.field(default_factory=DocumentsForm)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show what is set."""
        self.message, self.wrong = "", DocumentsForm()
        await self._fill(caller(self))

    async def _fill(self, actor: Staff) -> None:
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.draft, self.loaded = Draft(**asdict(found), number=self.draft.number + 1), True
        elif self.trouble.empties:
            self.draft, self.loaded = Draft(), False

    async def _refresh(self, actor: Staff) -> None:
        """Leave alone what is being typed; only take everything away from somebody who may no longer see it."""
        _, self.trouble = await attempt(_read, actor)
        if self.trouble.empties:
            self.draft, self.loaded = Draft(), False

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> rx.event.EventSpec | None:
        """Store what was typed, or say at each field what is wrong with it and go to the first of them."""
        actor = caller(self)
        self.wrong, self.message, self.failed = DocumentsForm(), "", True
        try:
            await asyncio.to_thread(_save, actor, DocumentsForm(**form))
        except FormRefused as refusal:
            self.wrong, self.message = DocumentsForm(**refusal.fields), refusal.sentence
            return rx.set_focus(next(name for name in LONGEST if name in refusal.fields))
        except PortalError as error:
            self.message = error.sentence
            return None
        self.message, self.failed = "Saved. Every paper made from now on has it.", False
        await self._fill(actor)
        return None


def _read(actor: Staff) -> DocumentsForm:
    with reading() as session:
        return document_settings.get(session, actor)


def _save(actor: Staff, form: DocumentsForm) -> None:
    with transaction() as session:
        document_settings.save(session, actor, form)


refresh_on(DocumentsState, "business.")
