"""The payment settings' state: what Stripe says of the account, the key on its way in, and the rules."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.settings_payments.views import (
    AccountView,
    RulesView,
    account_view,
    checked_sentence,
    rules_view,
    tried_sentence,
)
from portal_app.services import business, payment_settings, typed_amounts
from portal_app.services.actors import Staff
from portal_app.services.payment_settings import LONGEST_TRANSFER, PayRules
from portal_app.services.rights import Permission
from portal_app.workflows import payment_setup, trial_payment

KeyForm = Annotated[
    dict[Annotated[str, Field(pattern=r"^stripe_key$")], Annotated[str, Field(max_length=300)]], Field(max_length=1)
]
# A little more than fits, so that the sentence about its length can be said.
Written = Annotated[str, Field(max_length=LONGEST_TRANSFER + 1000)]
RulesForm = Annotated[dict[Annotated[str, Field(pattern=r"^(parts|least|transfer)$")], Written], Field(max_length=3)]

# Where the focus goes when the form that was sent is filled anew: to what is said of it.
SAID, RULES_SAID = "stripe-said", "rules-said"


class PaymentSettingsState(rx.State):
    """What the page shows; a typed key goes through `save_key` and is kept in no variable."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    account: rx.Field[AccountView] = rx.field(default_factory=AccountView)
    rules: rx.Field[RulesView] = rx.field(default_factory=RulesView)
    preview: rx.Field[str] = rx.field("")
    busy: rx.Field[bool] = rx.field(False)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)
    rules_told: rx.Field[str] = rx.field("")
    key_wrong: rx.Field[str] = rx.field("")
    least_wrong: rx.Field[str] = rx.field("")
    transfer_wrong: rx.Field[str] = rx.field("")
    saved: rx.Field[int] = rx.field(0)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def load(self) -> None:
        """Show the settings anew."""
        self.busy, self.message, self.rules_told = False, "", ""
        self.key_wrong = self.least_wrong = self.transfer_wrong = ""
        await self._refresh(caller(self))
        await self._start_over(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read what is set; called by the live feed as well, and leaves alone what is being typed."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.account, self.loaded = found, True
        elif self.trouble.empties:
            self.account, self.rules, self.loaded, self.preview = AccountView(), RulesView(), False, ""

    async def _start_over(self, actor: Staff) -> None:
        """Fill the forms with what is stored, and empty the key's field."""
        found, trouble = await attempt(_rules, actor, self.rules.number + 1)
        if found is not None:
            self.rules, self.preview, self.saved = found, found.transfer, self.saved + 1
        else:
            self.trouble = trouble

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save_key(self, form: KeyForm) -> AsyncIterator[rx.event.EventSpec | None]:
        """Store the key and make its account ready, or say at the field what is wrong with it."""
        actor, secret = caller(self), form.get("stripe_key", "").strip()
        if self.busy:
            return
        self.key_wrong = self.message = ""
        if not secret:
            self.key_wrong = "Paste the secret key first."
            yield rx.set_focus("stripe_key")
            return
        self.busy = True
        yield
        try:
            await payment_setup.save_key(actor, secret)
        except Invalid as error:
            self.busy, self.key_wrong = False, error.sentence
            yield rx.set_focus("stripe_key")
            return
        except PortalError as error:
            self.message, self.failed = f"Saved, but not in order yet. {error.sentence}", True
        else:
            self.message, self.failed = "", False
        self.busy = False
        await self._refresh(actor)
        await self._start_over(actor)
        if not self.message:
            self.message = f"Saved. {checked_sentence(self.account)}"
        yield rx.set_focus(SAID)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def check(self) -> AsyncIterator[None]:
        """Ask Stripe now how it all stands."""
        if self.busy:
            return
        self.busy, self.message = True, ""
        yield
        if await self._do(payment_setup.set_up):
            self.message = checked_sentence(self.account)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def try_payment(self) -> AsyncIterator[None]:
        """Make a test payment, or say why there is none."""
        if self.busy:
            return
        self.busy, self.message = True, ""
        yield
        actor = caller(self)
        try:
            trial = await trial_payment.try_payment(actor)
            self.message, self.failed = tried_sentence(trial, Words(business.look())), not trial.arrived
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        self.busy = False
        await self._refresh(actor)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def forget(self) -> AsyncIterator[rx.event.EventSpec | None]:
        """Forget the key."""
        if self.busy:
            return
        self.busy, self.message = True, ""
        yield
        if await self._do(payment_setup.forget):
            self.message = "Forgotten. Customers can no longer pay through Stripe."
        await self._start_over(caller(self))
        yield rx.set_focus(SAID)

    async def _do(self, work: Callable[[Staff], Awaitable[None]]) -> bool:
        """Do something with Stripe, say what is wrong with it, and show what is so now."""
        actor = caller(self)
        try:
            await work(actor)
            self.failed = False
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        self.busy = False
        await self._refresh(actor)
        return not self.failed

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    async def save_rules(self, form: RulesForm) -> rx.event.EventSpec:
        """Store the rules and the words for bank transfers, or say what is wrong with them."""
        actor = caller(self)
        self.least_wrong = self.transfer_wrong = self.rules_told = ""
        try:
            least, currency = _least(form.get("least", ""))
        except Invalid as error:
            self.least_wrong = error.sentence
            return rx.set_focus("least")
        wanted = PayRules(parts_allowed=form.get("parts") == "on", least_minor=least, least_currency=currency)
        try:
            await asyncio.to_thread(_save_rules, actor, wanted, form.get("transfer", ""))
        except PortalError as error:
            self.transfer_wrong = error.sentence
            return rx.set_focus("transfer")
        self.rules_told = "Saved."
        await self._refresh(actor)
        await self._start_over(actor)
        return rx.set_focus(RULES_SAID)

    @rx.event
    @allow(STAFF, permission=Permission.CHANGE_SETTINGS)
    def show(self, words: Written) -> None:
        """Show how customers will read the words for bank transfers."""
        self.preview = words[:LONGEST_TRANSFER].strip()


def _read(actor: Staff) -> AccountView:
    with reading() as session:
        overview = payment_settings.overview(session, actor)
        return account_view(overview, payment_settings.last_heard(session, actor), Words(business.look()))


def _rules(actor: Staff, number: int) -> RulesView:
    with reading() as session:
        return rules_view(payment_settings.overview(session, actor), Words(business.look()), number)


def _least(typed: str) -> tuple[int, str]:
    """Return the least part that was typed, in minor units of the business's own currency."""
    look = business.look()
    return (typed_amounts.read(typed, look.currency, look.locale) if typed.strip() else 0), look.currency


def _save_rules(actor: Staff, wanted: PayRules, transfer: str) -> None:
    with transaction() as session:
        payment_settings.save_rules(session, actor, wanted, transfer)


refresh_on(PaymentSettingsState, "payments.", "business.")
