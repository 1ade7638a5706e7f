"""The people who come, as customers may see them."""

from sqlmodel import Session, col, select

from portal_app.errors import NotFound, SignInRequired
from portal_app.models import Job, Technician, Visit, VisitTechnician
from portal_app.services import reach, visibility
from portal_app.services.actors import Actor, Customer, Staff
from portal_app.services.rights import Right


def photo_hash(session: Session, actor: Actor | None, public_id: str) -> str:
    """Return the content hash of a technician's photo.

    A customer sees those who come or came to them, where jobs may be viewed and technicians are shown; staff see all.
    SignInRequired for a stranger; NotFound for everybody else's, for one without a photo, and for an id that does not
    exist.
    """
    statement = select(Technician.photo_hash).where(
        Technician.public_id == public_id, col(Technician.photo_hash).is_not(None), col(Technician.deleted_at).is_(None)
    )
    if isinstance(actor, Customer):
        if not actor.may(Right.VIEW_JOBS):
            raise NotFound
        statement = (
            statement.join(VisitTechnician, col(VisitTechnician.technician_id) == Technician.id)
            .join(Visit, col(Visit.id) == VisitTechnician.visit_id)
            .join(Job, reach.job_of_visit())
            .where(Visit.customer_id == actor.customer_id, col(Visit.deleted_at).is_(None))
            .where(col(Job.hidden_at).is_(None))
            .where(~visibility.hidden("technicians"))
        )
        places = actor.places(Right.VIEW_JOBS)
        if places is not None:
            statement = statement.where(col(Visit.location_id).in_(places))
    elif not isinstance(actor, Staff):
        raise SignInRequired
    found = session.exec(statement.limit(1)).first()
    if not found:
        raise NotFound
    return found
