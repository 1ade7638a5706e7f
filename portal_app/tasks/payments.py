"""Keeps payments in step for as long as the portal runs, in one process: what Stripe told, what it did not, the CRM.

Open pages are looked at every few minutes, debits with the bank every half hour, settled payments every night.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.integrations.crm.adapter import CrmAdapter
from portal_app.integrations.crm.errors import CrmError
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.integrations.stripe import close_clients
from portal_app.integrations.stripe.errors import StripeTrouble
from portal_app.services import leases, payment_settings, payment_work
from portal_app.settings import get_settings
from portal_app.workflows.forget_payer import forget_payer
from portal_app.workflows.read_back import read_back
from portal_app.workflows.refund import send
from portal_app.workflows.rolled_key import adopt
from portal_app.workflows.stripe_events import work_on
from portal_app.workflows.sync_attempt import end_page, sync_attempt

LEASE = "payments"
LEASE_SECONDS = 60.0
LOOK_SECONDS = 1.0
NEXT_SECONDS = 0.05
AFTER_TROUBLE_SECONDS = 15.0
# What Stripe told in a flood is worked on for a third of the time.
TOLD, BREATH = "told", 2.0
OPEN_EVERY = timedelta(minutes=2)
BANK_EVERY = timedelta(minutes=30)
SETTLED_EVERY = timedelta(hours=24)
log = logs.get(__name__)


async def reconcile_payments() -> None:
    """Look until cancelled."""
    settings = get_settings()
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value()) if settings.crm_url else None
    holder = leases.new_holder()
    knows_all = False
    try:
        while True:
            knows_all = knows_all or await _adopted()
            rest = await _one_turn(holder, adapter)
            await asyncio.sleep(rest if knows_all else AFTER_TROUBLE_SECONDS)
    finally:
        await asyncio.shield(_let_go(holder, adapter))


async def _adopted() -> bool:
    """Let what began under an older key go on, which a start may have replaced; returns whether that is done."""
    try:
        await adopt()
    except StripeTrouble as trouble:
        log.warning("older_key_not_compared", reason=trouble.sentence)
        return False
    except SQLAlchemyError as error:
        log.warning("older_key_not_compared", error=type(error).__name__)
        return False
    return True


async def _one_turn(holder: str, adapter: CrmAdapter | None) -> float:
    """Do what is to be done now; returns for how many seconds to rest."""
    try:
        if not await asyncio.to_thread(_anything_to_do, adapter is not None):
            return LOOK_SECONDS
        if await asyncio.to_thread(_take_turn, holder):
            return await reconcile(adapter)
    except SQLAlchemyError as error:
        log.warning("payments_turn_failed", error=type(error).__name__)
    except Exception as error:
        log.error("payments_turn_failed", reference=logs.reference(), exc_info=error)
        return AFTER_TROUBLE_SECONDS
    return LOOK_SECONDS


async def reconcile(adapter: CrmAdapter | None) -> float:
    """Bring everything that waits in step once; returns for how many seconds to rest."""
    rest = LOOK_SECONDS
    if adapter is not None and not await _went_well("read_back", "", partial(read_back, adapter)):
        rest = AFTER_TROUBLE_SECONDS
    work = await asyncio.to_thread(_work)
    if work.told:
        # Behind these there may be more.
        rest = min(rest, NEXT_SECONDS)
    for name, public_id, act in _steps(work):
        began = time.monotonic()
        if not await _went_well(name, public_id, act):
            rest = AFTER_TROUBLE_SECONDS
        if name == TOLD:
            # They wait because there was a flood: more of it must be answered meanwhile.
            await asyncio.sleep(BREATH * (time.monotonic() - began))
    return rest


async def _went_well(what: str, public_id: str, act: Callable[[], Awaitable[object]]) -> bool:
    """Do one thing of many; returns False when it has to rest, and never keeps the others from their turn."""
    try:
        await act()
    except (StripeTrouble, CrmError) as trouble:
        log.warning("payments_not_asked", what=what, about=public_id, reason=trouble.sentence)
        return False
    except PortalError as trouble:
        log.warning("payment_not_in_step", what=what, about=public_id, reason=trouble.sentence)
    except Exception as error:
        log.error("payment_step_failed", what=what, about=public_id, reference=logs.reference(), exc_info=error)
        return False
    return True


def _steps(work: payment_work.Work) -> Iterator[tuple[str, str, Callable[[], Awaitable[object]]]]:
    """Yield what is to be done: its name for the log, what it is about, and the call."""
    for told in work.told:
        yield TOLD, told.attempt, partial(work_on, told)
    for name, act, ids in (
        ("end", end_page, work.outdated),
        ("sync", sync_attempt, work.to_look_at),
        ("refund", send, work.refunds),
        ("forget", forget_payer, work.to_forget),
    ):
        for public_id in ids:
            yield name, public_id, partial(act, public_id)


def _anything_to_do(listens: bool) -> bool:
    with reading() as session:
        return (listens and payment_work.waits_for_crm(session)) or _found(session).anything


def _work() -> payment_work.Work:
    with reading() as session:
        return _found(session)


def _found(session: Session) -> payment_work.Work:
    keys = payment_settings.keys(session)
    now = clock.now()
    if keys is None:
        return payment_work.Work()
    return payment_work.to_do(
        session,
        keys.mark,
        open_before=now - OPEN_EVERY,
        bank_before=now - BANK_EVERY,
        settled_before=now - SETTLED_EVERY,
    )


def _take_turn(holder: str) -> bool:
    with transaction() as session:
        return leases.acquire(session, LEASE, holder, LEASE_SECONDS)


async def _let_go(holder: str, adapter: CrmAdapter | None) -> None:
    await close_clients()
    if adapter is not None:
        await adapter.close()
    await asyncio.to_thread(_release, holder)


def _release(holder: str) -> None:
    with transaction() as session:
        leases.release(session, LEASE, holder)
