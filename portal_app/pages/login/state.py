"""The sign-in page's state: the demo's accounts."""

import reflex as rx

from portal_app.gate import VISITOR, allow
from portal_app.services.demo_accounts import ACCOUNTS, PASSWORD, DemoAccount
from portal_app.settings import get_settings

# The address carries a code word only: a page must never say what a link made it say.
SENTENCES = {
    "wrong": "That e-mail and password do not match. Please check both, or ring us.",
    "slow": "Too many tries. Please wait a few minutes and try again.",
    "ended": "You were signed out. Please sign in again.",
}


class LoginState(rx.State):
    """What the sign-in page of a demo shows beside its form."""

    demo_accounts: rx.Field[list[DemoAccount]] = rx.field(default_factory=list)
    demo_password: rx.Field[str] = rx.field("")

    @rx.event
    @allow(VISITOR)
    def load(self) -> None:
        """Name the demo's accounts, in a demo."""
        if get_settings().demo:
            self.demo_accounts, self.demo_password = list(ACCOUNTS), PASSWORD
