"""To whom an invoice was sent, on the office's preview of it: the list, sending, revoking."""

import reflex as rx

from portal_app.components.addresses import Form, Id, part
from portal_app.components.sharing import ShareProblems, ShareView, revoke_from, send_from, show_shares
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission


class OfficeShareState(rx.State):
    """What the card shows; `sent` counts what was sent from this page, so that its form is empty again."""

    share: rx.Field[ShareView] = rx.field(default_factory=ShareView)
    problems: rx.Field[ShareProblems] = rx.field(default_factory=ShareProblems)
    told: rx.Field[str] = rx.field("")
    sent: rx.Field[int] = rx.field(0)

    _public_id: str = ""

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show to whom the invoice in the address was sent."""
        self.share, self._public_id = ShareView(), part(self, 2)
        self.problems, self.told = ShareProblems(), ""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well."""
        await show_shares(self, actor)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def send(self, form: Form) -> rx.event.EventSpec:
        """Send it to the person in the form."""
        return await send_from(self, caller(self), form)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def revoke(self, link: Id) -> rx.event.EventSpec:
        """End one sending."""
        return await revoke_from(self, caller(self), link)


refresh_on(OfficeShareState, "link.", "invoice.", "payment.")
