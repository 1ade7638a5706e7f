"""The portal's own way to its CRM: a connection, the poller's lease and an adapter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from portal_app.database import transaction
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import crm_connection, leases
from portal_app.settings import get_settings
from portal_app.workflows.crm_pass import LEASE, LEASE_SECONDS


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[int, RestAdapter, str]]:
    """Hold the lease and give what a pass takes: the connection's number, the adapter, the lease's holder."""
    settings = get_settings()
    holder = leases.new_holder()
    with transaction() as session:
        connection_id = crm_connection.ensure(session, settings.crm_url)
        if not leases.acquire(session, LEASE, holder, LEASE_SECONDS):
            raise RuntimeError("Another process reads this CRM.")
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value())
    try:
        yield connection_id, adapter, holder
    finally:
        await adapter.close()
        with transaction() as session:
            leases.release(session, LEASE, holder)
