"""The brand settings' state: what is tried is shown at once, and nobody else sees it before it is saved."""

import asyncio
from dataclasses import replace
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.settings_brand.views import (
    Draft,
    PicturesView,
    Preview,
    Wrong,
    draft_of,
    pictures_of,
    preview_of,
    typed_in,
)
from portal_app.services import brand, brand_pictures, business
from portal_app.services.actors import Staff
from portal_app.services.brand import BrandForm
from portal_app.services.brand_pictures import Kept
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission

Typed = Annotated[str, Field(max_length=40)]
Line = Annotated[str, Field(max_length=400)]
Name = Annotated[str, Field(pattern=r"^(name|theme|welcome|support_email|phone)$")]
# The names the form has; anything else is refused before it is looked at.
Form = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^(name|accent|accent_2|theme|welcome|support_email|phone)$")],
        Line,
    ],
    Field(max_length=7),
]


class BrandSettingsState(rx.State):
    """What the page shows; `preview` follows what is typed."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    draft: rx.Field[Draft] = rx.field(default_factory=Draft)
    wrong: rx.Field[Wrong] = rx.field(default_factory=Wrong)
    preview: rx.Field[Preview] = rx.field(default_factory=Preview)
    pictures: rx.Field[PicturesView] = rx.field(default_factory=PicturesView)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)

    # What stood in the fields when they were filled; `draft` follows what is typed.
    _loaded: BrandForm = BrandForm()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show what is set, and forget what was tried.

        After a change of a picture, which is a form of its own, show what came of it and keep what is typed.
        """
        self.message, self.wrong = "", Wrong()
        typed = typed_in(self.draft, self._loaded) if asked_for(self, "told") else {}
        loaded = {name: getattr(self._loaded, name) for name in typed}
        found, self.trouble = await attempt(_read, caller(self))
        if found is not None:
            form, kept = found
            self._fill(form)
            # What somebody else saved of these meanwhile is found when they are saved.
            self.draft, self._loaded = replace(self.draft, **typed), replace(form, **loaded)
            self._show()
            self.pictures = pictures_of(kept, asked_for(self, "picture"), asked_for(self, "told"))
        elif self.trouble.empties:
            self._empty()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def undo(self) -> None:
        """Show what is set, and forget what was typed."""
        self.message, self.wrong = "", Wrong()
        found, self.trouble = await attempt(_read, caller(self))
        if found is not None:
            self._fill(found[0])
        elif self.trouble.empties:
            self._empty()

    def _fill(self, form: BrandForm) -> None:
        self.draft, self._loaded, self.loaded = draft_of(form, self.draft.number + 1), form, True
        self._show()

    def _empty(self) -> None:
        self.draft, self._loaded, self.pictures, self.loaded = Draft(), BrandForm(), PicturesView(), False

    async def _refresh(self, actor: Staff) -> None:
        """Leave alone what is being typed; only take everything away from somebody who may no longer see it."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            # What is told of one's own change stays: the feed brings that very change.
            said = self.pictures
            self.pictures = replace(pictures_of(found[1], "", ""), about=said.about, told=said.told, failed=said.failed)
        elif self.trouble.empties:
            self._empty()

    def _show(self) -> None:
        """Let the preview follow the colours, where they are colours."""
        self.preview = preview_of(self.draft.accent, self.draft.accent_2) or self.preview

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def pick(self, accent: Typed) -> None:
        """Take a colour from the swatches or the browser's own picker; the field says what it is."""
        self.draft = replace(self.draft, accent=accent, picks=self.draft.picks + 1)
        self._show()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def try_accent(self, typed: Typed) -> None:
        """Show what a typed accent would look like."""
        self.draft = replace(self.draft, accent=typed)
        self._show()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def try_second(self, typed: Typed) -> None:
        """Show what a typed second accent would look like."""
        self.draft = replace(self.draft, accent_2=typed)
        self._show()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def try_line(self, name: Name, typed: Line) -> None:
        """Show a line as it is typed, and remember it until it is saved or undone."""
        self.draft = replace(self.draft, **{name: typed})

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> rx.event.EventSpec | None:
        """Store what was typed, or say at each field what is wrong with it and go to the first of them."""
        actor = caller(self)
        self.wrong, self.message = Wrong(), ""
        try:
            await asyncio.to_thread(_save, actor, BrandForm(**form), self._loaded)
        except FormRefused as refusal:
            self.wrong, self._loaded = Wrong(**refusal.fields), replace(self._loaded, **refusal.stored)
            self.message, self.failed = refusal.sentence, True
            return rx.set_focus(next(name for name in BrandForm.__slots__ if name in refusal.fields))
        except PortalError as error:
            self.message, self.failed = error.sentence, True
            return None
        self.message, self.failed = "Saved. Pages show it when they are next opened, e-mails from now on.", False
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self._fill(found[0])
        return None


def _read(actor: Staff) -> tuple[BrandForm, Kept]:
    with reading() as session:
        return brand.get(session, actor), brand_pictures.get(session, actor)


def _save(actor: Staff, form: BrandForm, loaded: BrandForm) -> None:
    with transaction() as session:
        brand.save(session, actor, form, loaded)
    business.forget_look()


refresh_on(BrandSettingsState, "business.")
