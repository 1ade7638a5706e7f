"""The state of the settings page: one part open for editing at a time, and what is wrong with it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app import logs
from portal_app.components.addresses import Form, Id
from portal_app.components.loading import FAILED, Trouble, asked_for, attempt
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.settings.views import SettingsView, note_view, settings_view
from portal_app.services import account, booking_notes, business, email_change, links, passwords, payment_settings
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

log = logs.get(__name__)
_PASSWORD = {
    "present": "Your present password is not right. Please try again.",
    "twice": "The two new passwords are not the same. Please type them again.",
    "weak": f"Please choose another password. {passwords.POLICY}",
    "slow": "There were too many attempts. Please wait a few minutes and try again.",
}
# A note that is too long is answered with a sentence, so more may come than may stay.
NoteForm = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=10_000)]], Field(max_length=6)
]
_PARTS = ("name", "phones", "email")
_CHANGED = "Your password is changed. Other browsers have been signed out."


class SettingsState(rx.State):
    """What the page shows. `editing` names the open part; `problem` is what is wrong there, `done` what was done."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[SettingsView] = rx.field(default_factory=SettingsView)
    editing: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    done: rx.Field[str] = rx.field("")
    password_problem: rx.Field[str] = rx.field("")

    # The version of the note that somebody began to change.
    _note_base: int = 0

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the page; after a change of the password also what came of it."""
        word = asked_for(self, "password")
        self.editing, self.problem = "", ""
        self.password_problem = _PASSWORD.get(word, "")
        self.done = _CHANGED if word == "changed" else ""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.view, self.loaded = found, True

    @rx.event
    @allow(CUSTOMER)
    async def edit(self, part: Id) -> None:
        """Open one part for editing; nothing happens for one that the page does not have."""
        notes = {note.key: note.version for note in self.view.notes if note.may}
        if part not in {*_PARTS, *notes, *(address.key for address in self.view.addresses)}:
            return
        if part in notes:
            self._note_base = notes[part]
        self.editing, self.problem, self.done = part, "", ""

    @rx.event
    @allow(CUSTOMER)
    async def close(self) -> None:
        """Close the open part; nothing of it is kept."""
        self.editing, self.problem, self.done = "", "", ""

    @rx.event
    @allow(CUSTOMER)
    async def save_name(self, form: Form) -> None:
        """Change the person's name."""
        await self._do(
            lambda session, actor: account.rename(session, actor, form.get("name", "")), "Your name is saved."
        )

    @rx.event
    @allow(CUSTOMER)
    async def save_phones(self, form: Form) -> None:
        """Change the person's telephone numbers; an emptied one is removed."""
        phones = [(form.get(f"kind-{n}", ""), form[f"number-{n}"]) for n in range(len(form)) if f"number-{n}" in form]
        country = (await asyncio.to_thread(business.look)).country
        await self._do(
            lambda session, actor: account.set_phones(session, actor, phones, country), "Your numbers are saved."
        )

    @rx.event
    @allow(CUSTOMER)
    async def save_address(self, form: Form) -> None:
        """Change the billing address, or the address of the property that the form names."""
        key = form.get("key", "")

        def act(session: Session, actor: Customer) -> None:
            if key == "billing":
                account.set_billing_address(session, actor, form)
            else:
                account.set_address(session, actor, key, form)

        await self._do(act, "The address is saved.")

    @rx.event
    @allow(CUSTOMER)
    async def save_note(self, form: NoteForm) -> None:
        """Write the note for visits to a property; when somebody else did meanwhile, say so and keep what was typed."""
        base, changed = self._note_base, []
        location, body = form.get("key", ""), form.get("note", "")

        def act(session: Session, actor: Customer) -> None:
            try:
                booking_notes.write(session, actor, location, body, base=base)
            except booking_notes.NoteChanged as other:
                changed.append(other.version)
                raise

        await self._do(act, "Your note is saved. The office sees it on every visit.")
        if changed:
            self._note_base = changed[0]

    @rx.event
    @allow(CUSTOMER)
    async def ask_email(self, form: Form) -> None:
        """Send a code to a new address."""
        await self._do(
            lambda session, actor: email_change.ask(session, actor, form.get("email", "")), "", stay_open=True
        )

    @rx.event
    @allow(CUSTOMER)
    async def confirm_email(self, form: Form) -> None:
        """Let the new address count when the code is right."""
        confirmed: list[email_change.Confirmed] = []
        await self._do(
            lambda session, actor: confirmed.append(email_change.confirm(session, actor, form.get("code", ""))),
            "",
            stay_open=True,
        )
        if not confirmed:
            return
        if confirmed[0].done:
            self.editing, self.done = "", "Your new address counts from now on. Other browsers have been signed out."
        else:
            self.problem = confirmed[0].sentence

    @rx.event
    @allow(CUSTOMER)
    async def give_up_email(self) -> None:
        """Keep the present address."""
        await self._do(email_change.give_up, "")

    @rx.event
    @allow(CUSTOMER)
    async def end_device(self, key: Id) -> None:
        """Sign one other browser out."""
        await self._do(lambda session, actor: account.end_device(session, actor, key), "That browser is signed out.")

    @rx.event
    @allow(CUSTOMER)
    async def end_others(self) -> None:
        """Sign all other browsers out."""
        await self._do(account.end_other_devices, "All other browsers are signed out.")

    @rx.event
    @allow(CUSTOMER)
    async def end_link(self, key: Id) -> None:
        """End one of the links into the account."""
        await self._do(lambda session, actor: links.end(session, actor, key), "That link opens nothing any more.")

    async def _do(self, act: Callable[[Session, Customer], Any], done: str, *, stay_open: bool = False) -> None:
        """Run one act in a transaction and read the page anew; what is wrong is said where it was typed."""
        actor = caller(self)
        self.problem, self.done = "", ""
        try:
            await asyncio.to_thread(_act, act, actor)
        except PortalError as error:
            self.problem = error.sentence
            return
        except Exception as error:
            log.error("settings_failed", reference=logs.reference(), exc_info=error)
            self.problem = FAILED
            return
        self.done = done
        if not stay_open:
            self.editing = ""
        await self._refresh(actor)


def _act(act: Callable[[Session, Customer], Any], actor: Customer) -> None:
    with transaction() as session:
        act(session, actor)


def _read(actor: Customer) -> SettingsView:
    words = Words(business.look())
    money = actor.may(Right.VIEW_MONEY)
    with reading() as session:
        pays = money and actor.may(Right.PAY) and payment_settings.keys(session) is not None
        view = settings_view(
            account.details(session, actor),
            account.devices(session, actor),
            links.of_account(session, actor),
            email_change.waiting(session, actor),
            words,
        )
        notes = [note_view(note, words) for note in booking_notes.of_actor(session, actor)]
    return replace(view, money=money, pays=pays, notes=notes)


refresh_on(
    SettingsState, "contact.", "customer.", "location.", "login.", "session.", "link.", "secure_link.", "business."
)
