"""To whom an invoice was sent, on the office's preview of it: the list, sending, revoking."""

import reflex as rx

from portal_app.components.addresses import Form, Id, part
from portal_app.components.sharing import ShareProblems, ShareView, read_shares, revoke_share, send_share
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.services.actors import Staff
from portal_app.services.form_fields import FormRefused
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
        try:
            self.share = await read_shares(actor, self._public_id)
        except PortalError:
            self.share = ShareView()

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def send(self, form: Form) -> None:
        """Send it to the person in the form."""
        self.problems, self.told = ShareProblems(), ""
        try:
            await send_share(caller(self), self._public_id, form)
        except FormRefused as refusal:
            self.problems = ShareProblems(**refusal.fields)
        except PortalError as refusal:
            self.problems = ShareProblems(form=refusal.sentence)
        else:
            self.told, self.sent = "It is on its way.", self.sent + 1
        await self._refresh(caller(self))

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def revoke(self, link: Id) -> None:
        """End one sending."""
        self.problems, self.told = ShareProblems(), ""
        try:
            await revoke_share(caller(self), self._public_id, link)
        except PortalError as refusal:
            self.problems = ShareProblems(form=refusal.sentence)
        else:
            self.told = "It is revoked: the link shows nothing any more."
        await self._refresh(caller(self))


refresh_on(OfficeShareState, "link.", "invoice.", "payment.")
