"""The state of the customer's list of payments."""

from dataclasses import replace
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app.components.loading import Trouble, attempt
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.payments.views import PaidRow, PaymentsView, credit_words, paid_row
from portal_app.services import business, payment_history, payment_settings
from portal_app.services.actors import Customer
from portal_app.services.rights import Right


class OwnPaymentsState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[PaymentsView] = rx.field(default_factory=PaymentsView)

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the list from its beginning."""
        await self._show(caller(self), payment_history.PAGE)

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, max(payment_history.PAGE, len(self.view.rows)))

    async def _show(self, actor: Customer, rows: int) -> None:
        found, self.trouble = await attempt(_read, actor, rows)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = PaymentsView(), False

    @rx.event
    @allow(CUSTOMER)
    async def show_more(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the rows after the cursor; a press that came twice adds them once."""
        if not cursor or cursor != self.view.next_cursor:
            return
        found, self.trouble = await attempt(_read_more, caller(self), cursor)
        if found is None:
            if self.trouble.empties:
                self.view, self.loaded = PaymentsView(), False
            return
        more, following = found
        shown = [*self.view.rows, *more]
        longest = len(shown) >= payment_history.LONGEST_PAGE
        self.view = replace(self.view, rows=shown, next_cursor="" if longest else following)


def _read(actor: Customer, rows: int) -> PaymentsView:
    words = Words(business.look())
    with reading() as session:
        page = payment_history.page(session, actor, limit=rows)
        spare = payment_history.on_account(session, actor)
        saves = actor.may(Right.PAY) and payment_settings.keys(session) is not None
    return PaymentsView(
        rows=[paid_row(entry, words) for entry in page.entries],
        next_cursor=page.next_cursor if rows < payment_history.LONGEST_PAGE else "",
        methods=saves,
        credit=credit_words(spare, words),
    )


def _read_more(actor: Customer, cursor: str) -> tuple[list[PaidRow], str]:
    words = Words(business.look())
    with reading() as session:
        page = payment_history.page(session, actor, cursor=cursor)
    return [paid_row(entry, words) for entry in page.entries], page.next_cursor


refresh_on(OwnPaymentsState, "payment.", "invoice.", "contact.", "customer.", "business.")
