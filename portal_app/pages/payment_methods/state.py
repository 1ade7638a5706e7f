"""The state of the page of saved payment methods, to which Stripe leads back after one was added."""

import re
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any

import reflex as rx
from pydantic import Field

from portal_app import logs, routes
from portal_app.components.loading import BROKEN, DENIED, FAILED, Trouble
from portal_app.errors import NotAllowed, PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.services.settlement import BANK_DEBITS
from portal_app.workflows import payment_methods
from portal_app.workflows.pay import Saved

log = logs.get(__name__)
MethodId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,80}$")]
# Where it is said what was done.
TOLD = "method-told"
_PAGE_ID = re.compile(r"cs_[A-Za-z0-9_]{1,96}")


@dataclass(frozen=True)
class MethodRow:
    """A saved method: its id at Stripe, how people call it, until when it is good."""

    id: str = ""
    icon: str = ""
    words: str = ""
    sub: str = ""
    expired: bool = False
    default: bool = False


@dataclass(frozen=True)
class MethodsView:
    """What is saved; `open` says that methods can be saved here at all."""

    open: bool = False
    methods: list[MethodRow] = field(default_factory=list)


class PaymentMethodsState(rx.State):
    """What the page shows; `done` says what was done, `wrong` why something was not."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[MethodsView] = rx.field(default_factory=MethodsView)
    done: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show what is saved; for who comes back from Stripe's page, also what came of it."""
        self.done = self.wrong = ""
        actor = caller(self)
        page_id = self.router.url.query_parameters.get("added", "")
        if isinstance(page_id, str) and _PAGE_ID.fullmatch(page_id):
            await self._act(payment_methods.added(actor, page_id), "{}")
        await self._show(actor)

    async def _refresh(self, actor: Customer) -> None:
        """Empty the page of who lost the right to it; Stripe is only asked for somebody who looks or acts."""
        if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
            self._refuse(NotAllowed())

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def add(self) -> Any:
        """Lead to Stripe's page, on which a method is saved without paying."""
        self.done = self.wrong = ""
        try:
            address = await payment_methods.add(caller(self), routes.PAYMENT_METHODS)
        except PortalError as refusal:
            self.wrong = refusal.sentence
            return None
        return rx.redirect(address, is_external=True)

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def make_default(self, method: MethodId) -> rx.event.EventSpec:
        """Make a method the one that is offered first."""
        self.done = self.wrong = ""
        actor = caller(self)
        await self._act(payment_methods.make_default(actor, method), "{} is your default now.")
        await self._show(actor)
        return rx.set_focus(TOLD)

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def remove(self, method: MethodId) -> rx.event.EventSpec:
        """Take a method away."""
        self.done = self.wrong = ""
        actor = caller(self)
        await self._act(payment_methods.remove(actor, method), "{} is removed.")
        await self._show(actor)
        return rx.set_focus(TOLD)

    async def _act(self, act: Coroutine[Any, Any, str], done: str) -> None:
        """Wait for an act and say what was done, or why not; an act without words did nothing."""
        try:
            words = await act
        except NotAllowed as refusal:
            self._refuse(refusal)
        except PortalError as refusal:
            self.wrong = refusal.sentence
        else:
            self.done = done.format(words) if words else ""

    async def _show(self, actor: Customer) -> None:
        """Ask Stripe for the list; while it does not answer, what was shown before stays."""
        try:
            found = await payment_methods.listed(actor)
        except NotAllowed as refusal:
            self._refuse(refusal)
        except PortalError as refusal:
            self.trouble = Trouble(BROKEN, refusal.sentence)
        except Exception as error:
            log.error("page_failed", page=__name__, reference=logs.reference(), exc_info=error)
            self.trouble = Trouble(BROKEN, FAILED)
        else:
            self.view = MethodsView(found.open, [_row(method) for method in found.methods])
            self.trouble, self.loaded = Trouble(), True

    def _refuse(self, refusal: NotAllowed) -> None:
        self.trouble = Trouble(DENIED, refusal.sentence)
        self.view, self.loaded, self.done, self.wrong = MethodsView(), False, "", ""


def _row(method: Saved) -> MethodRow:
    word = "Expired" if method.expired else "Expires"
    return MethodRow(
        id=method.id,
        icon="bank" if method.kind in BANK_DEBITS else "card",
        words=method.words,
        sub=f"{word} {method.expires}" if method.expires else "",
        expired=method.expired,
        default=method.default,
    )


refresh_on(PaymentMethodsState, "contact.", "customer.", "business.")
