"""The state of the terms of business."""

import reflex as rx

from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.services import content
from portal_app.services.actors import Customer


class TermsState(rx.State):
    """What the page shows; `html` is safe to show."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    html: rx.Field[str] = rx.field("")

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the terms."""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        """Read them anew; called by the live feed as well."""
        found, self.trouble = await attempt(_read, actor)
        if found is not None:
            self.html, self.loaded = found, True
        elif self.trouble.empties:
            self.html, self.loaded = "", False


def _read(actor: Customer) -> str:
    with reading() as session:
        return content.terms_html(session, actor)


refresh_on(TermsState, "business.")
