"""What a contact's queries may reach: conditions that are built once, and values that are given each time.

Building a statement costs ten times what SQLite needs to answer it, so the pages' statements are built once
for contacts with all properties and once for limited ones.
"""

from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlmodel import col

from portal_app.models import Invoice, Quote, Visit
from portal_app.services.actors import Customer

_CUSTOMER = bindparam("customer_id")
_LOCATIONS = bindparam("location_ids", expanding=True)
# A word of the CRM that nobody has mapped may mean a draft.
NEVER_SHOWN = ("draft", "unknown")


def limited(actor: Customer) -> bool:
    """Return whether a contact sees some properties only."""
    return actor.locations is not None


def values(actor: Customer, **more: Any) -> dict[str, Any]:
    """Return the values of `within` for one contact, and any others."""
    return {"customer_id": actor.customer_id, "location_ids": sorted(actor.locations or ()), **more}


def of_customer(column: Any) -> ColumnElement[bool]:
    """Return that a column names the contact's customer."""
    return col(column) == _CUSTOMER


def at_locations(column: Any) -> ColumnElement[bool]:
    """Return that a column names one of the contact's properties."""
    return col(column).in_(_LOCATIONS)


def within(table: type[Visit] | type[Invoice] | type[Quote], *, limited: bool) -> list[ColumnElement[bool]]:
    """Return what must hold of a record for a contact to see it: theirs, not deleted, no draft.

    Somebody limited to some properties sees nothing that names no property: nobody has said that it is theirs.
    """
    conditions = [of_customer(table.customer_id), col(table.deleted_at).is_(None)]
    if table is not Visit:
        conditions.append(col(table.status).not_in(NEVER_SHOWN))
    if limited:
        conditions.append(at_locations(table.location_id))
    return conditions
