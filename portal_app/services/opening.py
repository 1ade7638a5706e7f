"""Before the portal opens to everybody: only the office and invited testers come in.

Every way in asks `sessions.membership_stands`, which asks `lets_in`: a session of anybody else does not resolve while
the portal is shut, and does again once it is open.
"""

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from portal_app.errors import Invalid, PortalError
from portal_app.models import Business, Contact

# A name of its own: statements that name the business themselves must not take this one for theirs.
_business = aliased(Business)


class ComingSoon(PortalError):
    """Somebody has shown who they are, and the portal is not open to them yet."""

    def __init__(self) -> None:
        super().__init__("Our customer portal opens soon.")


def lets_in() -> ColumnElement[bool]:
    """Return what must hold of a contact for the portal to be open to them."""
    shut = exists().where(col(_business.portal_open).is_(False))
    return or_(col(Contact.tester), ~shut)


def is_shut(session: Session) -> bool:
    """Return whether the portal is shut to everybody but the office and testers."""
    return session.exec(select(_business.id).where(col(_business.portal_open).is_(False))).first() is not None


def shut_to(session: Session, contact: Contact) -> bool:
    """Return whether a contact has to wait until the portal opens."""
    return not contact.tester and is_shut(session)


def require_open_to(session: Session, contact: Contact) -> None:
    """Raise Invalid, in words for the office, when mail would invite somebody in before the portal opens."""
    if shut_to(session, contact):
        raise Invalid(
            f"The portal is not open to customers yet, and {contact.name} is not one of its testers. "
            "Both are under Settings, Access."
        )
