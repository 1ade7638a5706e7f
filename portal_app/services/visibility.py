"""What customers see: of files by kind, for one customer and for one file, and of details everywhere."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, select

from portal_app.errors import Invalid
from portal_app.models import Customer as CustomerRecord
from portal_app.models import Visibility
from portal_app.services import activity
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Actor, Customer
from portal_app.services.rights import Permission, Right

PHOTO, DOCUMENT = "photo", "document"
KINDS = (PHOTO, DOCUMENT)
# There is one row, or none.
_ROW = 1
INHERIT, VIEW_ONLY, DOWNLOADABLE = "inherit", "view_only", "downloadable"
DOWNLOADS = (INHERIT, VIEW_ONLY, DOWNLOADABLE)
HELD, VISIBLE, HIDDEN = "held", "visible", "hidden"
STATES = (HELD, VISIBLE, HIDDEN)
RIGHT_OF = {PHOTO: Right.VIEW_JOBS, DOCUMENT: Right.DOCUMENTS}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the office has decided for all customers; see `models.Visibility`."""

    photos: bool = True
    documents: bool = True
    hold_new: bool = False
    photo_download: str = DOWNLOADABLE
    line_prices: bool = True
    technicians: bool = True
    descriptions: bool = True

    def kinds(self, actor: Customer) -> tuple[str, ...]:
        """Return the kinds of file that are shown at all, and that the contact has the right to."""
        on = {PHOTO: self.photos, DOCUMENT: self.documents}
        return tuple(kind for kind in KINDS if on[kind] and actor.may(RIGHT_OF[kind]))

    @property
    def state_of_new(self) -> str:
        """The state in which a new file begins."""
        return HELD if self.hold_new else VISIBLE


def of_portal(session: Session) -> Shown:
    """Return what holds for all customers."""
    row = session.get(Visibility, _ROW)
    return Shown(**{name: getattr(row, name) for name in Shown.__slots__}) if row else Shown()


def hidden(detail: str) -> ColumnElement[bool]:
    """Return, for a statement's conditions, that the office hides a detail: a name of Shown such as `technicians`."""
    return exists().where(col(Visibility.id) == _ROW, col(getattr(Visibility, detail)).is_(False))


def of_customer(session: Session, actor: Customer) -> str:
    """Return what the office has decided about this customer's downloads of photos: a word of DOWNLOADS."""
    statement = select(CustomerRecord.photo_download).where(CustomerRecord.id == actor.customer_id)
    return session.exec(statement).first() or INHERIT


def may_download(
    actor: Customer, shown: Shown, of_their_own: str, kind: str, download: str, location_id: int | None
) -> bool:
    """Return whether a contact may take a file home, or only look at it.

    The word on the file counts before the one on the customer, that before the one for all. Photos ask for the
    contact's own right as well, at the file's property.
    """
    if kind == DOCUMENT:
        return download != VIEW_ONLY
    places = actor.places(Right.PHOTO_DOWNLOAD)
    if not actor.may(Right.PHOTO_DOWNLOAD) or (places is not None and location_id not in places):
        return False
    decided = next(word for word in (download, of_their_own, shown.photo_download) if word != INHERIT)
    return decided == DOWNLOADABLE


def get(session: Session, actor: Actor) -> Shown:
    """Return what holds for all customers, for those who may change it."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    return of_portal(session)


def save(session: Session, actor: Actor, wanted: Shown) -> None:
    """Decide what holds for all customers; it counts at once, and files that are held stay so."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    if wanted.photo_download not in (VIEW_ONLY, DOWNLOADABLE):
        raise Invalid("Choose whether photos can be downloaded or only viewed.")
    before = of_portal(session)
    changed = [name for name in Shown.__slots__ if getattr(before, name) != getattr(wanted, name)]
    if not changed:
        return
    row = session.get(Visibility, _ROW) or Visibility(id=_ROW)
    for name in changed:
        setattr(row, name, getattr(wanted, name))
    session.add(row)
    activity.record(session, actor, "visibility.changed", subject=("visibility", 1), facts={"changed": changed})
    session.flush()


def word_of_customer(session: Session, actor: Actor, customer_public_id: str) -> str:
    """Return what the office has decided about a customer's downloads of photos: a word of DOWNLOADS."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    return customer_of_office(session, customer_public_id).photo_download


def set_customer_download(session: Session, actor: Actor, customer_public_id: str, download: str) -> None:
    """Decide for one customer whether photos can be downloaded, or leave it to what holds for all (inherit)."""
    require_office(actor, Permission.EDIT_CUSTOMERS)
    if download not in DOWNLOADS:
        raise Invalid("Choose whether photos can be downloaded or only viewed.")
    customer = customer_of_office(session, customer_public_id)
    if customer.photo_download == download:
        return
    customer.photo_download = download
    activity.record(
        session,
        actor,
        "file.download_of_customer",
        customer_id=customer.id,
        subject=("customer", customer.id),
        facts={"download": download},
    )
    session.flush()
