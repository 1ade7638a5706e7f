"""What a contact's queries may reach: conditions that are built once, and values that are given each time.

Building a statement costs ten times what SQLite needs to answer it, so the pages' statements are built once
for contacts with all properties and once for limited ones.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, bindparam, not_, or_, select
from sqlmodel import col

from portal_app.models import Invoice, Job, Quote, Series, Visit
from portal_app.models.base import table_of
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

_CUSTOMER = bindparam("customer_id")
_LOCATIONS = bindparam("location_ids", expanding=True)
# What forgets to say is shown nothing that is hidden.
_SEES_HIDDEN = bindparam("sees_hidden", value=False, type_=Boolean)
# A word of the CRM that nobody has mapped may mean a draft.
NEVER_SHOWN = ("draft", "unknown")
RIGHT_OF: dict[type, Right] = {
    Job: Right.VIEW_JOBS,
    Series: Right.VIEW_JOBS,
    Visit: Right.VIEW_JOBS,
    Invoice: Right.VIEW_MONEY,
    Quote: Right.VIEW_QUOTES,
}
_VIEWS = (*dict.fromkeys(RIGHT_OF.values()), Right.DOCUMENTS)


def limited(actor: Customer) -> bool:
    """Return whether a contact has anything at some properties only."""
    return actor.locations is not None or bool(actor.right_locations)


def may_at(actor: Customer, right: Right, location_id: int | None) -> bool:
    """Return whether a contact has a right at a property; what names none is for those with all of them."""
    places = actor.places(right)
    return actor.may(right) and (places is None or location_id in places)


def values(actor: Customer, **more: Any) -> dict[str, Any]:
    """Return the values of `within` and `at_locations` for one contact, and any others."""
    given: dict[str, Any] = {"customer_id": actor.customer_id, "location_ids": sorted(actor.locations or ())}
    given["sees_hidden"] = actor.sees_hidden
    if limited(actor):
        given["everywhere"] = actor.locations is None
        for right in _VIEWS:
            places = actor.places(right)
            given[f"everywhere_{right}"], given[f"places_{right}"] = places is None, sorted(places or ())
    return given | more


def of_customer(column: Any, *, narrowed: bool = False) -> ColumnElement[bool]:
    """Return that a column names the contact's customer.

    `narrowed` says that something else leads to few records, such as their job. SQLite does not know how many there
    are of either and would walk through all of the customer's; an index is of no use to a sum.
    """
    return (col(column) + 0 if narrowed else col(column)) == _CUSTOMER


def shown(table: Any) -> ColumnElement[bool]:
    """Return that a job, quote or invoice is not hidden from the contact; nothing is from the office's own look."""
    return or_(_SEES_HIDDEN, col(table.hidden_at).is_(None))


def of_shown_job(column: Any) -> ColumnElement[bool]:
    """Return that a column names a job that is not hidden from the contact; for columns that always name one.

    The hidden ones are looked up once, along an index that holds nothing else.
    """
    # Under a name of its own: most statements that ask this read jobs themselves.
    job = table_of(Job).alias("hidden_job")
    hidden = select(job.c.id).where(job.c.customer_id == _CUSTOMER, job.c.hidden_at.is_not(None), not_(_SEES_HIDDEN))
    return col(column).not_in(hidden)


def job_of_visit() -> ColumnElement[bool]:
    """Return how a visit's job is joined: only one of the same customer, since the CRM may move a job on its own."""
    return (col(Job.id) == col(Visit.job_id)) & (col(Job.customer_id) == col(Visit.customer_id))


def at_locations(column: Any) -> ColumnElement[bool]:
    """Return that a column names one of the contact's properties; for limited contacts."""
    return or_(bindparam("everywhere", type_=Boolean), col(column).in_(_LOCATIONS))


def at_places(column: Any, right: Right) -> ColumnElement[bool]:
    """Return that a column names a property at which the contact has the right; for limited contacts.

    What names no property is not shown to somebody limited to some: nobody has said that it is theirs.
    """
    named = col(column).in_(bindparam(f"places_{right}", expanding=True))
    return or_(bindparam(f"everywhere_{right}", type_=Boolean), named)


def within(
    table: type[Visit] | type[Invoice] | type[Quote] | type[Job] | type[Series],
    *,
    limited: bool,
    narrowed: bool = False,
) -> list[ColumnElement[bool]]:
    """Return what must hold of a record for a contact with its right to see it: theirs, not deleted, no draft.

    And not hidden by the office; what is hidden of a job is hidden of its visits. `narrowed` as in `of_customer`.
    """
    conditions = [of_customer(table.customer_id, narrowed=narrowed), col(table.deleted_at).is_(None)]
    if table is Visit:
        conditions.append(of_shown_job(Visit.job_id))
    elif table is not Series:
        conditions.append(shown(table))
    if table is Invoice or table is Quote:
        conditions.append(col(table.status).not_in(NEVER_SHOWN))
    if limited:
        conditions.append(at_places(table.location_id, RIGHT_OF[table]))
    return conditions
