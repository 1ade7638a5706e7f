"""Photos and documents as a customer may see them: of a job, by kind, and one file's bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, exists, or_, select
from sqlmodel import Session, col

from portal_app.errors import Invalid, NotFound
from portal_app.models import File, Job, Visit
from portal_app.services import activity, cursors, file_names, properties, reach, visibility
from portal_app.services.actors import Customer, Staff
from portal_app.services.cursors import Place
from portal_app.services.rights import Permission
from portal_app.services.visibility import DOCUMENT, KINDS, PHOTO, RIGHT_OF, VISIBLE

PAGE = 30
LONGEST_PAGE = 200
MOST_OF_JOB = 300
SMALL, MEDIUM, LARGE = "small", "medium", "large"
SIZES = (SMALL, MEDIUM, LARGE)
# Activity after which customers see other files than before; that somebody took one home changes nothing.
SHOWN = (
    *("file.added", "file.created", "file.ready", "file.shown", "file.hidden", "file.changed", "file.deleted"),
    *("file.removed", "file.restored", "file.download_of_customer", "visibility."),
)
_PDF = "application/pdf"
_ENDINGS = {"image/jpeg": "jpg", _PDF: "pdf"}
_NAMES = (
    *("id", "public_id", "kind", "name", "caption", "sort_at", "position", "download", "expires_on"),
    *("digest", "content_type", "size", "width", "height", "location_id", "job_id", "visit_id", "customer_id"),
)
_ROWS = bindparam("rows", type_=Integer)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a list.

    `words` are its caption, else its name. `picture` says that it has small and medium sizes; `downloadable` that the
    large one (of a PDF: the file itself) may be had. `size` is in bytes, `width` and `height` in pixels.
    """

    id: int
    public_id: str
    kind: str
    words: str
    at: datetime
    picture: bool
    downloadable: bool
    size: int
    width: int
    height: int
    expires_on: date | None
    visit_id: int | None
    location_id: int | None
    job_id: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some files, newest first, and the cursor of the next ones; empty at the end."""

    entries: tuple[Entry, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Served:
    """Which of our copies to give out: `name` is the file's name for whoever keeps it, `keep` says to offer that."""

    file_id: int
    digest: str
    size: str
    content_type: str
    name: str
    keep: bool


def of_job(session: Session, actor: Customer, job_id: int) -> tuple[Entry, ...]:
    """Return the files of one job and its visits, in the office's order, then oldest first; at most MOST_OF_JOB."""
    kinds = visibility.of_portal(session).kinds(actor)
    if not kinds:
        return ()
    given = _values(actor, kinds, job_id=job_id, rows=MOST_OF_JOB)
    rows = session.connection().execute(_job_statement(limited=reach.limited(actor)), given).all()
    ordered = sorted(rows, key=lambda row: (row.position, row.sort_at, row.id))
    return tuple(entries(session, actor, ordered))


@cache
def _job_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    conditions = [*within(limited=limited, narrowed=True), col(File.job_id) == bindparam("job_id")]
    return columns().where(*conditions).order_by(col(File.id)).limit(_ROWS)


def page(
    session: Session,
    actor: Customer,
    kind: str,
    *,
    location: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Return the files of a kind after the cursor, newest first; none without the right or where they are not shown.

    `location` is a property's public id (NotFound when it is out of reach).
    """
    if kind not in KINDS:
        raise Invalid("There is no such kind of file.")
    if kind not in visibility.of_portal(session).kinds(actor):
        return Page((), "")
    limit = max(1, min(limit, LONGEST_PAGE))
    here = properties.row_of(session, actor, RIGHT_OF[kind], location) if location else None
    after = cursors.read_moment(kind, cursor)
    given = _values(actor, (kind,), kind=kind, here=here, rows=limit + 1, **_after(after))
    shape = {"limited": reach.limited(actor), "placed": after is not None, "one_place": here is not None}
    rows = session.connection().execute(_page_statement(**shape), given).all()
    following = cursors.write(kind, rows[limit - 1].sort_at, rows[limit - 1].id) if len(rows) > limit else ""
    return Page(tuple(entries(session, actor, rows[:limit])), following)


def _after(after: Place | None) -> dict[str, Any]:
    return {} if after is None else {"after": after.value, "after_id": after.id}


@cache
def _page_statement(*, limited: bool, placed: bool, one_place: bool) -> Select[*tuple[Any, ...]]:
    conditions = [*within(limited=limited), col(File.kind) == bindparam("kind")]
    if one_place:
        conditions.append(col(File.location_id) == bindparam("here"))
    if placed:
        moment = bindparam("after")
        earlier = or_(col(File.sort_at) < moment, col(File.id) < bindparam("after_id"))
        conditions += [col(File.sort_at) <= moment, earlier]
    return columns().where(*conditions).order_by(col(File.sort_at).desc(), col(File.id).desc()).limit(_ROWS)


def get(session: Session, actor: Customer | Staff, public_id: str, size: str) -> Served:
    """Return which copy answers a request for a size; NotFound for all that is not theirs to have.

    Customers get nothing that is held, hidden, somebody else's or out of their reach, and of what may only be viewed
    nothing but the small and medium sizes. Staff who may see customers get everything there is.
    """
    row = _row_for_staff(session, public_id) if isinstance(actor, Staff) else _row_for(session, actor, public_id)
    if isinstance(actor, Staff):
        actor.require(Permission.VIEW_CUSTOMERS)
    if row is None or size not in SIZES or (size != LARGE and not is_picture(row.content_type)):
        raise NotFound
    if size == LARGE and isinstance(actor, Customer) and not _downloadable(session, actor, row):
        raise NotFound
    name = file_names.clean(words_of(row), row.kind)
    return Served(row.id, row.digest, size, row.content_type, f"{name}.{_ENDINGS[row.content_type]}", size == LARGE)


def _row_for(session: Session, actor: Customer, public_id: str) -> Row[*tuple[Any, ...]] | None:
    kinds = visibility.of_portal(session).kinds(actor)
    if not kinds:
        return None
    given = _values(actor, kinds, public_id=public_id)
    return session.connection().execute(_one_statement(limited=reach.limited(actor)), given).first()


@cache
def _one_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    return columns().where(*within(limited=limited), col(File.public_id) == bindparam("public_id"))


def _row_for_staff(session: Session, public_id: str) -> Row[*tuple[Any, ...]] | None:
    conditions = (col(File.public_id) == public_id, col(File.digest) != "", col(File.deleted_at).is_(None))
    return session.connection().execute(columns().where(*conditions)).first()


def _downloadable(session: Session, actor: Customer, row: Row[*tuple[Any, ...]]) -> bool:
    shown, own = visibility.of_portal(session), visibility.of_customer(session, actor)
    return visibility.may_download(actor, shown, own, row.kind, row.download, row.location_id)


def note_download(session: Session, actor: Customer | Staff, served: Served) -> None:
    """Note that somebody took a file home."""
    owner = session.get_one(File, served.file_id).customer_id
    activity.record(session, actor, "file.downloaded", customer_id=owner, subject=("file", served.file_id))


def within(*, limited: bool, narrowed: bool = False) -> list[ColumnElement[bool]]:
    """Return what must hold of a file for a customer to see it; `reach.values` with their `kinds` gives the values.

    `narrowed` as in `reach.of_customer`.
    """
    conditions = [
        reach.of_customer(File.customer_id, narrowed=narrowed),
        col(File.deleted_at).is_(None),
        col(File.digest) != "",
        col(File.state) == VISIBLE,
        col(File.offered),
        col(File.kind).in_(bindparam("kinds", expanding=True)),
        or_(col(File.job_id).is_(None), _stands(Job, File.job_id, reach.shown(Job))),
        or_(col(File.visit_id).is_(None), _stands(Visit, File.visit_id, reach.of_shown_job(Visit.job_id))),
    ]
    if limited:
        photo = and_(col(File.kind) == PHOTO, reach.at_places(File.location_id, RIGHT_OF[PHOTO]))
        document = and_(col(File.kind) == DOCUMENT, reach.at_places(File.location_id, RIGHT_OF[DOCUMENT]))
        conditions.append(or_(photo, document))
    return conditions


def _stands(table: type[Job] | type[Visit], row: Any, shown: ColumnElement[bool]) -> ColumnElement[bool]:
    theirs = col(table.customer_id) == col(File.customer_id)
    return exists().where(col(table.id) == col(row), theirs, col(table.deleted_at).is_(None), shown)


def _values(actor: Customer, kinds: Sequence[str], **more: Any) -> dict[str, Any]:
    return reach.values(actor, kinds=list(kinds), **more)


def columns() -> Select[*tuple[Any, ...]]:
    """Return the query of what an entry needs; its conditions are `within` and others."""
    return select(*(getattr(File, name) for name in _NAMES))


def is_picture(content_type: str) -> bool:
    """Return whether there are small and medium sizes of a file."""
    return content_type.startswith("image/")


def words_of(row: Any) -> str:
    """Return what a file is called: the office's caption, else the name it came with."""
    return row.caption or row.name


def entries(session: Session, actor: Customer, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Entry]:
    """Return rows of `columns` that the contact may see as entries of a list."""
    if not rows:
        return []
    shown, own = visibility.of_portal(session), visibility.of_customer(session, actor)
    return [
        Entry(
            id=row.id,
            public_id=row.public_id,
            kind=row.kind,
            words=words_of(row),
            at=row.sort_at,
            picture=is_picture(row.content_type),
            downloadable=visibility.may_download(actor, shown, own, row.kind, row.download, row.location_id),
            size=row.size,
            width=row.width,
            height=row.height,
            expires_on=row.expires_on,
            visit_id=row.visit_id,
            location_id=row.location_id,
            job_id=row.job_id,
        )
        for row in rows
    ]
