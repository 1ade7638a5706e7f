"""Six-digit codes by mail: each good for the browser that asked, ten minutes and five tries, the newest alone.

What is counted here is counted in the database, so that neither a restart nor a second worker gives a guesser
another round: at most SENDS_A_DAY codes of TRIES tries for an address make one guess in some ten thousand right a day.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import TooMany
from portal_app.models import OneTimeCode
from portal_app.services import email_addresses, mails, sealed, sessions
from portal_app.services.mails import Mail

SIGN_IN, LINK, GUEST, CHANGE_EMAIL = "sign_in", "link", "guest", "change_email"
LASTS = timedelta(minutes=10)
MINUTES = int(LASTS.total_seconds() // 60)
TRIES = 5
SENDS_AT_ONCE, AT_ONCE = 6, timedelta(minutes=15)
SENDS_A_DAY = 20
WRONG_A_DAY = 40
_DAY = timedelta(days=1)
_SLOW = "There were too many codes for this address. Please wait a while and try again, or ring us."


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that was just made, for its mail alone."""

    row_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the browser that asked may know of its code: the address with most of it hidden, and until when."""

    email: str
    until: datetime
    purpose: str


def ask(
    session: Session,
    email: str,
    browser: str,
    *,
    purpose: str,
    known_place: bool = False,
    next_path: str = "",
    contact_id: int | None = None,
    link_id: int | None = None,
    facts: dict | None = None,
) -> Asked:
    """Write a code for a normalised address, known or not, and void the one before; the caller mails it.

    `browser` is the secret of the browser that asks (or of its session), random and new with each code. Places
    from which the address's owner has signed in before are counted apart (`known_place`), so that strangers cannot use
    up what the owner needs. Raises TooMany, the same for known and unknown addresses.
    """
    now = clock.now()
    _check_counts(session, email, purpose, known_place, now)
    session.exec(update(OneTimeCode).where(col(OneTimeCode.email) == email, col(OneTimeCode.live)).values(live=False))
    code = f"{secrets.randbelow(1_000_000):06}"
    row = OneTimeCode(
        email=email,
        purpose=purpose,
        contact_id=contact_id,
        link_id=link_id,
        code_hash=_hash(email, code),
        browser_hash=sessions.hash_of(browser),
        next_path=next_path,
        facts={**(facts or {}), "known_place": known_place},
        expires_at=now + LASTS,
    )
    session.add(row)
    session.flush()
    return Asked(row.id or 0, code)


def _check_counts(session: Session, email: str, purpose: str, known_place: bool, now: datetime) -> None:
    """Raise TooMany when an address has had its codes for now.

    Each purpose is counted for itself: who merely knows an address cannot use up the codes of its links.
    """
    recent = session.exec(
        select(OneTimeCode).where(OneTimeCode.email == email, col(OneTimeCode.created_at) > now - _DAY)
    ).all()
    same = [row for row in recent if row.purpose == purpose]
    counted = [row for row in same if bool(row.facts.get("known_place")) == known_place]
    wrong = sum(row.tries - (row.used_at is not None) for row in counted)
    at_once = [row.created_at for row in counted if row.created_at > now - AT_ONCE]
    if wrong >= WRONG_A_DAY or len(counted) >= SENDS_A_DAY:
        oldest = min(row.created_at for row in counted)
        raise TooMany(_SLOW, max(1, int((oldest + _DAY - now).total_seconds())))
    if len(at_once) >= SENDS_AT_ONCE:
        raise TooMany(_SLOW, max(1, int((min(at_once) + AT_ONCE - now).total_seconds())))


def mail(session: Session, asked: Asked, email: str, *, customer_id: int, contact_id: int, path: str = "") -> None:
    """Queue the mail with a code; `path` is a link for another browser."""
    held = {"code": asked.code, **({"path": path} if path else {})}
    mails.queue(
        session,
        Mail.CODE,
        email,
        {"minutes": MINUTES},
        secrets=held,
        customer_id=customer_id,
        contact_id=contact_id,
    )


def waiting(session: Session, browser: str) -> Waiting | None:
    """Return the live code of a browser, or None."""
    row = _live(session, browser)
    return Waiting(email_addresses.masked(row.email), row.expires_at, row.purpose) if row else None


def check(session: Session, browser: str, typed: str, *purposes: str) -> OneTimeCode | None:
    """Count a try and return the code's row when it was right, spent by that; None for whatever else.

    The caller commits in either case, or a wrong try would not count.
    """
    row = _live(session, browser)
    if row is None or row.purpose not in purposes:
        return None
    counted = session.exec(
        update(OneTimeCode)
        .where(col(OneTimeCode.id) == row.id, col(OneTimeCode.live), col(OneTimeCode.tries) < TRIES)
        .values(tries=OneTimeCode.tries + 1)
    )
    right = hmac.compare_digest(_hash(row.email, digits_of(typed)), row.code_hash)
    if counted.rowcount != 1 or not right:
        return None
    spent = session.exec(
        update(OneTimeCode)
        .where(col(OneTimeCode.id) == row.id, col(OneTimeCode.live))
        .values(live=False, used_at=clock.now())
    )
    return row if spent.rowcount == 1 else None


def digits_of(typed: str) -> str:
    """Return the digits of what was typed or pasted, whatever stands between and in whichever script."""
    return "".join(str(unicodedata.decimal(letter)) for letter in typed[:100] if letter.isdecimal())


def _live(session: Session, browser: str) -> OneTimeCode | None:
    if not browser:
        return None
    return session.exec(
        select(OneTimeCode)
        .where(
            OneTimeCode.browser_hash == sessions.hash_of(browser),
            col(OneTimeCode.live),
            col(OneTimeCode.expires_at) > clock.now(),
            col(OneTimeCode.tries) < TRIES,
        )
        .order_by(col(OneTimeCode.id).desc())
    ).first()


def _hash(email: str, code: str) -> str:
    return sealed.keyed_hash("one-time-code", f"{email}\0{code}")
