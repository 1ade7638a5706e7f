"""The sign-in page's state: what went wrong, where to go on, and the demo's accounts."""

import asyncio
from urllib.parse import parse_qs

import reflex as rx

from portal_app import routes
from portal_app.gate import VISITOR, allow
from portal_app.services import business
from portal_app.services.demo_accounts import ACCOUNTS, PASSWORD, DemoAccount
from portal_app.settings import get_settings

# The address carries a code word only: a page must never say what a link made it say.
SENTENCES = {
    "wrong": "That e-mail and password do not match. Please check both, or ring us.",
    "slow": "Too many tries. Please wait a few minutes and try again.",
    "ended": "You were signed out. Please sign in again.",
}


class LoginState(rx.State):
    """What the sign-in page shows beside its form."""

    sentence: rx.Field[str] = rx.field("")
    next_path: rx.Field[str] = rx.field("")
    phone: rx.Field[str] = rx.field("")
    show_password: rx.Field[bool] = rx.field(False)
    demo_accounts: rx.Field[list[DemoAccount]] = rx.field(default_factory=list)
    demo_password: rx.Field[str] = rx.field("")

    @rx.event
    @allow(VISITOR)
    async def load(self) -> None:
        """Read the address's code word and way on."""
        query = parse_qs(str(self.router.url.query))
        self.sentence = SENTENCES.get(query.get("e", [""])[-1], "")
        self.next_path = routes.safe_next(query.get("next", [""])[-1])
        self.show_password = False
        self.phone = (await asyncio.to_thread(business.look)).phone
        if get_settings().demo:
            self.demo_accounts, self.demo_password = list(ACCOUNTS), PASSWORD

    @rx.event
    @allow(VISITOR)
    def toggle_password(self) -> None:
        """Show or hide what is typed as password."""
        self.show_password = not self.show_password
