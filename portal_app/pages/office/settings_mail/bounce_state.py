"""The state of "Mails that come back": shows which mailbox is read, stores it, and looks into it on request."""

import asyncio
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import attempt
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.settings_mail.bounce_views import (
    BounceDraft,
    BounceView,
    BounceWrong,
    bounce_chosen,
    bounce_draft_of,
    bounce_view,
    found_sentence,
)
from portal_app.services import bounce_settings, business
from portal_app.services.actors import Staff
from portal_app.services.bounce_settings import BounceForm, BounceFormRefused
from portal_app.services.rights import Permission
from portal_app.workflows.read_bounces import read_bounces

# The names the form has; anything else is refused before it is looked at.
Form = Annotated[
    dict[Annotated[str, Field(pattern=r"^imap_(preset|host|port|username|password|folder)$")], str],
    Field(max_length=6),
]


class BounceSettingsState(rx.State):
    """What the section shows; a typed password goes through `save` and is kept in no variable."""

    loaded: rx.Field[bool] = rx.field(False)
    bounce: rx.Field[BounceView] = rx.field(default_factory=BounceView)
    draft: rx.Field[BounceDraft] = rx.field(default_factory=BounceDraft)
    wrong: rx.Field[BounceWrong] = rx.field(default_factory=BounceWrong)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)
    saved: rx.Field[int] = rx.field(0)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show the section anew."""
        self.message, self.wrong = "", BounceWrong()
        await self._refresh(caller(self))
        self._start_over()

    async def _refresh(self, actor: Staff) -> None:
        """Read the settings; called by the live feed as well, and leaves alone what is being typed."""
        found, trouble = await attempt(_read, actor)
        if found is not None:
            self.bounce, self.loaded = found, True
        elif trouble.empties:
            self.bounce, self.draft, self.loaded = BounceView(), BounceDraft(), False

    def _start_over(self) -> None:
        """Fill the form with what is stored, and empty the password's field."""
        self.draft, self.saved = bounce_draft_of(self.bounce, self.draft.number + 1), self.saved + 1

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def choose(self, preset: Annotated[str, Field(max_length=40)]) -> None:
        """Fill in what is known of a mail service."""
        self.draft, self.wrong = bounce_chosen(preset, self.draft.number + 1), BounceWrong()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> rx.event.EventSpec | None:
        """Store what was typed, or say at each field what is wrong with it and go to the first of them."""
        actor = caller(self)
        self.wrong, self.message = BounceWrong(), ""
        typed = BounceForm(**{name.removeprefix("imap_"): value for name, value in form.items()})
        try:
            await asyncio.to_thread(_save, actor, typed)
        except BounceFormRefused as refusal:
            self.wrong = BounceWrong(**refusal.fields)
            self.message, self.failed = refusal.sentence, True
            return rx.set_focus("imap_" + next(name for name in BounceForm.__slots__ if name in refusal.fields))
        except PortalError as error:
            self.message, self.failed = error.sentence, True
            return None
        self.message, self.failed = "Saved. Check now to see whether it works.", False
        await self._refresh(actor)
        self._start_over()
        return None

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def check(self) -> None:
        """Look into the mailbox now, and tell what was found or what is wrong."""
        actor = caller(self)
        found = await read_bounces()
        if found is None:
            self.message, self.failed = "No mailbox is set yet: fill in the form and save it first.", True
        else:
            # A problem stands in the section itself, where it stays.
            self.message, self.failed = "" if found.problem else found_sentence(found), False
        await self._refresh(actor)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def clear(self) -> None:
        """Forget the mailbox."""
        actor = caller(self)
        try:
            await asyncio.to_thread(_clear, actor)
            self.message, self.failed = "Forgotten. What comes back is not read any more.", False
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        await self._refresh(actor)
        self._start_over()


def _read(actor: Staff) -> BounceView:
    with reading() as session:
        return bounce_view(bounce_settings.overview(session, actor), Words(business.look()))


def _save(actor: Staff, form: BounceForm) -> None:
    with transaction() as session:
        bounce_settings.save(session, actor, form)


def _clear(actor: Staff) -> None:
    with transaction() as session:
        bounce_settings.clear(session, actor)


refresh_on(BounceSettingsState, "mail.")
