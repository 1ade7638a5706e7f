"""The mail settings' state: shows them without the password, stores them, and asks for a test."""

import asyncio
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.settings_mail.views import Draft, MailView, Wrong, chosen, draft_of, mail_view
from portal_app.services import business, mail_settings
from portal_app.services.actors import Staff
from portal_app.services.mail_settings import MailForm, MailFormRefused
from portal_app.services.rights import Permission

# The names the form has; anything else is refused before it is looked at.
Form = Annotated[
    dict[Annotated[str, Field(pattern=r"^(preset|host|port|security|username|password|from_address)$")], str],
    Field(max_length=7),
]


class MailSettingsState(rx.State):
    """What the page shows; a typed password goes through `save` and is kept in no variable."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    mail: rx.Field[MailView] = rx.field(default_factory=MailView)
    draft: rx.Field[Draft] = rx.field(default_factory=Draft)
    wrong: rx.Field[Wrong] = rx.field(default_factory=Wrong)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)
    saved: rx.Field[int] = rx.field(0)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show the settings anew."""
        self.message, self.wrong = "", Wrong()
        await self._refresh(caller(self))
        self._start_over()

    async def _refresh(self, actor: Staff) -> None:
        """Read the settings; called by the live feed as well, and leaves alone what is being typed."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.mail, self.loaded = found, True
        elif self.trouble.empties:
            self.mail, self.draft, self.loaded = MailView(), Draft(), False

    def _start_over(self) -> None:
        """Fill the form with what is stored, and empty the password's field."""
        self.draft, self.saved = draft_of(self.mail, self.draft.number + 1), self.saved + 1

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def choose(self, preset: Annotated[str, Field(max_length=40)]) -> None:
        """Fill in what is known of a mail service."""
        self.draft, self.wrong = chosen(preset, self.draft.number + 1), Wrong()

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save(self, form: Form) -> rx.event.EventSpec | None:
        """Store what was typed, or say at each field what is wrong with it and go to the first of them."""
        actor = caller(self)
        self.wrong, self.message = Wrong(), ""
        try:
            await asyncio.to_thread(_save, actor, MailForm(**form))
        except MailFormRefused as refusal:
            self.wrong = Wrong(**refusal.fields)
            self.message, self.failed = refusal.sentence, True
            return rx.set_focus(next(name for name in MailForm.__slots__ if name in refusal.fields))
        except PortalError as error:
            self.message, self.failed = error.sentence, True
            return None
        self.message, self.failed = "Saved. Send yourself a test message to see whether it works.", False
        await self._refresh(actor)
        self._start_over()
        return None

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def send_test(self) -> None:
        """Ask for a test message to oneself; the page shows how it fared as soon as that is known."""
        actor = caller(self)
        try:
            to = await asyncio.to_thread(_test, actor)
            self.message, self.failed = f"A test message is on its way to {to}.", False
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        await self._refresh(actor)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def clear(self) -> None:
        """Forget what is set."""
        actor = caller(self)
        try:
            await asyncio.to_thread(_clear, actor)
            self.message, self.failed = "Forgotten. Mail waits in the outbox until it is set up again.", False
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        await self._refresh(actor)
        self._start_over()


def _read(actor: Staff) -> MailView:
    with reading() as session:
        return mail_view(mail_settings.overview(session, actor), Words(business.look()))


def _save(actor: Staff, form: MailForm) -> None:
    with transaction() as session:
        mail_settings.save(session, actor, form)


def _test(actor: Staff) -> str:
    with transaction() as session:
        return mail_settings.send_test(session, actor)


def _clear(actor: Staff) -> None:
    with transaction() as session:
        mail_settings.clear(session, actor)


refresh_on(MailSettingsState, "mail.")
