"""`portal sync-now`: read the CRM once, now, and print how it went."""

import argparse
import asyncio

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import crm_connection, leases
from portal_app.services.actors import System
from portal_app.settings import Settings, get_settings
from portal_app.tasks.crm_poll import run_with_lease
from portal_app.workflows.crm_pass import LEASE, LEASE_SECONDS
from portal_app.workflows.poll_pass import PassResult

_ACTOR = System("command_line")
PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.2


def main(arguments: argparse.Namespace) -> int:
    """Run one pass, or let the running portal do it; 0 when every stream was read, 1 with a sentence otherwise."""
    logs.set_up()
    try:
        settings = get_settings()
        if not settings.crm_url:
            print("No CRM is set up: give PORTAL_CRM_URL and PORTAL_CRM_TOKEN.")
            return 1
        return asyncio.run(_sync(settings))
    except PortalError as error:
        print(error.sentence)
        return 1


async def _sync(settings: Settings) -> int:
    holder = leases.new_holder()
    connection_id, mine = _begin(settings, holder)
    if not mine:
        return await _wait_for_portal(connection_id)
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value())
    try:
        return _say(await run_with_lease(connection_id, adapter, holder))
    finally:
        await adapter.close()
        with transaction() as session:
            leases.release(session, LEASE, holder)


def _begin(settings: Settings, holder: str) -> tuple[int, bool]:
    with transaction() as session:
        connection_id = crm_connection.ensure(session, settings.crm_url, settings.crm_hosts)
        crm_connection.request_poll(session, _ACTOR)
        return connection_id, leases.acquire(session, LEASE, holder, LEASE_SECONDS)


async def _wait_for_portal(connection_id: int) -> int:
    """Wait until the running portal has done the pass that was asked for."""
    print("The running portal reads the CRM; waiting for it.")
    asked = clock.now()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with reading() as session:
                row = crm_connection.get_one(session, connection_id)
                ended_at, trouble = row.last_pass_ended_at, row.last_error
            if ended_at is not None and ended_at > asked:
                print(trouble or "Every stream was read.")
                return 1 if trouble else 0
            await asyncio.sleep(LOOK_SECONDS)


def _say(result: PassResult) -> int:
    for stream in result.streams:
        how = stream.error or f"{stream.read} read, {stream.changed} changed, {stream.set_aside} set aside"
        print(f"{stream.stream:12} {how}")
    if result.error:
        print(result.error)
    return 0 if result.complete else 1
