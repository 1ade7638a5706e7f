"""What every page's frame says: the business, and who is signed in."""

import asyncio

import reflex as rx

from portal_app import routes
from portal_app.database import reading
from portal_app.gate import VISITOR, allow, caller, refresh_on
from portal_app.message_pages import ring_address
from portal_app.services import business, memberships, office_file_lists, payments
from portal_app.services.actors import Customer, Staff
from portal_app.services.business import Look
from portal_app.services.memberships import Membership
from portal_app.services.rights import Permission, Right


class ShellState(rx.State):
    """Name, words and numbers of the business, and the signed-in person's name."""

    business: rx.Field[str] = rx.field("")
    # Changes with the brand's colours and pictures.
    brand: rx.Field[str] = rx.field("")
    # What the office lets pages start in, for those who have not chosen.
    theme: rx.Field[str] = rx.field("")
    welcome: rx.Field[str] = rx.field("")
    support_email: rx.Field[str] = rx.field("")
    phone: rx.Field[str] = rx.field("")
    phone_link: rx.Field[str] = rx.field("")
    # Whether there are questions to read, and where the terms of business stand.
    questions: rx.Field[bool] = rx.field(False)
    terms: rx.Field[str] = rx.field("")
    person: rx.Field[str] = rx.field("")
    initials: rx.Field[str] = rx.field("")
    # Addresses of pages that the person has no right to; while nobody knows, nothing is hidden.
    without: rx.Field[list[str]] = rx.field(default_factory=list)
    # How many payments wait for the office.
    to_decide: rx.Field[int] = rx.field(0)
    # How many files wait until the office has looked at them.
    to_review: rx.Field[int] = rx.field(0)
    # The other customers this person could act for.
    others: rx.Field[list[Membership]] = rx.field(default_factory=list)

    @rx.event
    @allow(VISITOR)
    async def load(self) -> None:
        """Fill the frame."""
        actor = caller(self)
        # One way to a thread and back: the frame is loaded before every page.
        look, others, (self.to_decide, self.to_review) = await asyncio.to_thread(_read, actor)
        self.brand, self.theme = look.version, look.starts_in
        self.business, self.welcome, self.support_email = look.name, look.welcome, look.support_email
        self.phone_link = ring_address(look)
        self.phone = look.phone if self.phone_link else ""
        self.questions, self.terms = look.questions, look.terms_address
        self.person = actor.name if isinstance(actor, Customer | Staff) else ""
        self.initials = initials(self.person)
        self.without = _closed_to(actor)
        self.others = others

    async def _refresh(self, actor: Customer | Staff) -> None:
        """Hide and show places as the person's rights change."""
        self.without, self.person = _closed_to(actor), actor.name
        self.initials = initials(actor.name)
        if isinstance(actor, Staff):
            self.to_decide, self.to_review = await asyncio.to_thread(_waiting, actor)


def _read(actor: object) -> tuple[Look, list[Membership], tuple[int, int]]:
    look = business.look()
    if isinstance(actor, Staff):
        return look, [], _waiting(actor)
    if not isinstance(actor, Customer):
        return look, [], (0, 0)
    with reading() as session:
        return look, memberships.others(session, actor), (0, 0)


def _waiting(actor: Staff) -> tuple[int, int]:
    """Return how many payments and files wait for somebody of the office."""
    if Permission.VIEW_CUSTOMERS not in actor.permissions:
        return 0, 0
    with reading() as session:
        return payments.to_decide(session), office_file_lists.count_waiting(session)


def _closed_to(actor: object) -> list[str]:
    """Return the addresses of pages that the caller may not open."""
    if isinstance(actor, Staff):
        return [address for address, permission in OFFICE_PERMISSIONS if permission not in actor.permissions]
    return [address for address, right in _RIGHTS if isinstance(actor, Customer) and not actor.may(right)]


_RIGHTS = ((routes.JOBS, Right.VIEW_JOBS), (routes.INVOICES, Right.VIEW_MONEY), (routes.DOCUMENTS, Right.DOCUMENTS))
OFFICE_PERMISSIONS = (
    (routes.OFFICE_CUSTOMERS, Permission.VIEW_CUSTOMERS),
    (routes.OFFICE_OUTBOX, Permission.VIEW_SYNC),
    (routes.OFFICE_SYNC, Permission.VIEW_SYNC),
    (routes.OFFICE_BRAND, Permission.CHANGE_SETTINGS),
    (routes.OFFICE_DOCUMENTS, Permission.CHANGE_SETTINGS),
    (routes.OFFICE_CONTENT, Permission.CHANGE_SETTINGS),
    (routes.OFFICE_VISIBILITY, Permission.CHANGE_SETTINGS),
    (routes.OFFICE_ACCESS, Permission.CHANGE_SETTINGS),
    (routes.OFFICE_MAIL, Permission.CHANGE_SETTINGS),
    (routes.OFFICE_REVIEW, Permission.VIEW_CUSTOMERS),
    (routes.OFFICE_PAYMENTS, Permission.VIEW_CUSTOMERS),
    (routes.OFFICE_PAYMENT_SETTINGS, Permission.CHANGE_SETTINGS),
)
refresh_on(ShellState, "contact.", "business.", "payment.", "file.")


def initials(name: str) -> str:
    """Return at most two initials of a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
