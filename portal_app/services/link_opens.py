"""A secure link as it is opened: what may be shown of it, who opened it, and a fresh one for one that has ended."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from portal_app import clock
from portal_app.models import Contact, Customer, LinkOpen, LinkToken, Login, SecureLink, StaffMember
from portal_app.services import email_addresses, guests, link_targets, links, memberships, sessions
from portal_app.services.actors import Actor, Origin, Staff, System, Visitor
from portal_app.services.actors import Customer as CustomerActor

PERSON, STAFF, SCANNER, ROBOT = "person", "staff", "scanner", "robot"
# Rows about one link in an hour; whoever opens it more often is none of the people it was made for.
MOST_OPENS_AN_HOUR = 60
FRESH_EVERY = timedelta(minutes=5)
_TOKEN = re.compile(r"[A-Za-z0-9_\-]{43}")
_FRONT_DOOR = System("front_door")
_ROBOTS = re.compile(
    r"(?i)bot\b|bot/|crawl|spider|slurp|curl|wget|python|httpx|aiohttp|requests|go-http|java/|okhttp|libwww|perl|ruby"
    r"|node|axios|fetch|headless|phantom|preview|facebookexternalhit|whatsapp|telegram|slack|discord|skype|teams"
)
_SCANNERS = re.compile(
    r"(?i)proofpoint|mimecast|barracuda|safelinks|outlook|exchange|office|microsoft|symantec|messagelabs|sophos"
    r"|trend ?micro|fortinet|forti|cisco|ironport|mcafee|trellix|kaspersky|eset|avast|bitdefender|googleimageproxy"
    r"|yahoomailproxy|zscaler|checkpoint|urldefense|virustotal|scan"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a request looked: its origin, and whether it is shaped like a browser that opens a page."""

    origin: Origin
    like_a_browser: bool


@dataclass(frozen=True, slots=True)
class Door:
    """What somebody who holds a link may see before they have proved who they are: no name, number or amount.

    `state` is live, expired or revoked; `sent_by` empty unless somebody of the office made it; `masked` empty
    when nobody could come in by it. `by_customer`: it was sent to a guest, by one of a customer's people.
    """

    link_id: int
    public_id: str
    target_kind: str
    state: str
    until: datetime
    made_at: datetime
    sent_by: str
    masked: str
    by_customer: bool = False

    @property
    def shared(self) -> bool:
        """Whether it leads a guest to one invoice."""
        return self.target_kind == link_targets.SHARED


@dataclass(frozen=True, slots=True)
class Way:
    """Where a link leads somebody who is signed in; `contact_public_id` is set when another membership is meant."""

    path: str
    contact_public_id: str = ""


def find(session: Session, token: str) -> SecureLink | None:
    """Return the link of a token, whatever its state, or None."""
    if not _TOKEN.fullmatch(token):
        return None
    statement = select(SecureLink).join(LinkToken, col(LinkToken.link_id) == SecureLink.id)
    return session.exec(statement.where(LinkToken.token_hash == sessions.hash_of(token))).first()


def door(session: Session, link: SecureLink) -> Door:
    """Return what the link's page shows."""
    if link.target_kind == link_targets.SHARED:
        return _guest_door(session, link)
    member = session.get(StaffMember, link.member_id) if link.member_id else None
    reader = reader_of(session, link)
    return Door(
        link_id=link.id or 0,
        public_id=link.public_id,
        target_kind=link.target_kind,
        state=links.state_of(link),
        until=link.expires_at,
        made_at=link.last_sent_at or link.created_at,
        sent_by=member.name if member else "",
        masked=email_addresses.masked(memberships.address_of(session, reader)) if reader else "",
    )


def _guest_door(session: Session, link: SecureLink) -> Door:
    sent = guests.sent_by(session, link)
    found = guests.standing(session, link)
    return Door(
        link_id=link.id or 0,
        public_id=link.public_id,
        target_kind=link.target_kind,
        state=links.state_of(link),
        until=link.expires_at,
        made_at=link.last_sent_at or link.created_at,
        sent_by=sent.name,
        masked=email_addresses.masked(found.email) if found else "",
        by_customer=sent.by_customer,
    )


def reader_of(session: Session, link: SecureLink) -> Contact | None:
    """Return whom a link brings in as things stand now, or None; a shared one brings nobody in."""
    if link.target_kind == link_targets.SHARED:
        return None
    customer = session.get_one(Customer, link.customer_id)
    contact = session.get(Contact, link.contact_id) if link.contact_id else None
    reader = links.reader_of(session, customer, contact)
    if reader is not None and reader.login_id is not None:
        own = session.get_one(Login, reader.login_id)
        return None if own.disabled_at is not None else reader
    return reader


def way_for(session: Session, actor: Actor | None, link: SecureLink) -> Way | None:
    """Return where a live link takes a signed-in customer, None when it is not theirs."""
    if not isinstance(actor, CustomerActor) or links.state_of(link) != links.LIVE:
        return None
    if link.target_kind == link_targets.SHARED:
        return None
    path = link_targets.path(session, link)
    if _is_for(link, actor.contact_id, actor.customer_id):
        return Way(path)
    for other in memberships.of_login(session, actor.login_id):
        if _is_for(link, other.id, other.customer_id):
            return Way(path, other.public_id)
    return None


def _is_for(link: SecureLink, contact_id: int | None, customer_id: int) -> bool:
    return link.customer_id == customer_id and link.contact_id in (None, contact_id)


def opened(session: Session, link: SecureLink, seen: Seen, actor: Actor | None) -> None:
    """Note that a link was opened, and by whom, as far as it shows: no person without pressing its button."""
    who = _who(seen, actor)
    if _crowded(session, link):
        return
    contact_id = actor.contact_id if isinstance(actor, CustomerActor) else None
    _write(session, link, who, seen.origin, contact_id, pressed=False, actor=actor)


def pressed(session: Session, link: SecureLink, seen: Seen, contact_id: int | None) -> None:
    """Note that somebody pressed the button: the opening before it, from the same browser, was theirs."""
    before = session.exec(
        select(LinkOpen)
        .where(
            LinkOpen.link_id == link.id,
            LinkOpen.who == SCANNER,
            LinkOpen.network == seen.origin.network[:64],
            LinkOpen.user_agent == seen.origin.user_agent[:300],
            col(LinkOpen.pressed_at).is_(None),
        )
        .order_by(col(LinkOpen.id).desc())
    ).first()
    if before is None:
        _write(session, link, PERSON, seen.origin, contact_id, pressed=True, actor=None)
        return
    before.who, before.pressed_at, before.contact_id = PERSON, clock.now(), contact_id
    links.record(session, Visitor(seen.origin), "link.opened", link, {"who": PERSON})


def refused(session: Session, link: SecureLink, seen: Seen) -> None:
    """Note a button that was pressed by something that is no browser of a person."""
    if not _crowded(session, link):
        _write(session, link, ROBOT, seen.origin, None, pressed=False, actor=None)


def _who(seen: Seen, actor: Actor | None) -> str:
    if isinstance(actor, Staff):
        return STAFF
    if isinstance(actor, CustomerActor):
        return PERSON
    if _SCANNERS.search(seen.origin.user_agent):
        return SCANNER
    robot = not seen.like_a_browser or not seen.origin.user_agent or _ROBOTS.search(seen.origin.user_agent)
    # Scanners that look like a browser and people who only looked cannot be told apart; the button does that.
    return ROBOT if robot else SCANNER


def _crowded(session: Session, link: SecureLink) -> bool:
    since = clock.now() - timedelta(hours=1)
    statement = select(func.count()).where(LinkOpen.link_id == link.id, col(LinkOpen.created_at) > since)
    return session.exec(statement).one() >= MOST_OPENS_AN_HOUR


def _write(
    session: Session,
    link: SecureLink,
    who: str,
    origin: Origin,
    contact_id: int | None,
    *,
    pressed: bool,
    actor: Actor | None,
) -> None:
    session.add(
        LinkOpen(
            link_id=link.id or 0,
            who=who,
            contact_id=contact_id,
            pressed_at=clock.now() if pressed else None,
            network=origin.network[:64],
            user_agent=origin.user_agent[:300],
        )
    )
    links.record(session, actor or Visitor(origin), "link.opened", link, {"who": who})


def send_fresh(session: Session, link: SecureLink) -> bool:
    """Mail another link in place of one that has ended, which stays so; returns whether one went.

    It goes to the address on file as it is now, and not twice within FRESH_EVERY.
    """
    reader = reader_of(session, link)
    if reader is None or links.state_of(link) == links.LIVE or not _due(session, link, clock.now()):
        return False
    links.send_again(session, _FRONT_DOOR, links.in_place_of(session, _FRONT_DOOR, link), reader)
    return True


def _due(session: Session, link: SecureLink, now: datetime) -> bool:
    """Return whether it is time for another mail, and claim it: of two that ask at once one is told no."""
    claimed = session.exec(
        update(SecureLink)
        .where(
            col(SecureLink.id) == link.id,
            (col(SecureLink.last_sent_at).is_(None)) | (col(SecureLink.last_sent_at) < now - FRESH_EVERY),
        )
        .values(last_sent_at=now)
    )
    return claimed.rowcount == 1
