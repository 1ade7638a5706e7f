"""A guest's way to the one invoice they were sent: a code to that very address, typed into the browser that asked."""

from dataclasses import dataclass
from datetime import datetime

from portal_app import routes
from portal_app.database import reading, transaction
from portal_app.models import SecureLink
from portal_app.services import activity, codes, guest_sessions, guests, link_opens, mails
from portal_app.services.actors import Origin, Visitor
from portal_app.services.link_opens import Seen
from portal_app.services.mails import Mail
from portal_app.services.throttle import get_throttle
from portal_app.workflows.sign_in_by_code import CodeRefused, attempt_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A browser that may see an invoice now: its token, until when, and the address of the invoice's page."""

    token: str
    until: datetime
    path: str


def send_code(token: str, browser: str, seen: Seen) -> bool:
    """Mail a code to the address a shared link was sent to; False when the link shows nothing. Raises TooMany."""
    with reading() as session:
        link = link_opens.find(session, token)
        guest = guests.standing(session, link) if link else None
    get_throttle().ask_for_mail(attempt_of(guest.email if guest else "", seen.origin))
    with transaction() as session:
        link = link_opens.find(session, token)
        guest = guests.standing(session, link) if link else None
        if link is None or guest is None:
            return False
        link_opens.pressed(session, link, seen, None)
        asked = codes.ask(session, guest.email, browser, purpose=codes.GUEST, link_id=link.id)
        facts, held = {"minutes": codes.MINUTES}, {"code": asked.code}
        mails.queue(session, Mail.CODE, guest.email, facts, secrets=held, customer_id=guest.customer_id)
        activity.record(
            session,
            Visitor(seen.origin),
            "login.code_sent",
            customer_id=guest.customer_id,
            subject=("secure_link", link.id),
            facts={"purpose": codes.GUEST},
        )
    return True


def open_by_code(browser: str, typed: str, *, origin: Origin, replacing: str) -> Opened:
    """Let a browser see the invoice; raises CodeRefused (the same for every reason) or TooMany."""
    get_throttle().type_code(attempt_of("", origin))
    opened: Opened | None = None
    with transaction() as session:
        row = codes.check(session, browser, typed, codes.GUEST)
        link = session.get(SecureLink, row.link_id or 0) if row else None
        guest = guests.standing(session, link, origin) if link else None
        if row is not None and link is not None and guest is not None and guest.email == row.email:
            token, until = guest_sessions.begin(session, link, origin, replacing)
            opened = Opened(token, until, routes.shared(link.public_id))
        elif get_throttle().room_in_log():
            activity.record(session, Visitor(origin), "login.refused", facts={"by": "code"})
    # Outside the transaction: a wrong try must stay counted.
    if opened is None:
        raise CodeRefused
    return opened
