"""Reads the CRM for as long as the portal runs: one process at a time, at a steady pace, slower after trouble."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import crm_connection, leases
from portal_app.services.crm_connection import Plan
from portal_app.settings import get_settings
from portal_app.workflows.crm_pass import LEASE, LEASE_SECONDS, LeaseLost
from portal_app.workflows.poll_pass import PassResult, run_pass

LOOK_SECONDS = 0.3
SLOWEST_SECONDS = 900.0
AFTER_A_BUG_SECONDS = 5.0
JITTER = (0.85, 1.0)
_PACE = random.SystemRandom()
log = logs.get(__name__)


@dataclass(slots=True)
class _Poller:
    """One process's part: which connection, as whom it holds the lease, and until when that is sure."""

    connection_id: int
    adapter: RestAdapter
    holder: str
    interval: float
    jitter: float = 1.0
    lease_until: datetime | None = None

    def look(self) -> Plan | None:
        """Return the plan when this process holds the lease, None while another one does."""
        now = clock.now()
        if self.lease_until is None or now >= self.lease_until - timedelta(seconds=LEASE_SECONDS * 2 / 3):
            with transaction() as session:
                mine = leases.acquire(session, LEASE, self.holder, LEASE_SECONDS)
            self.lease_until = now + timedelta(seconds=LEASE_SECONDS) if mine else None
        if self.lease_until is None:
            return None
        with reading() as session:
            return crm_connection.plan(session, self.connection_id)

    def let_go(self) -> None:
        """Give the lease back, so that another process can go on at once."""
        with transaction() as session:
            leases.release(session, LEASE, self.holder)


def is_due(plan: Plan, interval: float, jitter: float, now: datetime) -> bool:
    """Return whether a pass is to begin: asked for, or its time has come; never before the CRM allows it."""
    if plan.state != crm_connection.ACTIVE or (plan.not_before is not None and plan.not_before > now):
        return False
    if plan.requested or plan.started_at is None:
        return True
    # A pass that was killed has begun but not ended; the pace counts from its beginning then.
    last = max(plan.started_at, plan.ended_at or plan.started_at)
    return now >= last + timedelta(seconds=pace(interval, plan.failures) * jitter)


def pace(interval: float, failures: int) -> float:
    """Return the seconds between passes: the interval, doubled with each failure in a row up to 15 minutes."""
    return interval if failures == 0 else max(interval, min(SLOWEST_SECONDS, interval * 2 ** min(failures, 16)))


async def crm_poll() -> None:
    """Poll the CRM that the settings name until cancelled; returns at once when they name none."""
    settings = get_settings()
    if not settings.crm_url:
        return
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value())
    try:
        connection_id = await _connect(settings.crm_url, settings.crm_hosts)
        poller = _Poller(connection_id, adapter, leases.new_holder(), settings.crm_poll_seconds)
        try:
            while True:
                await _one_look(poller)
        finally:
            # Cancelled with the portal: the shield lets the lease go all the same.
            await asyncio.shield(asyncio.to_thread(poller.let_go))
    finally:
        await adapter.close()


async def _connect(base_url: str, file_hosts: Sequence[str]) -> int:
    def write() -> int:
        with transaction() as session:
            return crm_connection.ensure(session, base_url, file_hosts)

    while True:
        try:
            return await asyncio.to_thread(write)
        except SQLAlchemyError as error:
            log.error("crm_poll_cannot_start", reference=logs.reference(), exc_info=error)
            await asyncio.sleep(1)


async def _one_look(poller: _Poller) -> None:
    """Run a pass if one is due; whatever goes wrong is logged and the poller lives on."""
    try:
        plan = await asyncio.to_thread(poller.look)
        if plan is not None and is_due(plan, poller.interval, poller.jitter, clock.now()):
            poller.jitter = _PACE.uniform(*JITTER)
            result = await run_with_lease(poller.connection_id, poller.adapter, poller.holder)
            _tell(result)
    except LeaseLost:
        poller.lease_until = None
        log.warning("crm_poll_lease_lost")
    except Exception as error:
        log.error("crm_pass_failed", reference=logs.reference(), exc_info=error)
        await asyncio.sleep(AFTER_A_BUG_SECONDS)
    await asyncio.sleep(LOOK_SECONDS)


async def run_with_lease(connection_id: int, adapter: RestAdapter, holder: str) -> PassResult:
    """Run one pass, keeping the lease alive while the CRM lets it wait; LeaseLost when somebody took it over."""
    keeper = asyncio.create_task(_keep_lease(holder))
    passing = asyncio.create_task(run_pass(connection_id, adapter, holder))
    try:
        await asyncio.wait({keeper, passing}, return_when=asyncio.FIRST_COMPLETED)
        if not passing.done():
            keeper.result()
        return await passing
    finally:
        for task in (keeper, passing):
            task.cancel()
        await asyncio.gather(keeper, passing, return_exceptions=True)


async def _keep_lease(holder: str) -> None:
    """Renew the lease until cancelled; raises LeaseLost."""

    def renew() -> bool:
        with transaction() as session:
            return leases.acquire(session, LEASE, holder, LEASE_SECONDS)

    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            if not await asyncio.to_thread(renew):
                raise LeaseLost("Another process reads the CRM now.")
        except SQLAlchemyError as error:
            log.warning("crm_lease_not_renewed", error=type(error).__name__)


def _tell(result: PassResult) -> None:
    changed = sum(stream.changed for stream in result.streams)
    if result.sentence():
        log.warning("crm_pass", changed=changed, complete=result.complete, trouble=result.sentence()[:500])
    elif changed:
        log.info("crm_pass", changed=changed, complete=True)
