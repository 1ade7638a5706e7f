"""The state of one payment's page, to which Stripe leads back."""

import asyncio

import reflex as rx

from portal_app import logs
from portal_app.components.loading import Trouble, asked_for, attempt, public_id_in
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.payment.views import PaymentView, payment_view
from portal_app.services import attempts, business, payments
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.workflows.sync_attempt import sync_attempt

log = logs.get(__name__)
# What Stripe may know more about than we do.
_UNSURE = ("begun", "open", "confirming", "instructed", "with_bank")


class PaymentState(rx.State):
    """What the page shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[PaymentView] = rx.field(default_factory=PaymentView)

    _public_id: str = ""
    _left: bool = False

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the payment that the address names, after Stripe was asked where that is worth it."""
        wanted = public_id_in(self)
        self._left = asked_for(self, "left") == "1"
        if wanted != self._public_id:
            self.view, self.loaded, self._public_id = PaymentView(), False, wanted
        actor = caller(self)
        await _ask_stripe(actor, wanted)
        await self._refresh(actor)

    async def _refresh(self, actor: Customer) -> None:
        """Read it anew; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor, self._public_id, self._left)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = PaymentView(), False


async def _ask_stripe(actor: Customer, public_id: str) -> None:
    """Bring the payer's own try in step; what Stripe does not answer now, the reconcile asks again."""
    wanted = await asyncio.to_thread(_worth_asking, actor, public_id)
    if not wanted:
        return
    try:
        await sync_attempt(wanted)
    except PortalError as trouble:
        log.warning("payment_not_in_step", attempt=wanted, reason=trouble.sentence)


def _worth_asking(actor: Customer, public_id: str) -> str:
    try:
        with reading() as session:
            facts = payments.get(session, actor, public_id)
            if facts.state not in _UNSURE or not facts.attempt:
                return ""
            return attempts.of_actor(session, actor, facts.attempt).public_id
    except PortalError:
        return ""


def _read(actor: Customer, public_id: str, left: bool) -> PaymentView:
    words = Words(business.look())
    with reading() as session:
        facts = payments.get(session, actor, public_id)
    return payment_view(facts, words, left=left, pays=actor.may(Right.PAY))


refresh_on(PaymentState, "payment.", "contact.", "customer.", "business.")
