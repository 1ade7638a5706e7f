"""What every page's frame says: the business, and who is signed in."""

import asyncio
import re

import reflex as rx

from portal_app.gate import VISITOR, allow, caller
from portal_app.services import business
from portal_app.services.actors import Customer, Staff


class ShellState(rx.State):
    """Name, words and numbers of the business, and the signed-in person's name."""

    business: rx.Field[str] = rx.field("")
    welcome: rx.Field[str] = rx.field("")
    support_email: rx.Field[str] = rx.field("")
    phone: rx.Field[str] = rx.field("")
    phone_link: rx.Field[str] = rx.field("")
    person: rx.Field[str] = rx.field("")
    initials: rx.Field[str] = rx.field("")

    @rx.event
    @allow(VISITOR)
    async def load(self) -> None:
        """Fill the frame."""
        actor = caller(self)
        look = await asyncio.to_thread(business.look)
        self.business, self.welcome, self.support_email = look.name, look.welcome, look.support_email
        self.phone, self.phone_link = look.phone, f"tel:{re.sub(r'[^0-9+]', '', look.phone)}"
        self.person = actor.name if isinstance(actor, Customer | Staff) else ""
        self.initials = initials(self.person)


def initials(name: str) -> str:
    """Return at most two initials of a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
