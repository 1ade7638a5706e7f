"""One payout's state: asked of Stripe when the page is opened, and not refreshed by itself."""

import asyncio

import reflex as rx

from portal_app.components.addresses import part
from portal_app.components.loading import BROKEN, DENIED, LOST, Trouble
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import NotAllowed, NotFound, PortalError
from portal_app.gate import STAFF, allow, caller
from portal_app.pages.office.payout.views import PayoutView, payout_view
from portal_app.services import business, payment_settings
from portal_app.services.rights import Permission
from portal_app.workflows.payouts import FoundPayout, payout


class PayoutState(rx.State):
    """What the page shows."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[PayoutView] = rx.field(default_factory=PayoutView)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the payout in the address."""
        self.loaded, self.view, self.trouble = False, PayoutView(), Trouble()
        try:
            found = await payout(caller(self), part(self, 2))
            self.view = await asyncio.to_thread(_view, found)
            self.loaded = True
        except NotAllowed as error:
            self.trouble = Trouble(DENIED, error.sentence)
        except NotFound:
            self.trouble = Trouble(LOST, "Stripe has no such payout in the account whose key is set here.")
        except PortalError as error:
            self.trouble = Trouble(BROKEN, error.sentence)


def _view(found: FoundPayout) -> PayoutView:
    words = Words(business.look())
    with reading() as session:
        keys = payment_settings.keys(session)
    return payout_view(found, keys.dashboard if keys else "", words)
