"""Opens the demo's accounts as soon as the CRM's people have been imported."""

import asyncio

from sqlmodel import col, func, select

from portal_app.database import reading, transaction
from portal_app.demo import accounts, seed
from portal_app.models import Contact

LOOK_EVERY = 0.5


async def open_demo_doors() -> None:
    """Wait until the demo's customers have arrived from the CRM, open their accounts, and end."""
    while True:
        if await asyncio.to_thread(open_once):
            return
        await asyncio.sleep(LOOK_EVERY)


def open_once() -> bool:
    """Open the accounts if both customers have arrived; returns whether they have."""
    wanted = (accounts.CUSTOMER, accounts.NEIGHBOUR)
    with reading() as session:
        arrived = session.exec(select(func.count(func.distinct(Contact.email))).where(col(Contact.email).in_(wanted)))
        if arrived.one() < len(wanted):
            return False
    with transaction() as session:
        return seed.open_doors(session)
