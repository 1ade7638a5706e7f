"""Opens the demo's accounts as soon as the CRM's people have been imported."""

from sqlmodel import col, func, select

from portal_app.database import reading, transaction
from portal_app.demo import accounts, seed
from portal_app.models import Contact


def open_once() -> bool:
    """Open the accounts if both customers have arrived; returns whether they have."""
    wanted = (accounts.CUSTOMER, accounts.NEIGHBOUR)
    with reading() as session:
        arrived = session.exec(select(func.count(func.distinct(Contact.email))).where(col(Contact.email).in_(wanted)))
        if arrived.one() < len(wanted):
            return False
    with transaction() as session:
        return seed.open_doors(session)
