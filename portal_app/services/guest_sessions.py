"""Browsers in which a guest has proved their address: begun by a code, good for one shared link, over with it."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import GuestSession, Invoice, LinkGuest, SecureLink
from portal_app.services import attempts, guests, held_money, links, sessions
from portal_app.services.actors import Guest, Origin
from portal_app.services.owed import CREDITED, DISPUTED

LASTS = timedelta(hours=12)
COOKIE = "porchlight_guest"
_TOKEN = re.compile(r"[A-Za-z0-9_\-]{43}")


def begin(session: Session, link: SecureLink, origin: Origin, replacing: str) -> tuple[str, datetime]:
    """Let a browser see what a link leads to; returns its new token, the only time it is seen, and until when.

    `replacing` is the token the browser came with: what else it may see goes over to the new one, so that one that
    was planted there is worth nothing afterwards.
    """
    now, token = clock.now(), secrets.token_urlsafe(32)
    if _TOKEN.fullmatch(replacing):
        old = col(GuestSession.token_hash) == sessions.hash_of(replacing)
        here = col(GuestSession.link_id) == link.id
        session.exec(update(GuestSession).where(old, here).values(ended_at=now))
        session.exec(update(GuestSession).where(old, ~here).values(token_hash=sessions.hash_of(token)))
    row = GuestSession(
        link_id=link.id or 0,
        token_hash=sessions.hash_of(token),
        network=origin.network[:64],
        user_agent=origin.user_agent[:300],
        expires_at=now + LASTS,
    )
    session.add(row)
    session.flush()
    return token, row.expires_at


def resolve(session: Session, token: str, link_public_id: str, origin: Origin) -> Guest | None:
    """Return who a browser is at one shared link as everything stands now, None when it may not see it."""
    if not _TOKEN.fullmatch(token):
        return None
    link = session.exec(
        select(SecureLink)
        .join(GuestSession, col(GuestSession.link_id) == col(SecureLink.id))
        .where(
            SecureLink.public_id == link_public_id,
            GuestSession.token_hash == sessions.hash_of(token),
            col(GuestSession.ended_at).is_(None),
            col(GuestSession.expires_at) > clock.now(),
        )
    ).first()
    return guests.standing(session, link, origin) if link is not None else None


def note_seen(session: Session, guest: Guest) -> None:
    """Note that a guest has seen the invoice; once, for those who sent it."""
    row = session.get_one(LinkGuest, guest.guest_id)
    if row.opened_at is None:
        row.opened_at = clock.now()
        link = session.get_one(SecureLink, row.link_id)
        links.record(session, guest, "link.seen_by_guest", link, {"guest_id": guest.guest_id})


def version(session: Session, guest: Guest) -> str:
    """Return a short text that changes with what the guest's page shows of money, and says of it."""
    invoice = session.get_one(Invoice, guest.invoice_id)
    money = (invoice.balance_minor, invoice.paid_here_minor, invoice.with_bank_minor, invoice.total_minor)
    credited, disputed = session.exec(select(CREDITED, DISPUTED).where(Invoice.id == guest.invoice_id)).one()
    waits = attempts.waiting_of_guest(session, guest)
    held = held_money.is_for(session, guest.invoice_id)
    shown = (invoice.status, money, int(credited), int(disputed), waits, held, guest.may_pay)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
