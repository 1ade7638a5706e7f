"""Files as the office handles them: adding, showing and hiding, naming, ordering."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotFound
from portal_app.models import Customer, File, Job, Location, Visit
from portal_app.services import activity, business, file_names, files, visibility
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Actor, Staff
from portal_app.services.rights import Permission
from portal_app.services.visibility import DOCUMENT, DOWNLOADS, HELD, HIDDEN, INHERIT, KINDS, PHOTO, VISIBLE

MOST_AT_ONCE = 20
MOST_SHOWN = 300
CAPTION_LENGTH = 300
SENTENCES = {
    "large": "This file is larger than 25 MB. Please choose a smaller one.",
    "pixels": "This picture has more than 40 megapixels. Please make it smaller.",
    "unknown": "This file is no picture and no PDF that we can read. Please choose a JPEG, PNG, WebP, HEIC or PDF.",
    "damaged": "This picture is damaged or did not arrive whole. Please try it again, or save it anew.",
    "torn": "This PDF is damaged or did not arrive whole. Please try it again, or save it anew.",
    "empty": "This file is empty.",
    "failed": "The file could not be kept. Please try again.",
}


class FileRefused(Invalid):
    """The file cannot be used; `word` is the key of its sentence in SENTENCES."""

    def __init__(self, word: str) -> None:
        super().__init__(SENTENCES[word])
        self.word = word


@dataclass(frozen=True, slots=True)
class Target:
    """What a file is added to, by rows; a visit's file belongs to its job too."""

    customer_id: int
    location_id: int | None = None
    job_id: int | None = None
    visit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Our copy of a file: the folder of its sizes, its type and bytes, and pixels where it is a picture.

    `taken_at` has a zone where the camera gave one.
    """

    digest: str
    content_type: str
    size: int
    width: int = 0
    height: int = 0
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfficeEntry:
    """A file as the office sees it; `from_crm` ones belong to the CRM, which also says whether they are `offered`."""

    public_id: str
    kind: str
    name: str
    caption: str
    state: str
    offered: bool
    from_crm: bool
    picture: bool
    download: str
    size: int
    at: datetime
    expires_on: date | None
    trouble: str


def target(session: Session, actor: Actor, what: str, public_id: str) -> Target:
    """Return what a file is to be added to: `what` is customer, property, job or visit; raises NotFound."""
    require_office(actor, Permission.EDIT_CUSTOMERS)
    return place(session, what, public_id)


def place(session: Session, what: str, public_id: str) -> Target:
    """Return the rows of what files belong to, for those whose permission has been checked; raises NotFound."""
    if what == "customer":
        return Target(customer_of_office(session, public_id).id or 0)
    if what == "property":
        location = _one(session, Location, public_id)
        return Target(location.customer_id, location.id)
    if what == "job":
        job = _one(session, Job, public_id)
        return Target(job.customer_id, job.location_id, job.id)
    if what == "visit":
        visit = _one(session, Visit, public_id)
        return Target(visit.customer_id, visit.location_id, visit.job_id, visit.id)
    raise NotFound


def _one(session: Session, table: Any, public_id: str) -> Any:
    statement = select(table).join(Customer, Customer.id == table.customer_id)
    found = session.exec(
        statement.where(table.public_id == public_id, table.deleted_at.is_(None), col(Customer.deleted_at).is_(None))
    ).first()
    if found is None:
        raise NotFound
    return found


def add(session: Session, actor: Actor, to: Target, name: str, kept: Kept, kind: str = "") -> File:
    """Add a file whose copy is in place to a target that `target` gave; returns its row.

    Without a kind, pictures are photos and PDFs documents; a PDF is never a photo. It begins as the portal's settings
    say: visible, or held until somebody shows it.
    """
    require_office(actor, Permission.EDIT_CUSTOMERS)
    picture = files.is_picture(kept.content_type)
    kind = kind if picture and kind in KINDS else PHOTO if picture else DOCUMENT
    taken_at = utc_of(kept.taken_at, session)
    row = File(
        customer_id=to.customer_id,
        location_id=to.location_id,
        job_id=to.job_id,
        visit_id=to.visit_id,
        kind=kind,
        name=file_names.clean(name, kind),
        taken_at=taken_at,
        sort_at=taken_at or clock.now(),
        state=visibility.of_portal(session).state_of_new,
        digest=kept.digest,
        content_type=kept.content_type,
        size=kept.size,
        width=kept.width,
        height=kept.height,
        added_by=actor.member_id if isinstance(actor, Staff) else None,
    )
    session.add(row)
    session.flush()
    _record(session, actor, "file.added", row, {"kind": kind, "state": row.state})
    return row


def utc_of(taken_at: datetime | None, session: Session) -> datetime | None:
    """Return when a photo was taken: a camera that gives no zone is taken to stand in the business's own."""
    if taken_at is None:
        return None
    about = business.get(session)
    try:
        moment = taken_at if taken_at.tzinfo else taken_at.replace(tzinfo=ZoneInfo(about.zone if about else "UTC"))
        found = moment.astimezone(UTC)
    except OverflowError:
        return None
    # A camera whose clock was never set, or set to the future, says nothing.
    return found if found <= clock.now() else None


def of_job(session: Session, actor: Actor, job_public_id: str) -> list[OfficeEntry]:
    """Return the files of a job and its visits as the office orders them, hidden and held ones too."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    job = _one(session, Job, job_public_id)
    return [entry(row) for row in in_order(session, job.id)]


def waiting(session: Session, actor: Actor) -> list[OfficeEntry]:
    """Return the files that are held for review, the longest waiting first; at most MOST_SHOWN."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    conditions = (File.state == HELD, col(File.deleted_at).is_(None), col(File.digest) != "")
    return [
        entry(row) for row in session.exec(select(File).where(*conditions).order_by(col(File.id)).limit(MOST_SHOWN))
    ]


def entry(row: File) -> OfficeEntry:
    """Return a row as the office sees it."""
    return OfficeEntry(
        public_id=row.public_id,
        kind=row.kind,
        name=row.name,
        caption=row.caption,
        state=row.state,
        offered=row.offered,
        from_crm=row.connection_id is not None,
        picture=files.is_picture(row.content_type),
        download=row.download,
        size=row.size,
        at=row.sort_at,
        expires_on=row.expires_on,
        trouble=row.fetch_error,
    )


def show(session: Session, actor: Actor, public_id: str) -> None:
    """Let customers see a file; of the CRM's, only what the CRM says they may."""
    row = _file(session, actor, public_id)
    if not row.offered:
        raise Invalid("Your CRM says that customers do not see this file. Please change it there.")
    _set(session, actor, row, "file.shown", state=VISIBLE)


def hide(session: Session, actor: Actor, public_id: str) -> None:
    """Take a file out of customers' sight at once."""
    _set(session, actor, _file(session, actor, public_id), "file.hidden", state=HIDDEN)


def set_download(session: Session, actor: Actor, public_id: str, download: str) -> None:
    """Decide for one picture whether it can be downloaded or only viewed, or leave it to what holds (inherit)."""
    if download not in DOWNLOADS:
        raise Invalid("Choose whether it can be downloaded or only viewed.")
    row = _file(session, actor, public_id)
    if download != INHERIT and not files.is_picture(row.content_type):
        raise Invalid("A PDF has no preview to look at: show it or hide it.")
    _set(session, actor, row, "file.changed", download=download)


def describe(session: Session, actor: Actor, public_id: str, caption: str, expires_on: date | None = None) -> None:
    """Give a file words of the office's own (empty: the name it came with) and, to an uploaded one, its last day."""
    row = _file(session, actor, public_id)
    words = file_names.one_line(caption, CAPTION_LENGTH + 1)
    if len(words) > CAPTION_LENGTH:
        raise Invalid(f"Please keep the caption under {CAPTION_LENGTH} letters.")
    day = row.expires_on if row.connection_id is not None else expires_on
    _set(session, actor, row, "file.changed", caption=words, expires_on=day)


def arrange(session: Session, actor: Actor, public_ids: Sequence[str]) -> None:
    """Put the files of one customer into this order."""
    if len(public_ids) > MOST_SHOWN:
        raise Invalid("These are more files than can be put in order at once.")
    rows = [_file(session, actor, public_id) for public_id in dict.fromkeys(public_ids)]
    if len({row.customer_id for row in rows}) > 1:
        raise NotFound
    for number, row in enumerate(rows, 1):
        _set(session, actor, row, "file.changed", position=number)


def move(session: Session, actor: Actor, public_id: str, *, up: bool) -> None:
    """Let a file of a job change places with the one before or behind it; at the end of the list it stays."""
    row = _file(session, actor, public_id)
    if row.job_id is None:
        raise Invalid("Only the files of a job have an order; others stand by their dates.")
    rows = in_order(session, row.job_id)
    at = next((number for number, one in enumerate(rows) if one.id == row.id), -2)
    other = at - 1 if up else at + 1
    if at < 0 or not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    # The moved one is told of; that the others are now numbered is no news.
    for number, one in enumerate(rows, 1):
        one.position = number
    session.flush()
    _record(session, actor, "file.changed", row, {"fields": ["position"]})


def in_order(session: Session, job_id: int) -> list[File]:
    """Return the rows of a job's files and its visits', as the office orders them, then oldest first."""
    statement = select(File).where(File.job_id == job_id, col(File.deleted_at).is_(None)).limit(MOST_SHOWN)
    return sorted(session.exec(statement), key=lambda row: (row.position, row.sort_at, row.id))


def remove(session: Session, actor: Actor, public_id: str) -> None:
    """Delete a file that the office uploaded; its copy goes with the next tidying where no other file needs it."""
    row = _file(session, actor, public_id)
    if row.connection_id is not None:
        raise Invalid("This file belongs to your CRM: delete it there, or hide it here.")
    row.deleted_at, row.digest = clock.now(), ""
    session.flush()
    _record(session, actor, "file.removed", row, {"kind": row.kind})


def _file(session: Session, actor: Actor, public_id: str) -> File:
    require_office(actor, Permission.EDIT_CUSTOMERS)
    row = session.exec(select(File).where(File.public_id == public_id, col(File.deleted_at).is_(None))).first()
    if row is None:
        raise NotFound
    return row


def _set(session: Session, actor: Actor, row: File, kind: str, **values: Any) -> None:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    session.flush()
    _record(session, actor, kind, row, {"fields": sorted(changed)})


def _record(session: Session, actor: Actor, kind: str, row: File, facts: dict[str, Any]) -> None:
    activity.record(session, actor, kind, customer_id=row.customer_id, subject=("file", row.id), facts=facts)


def digests(session: Session, among: Sequence[str]) -> set[str]:
    """Return which of these folders a file stands for, deleted ones too: they may come back."""
    return set(session.exec(select(File.digest).where(col(File.digest).in_(among))))
