"""Sends what waits in the outbox for as long as the portal runs; every process takes its part."""

import asyncio
import time
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from portal_app import logs
from portal_app.integrations.crm.adapter import CrmAdapter
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import outbox
from portal_app.services.outbox import Job
from portal_app.settings import get_settings
from portal_app.workflows.deliver import deliver, take_due, went_wrong

LOOK_SECONDS = 0.4
AFTER_A_BUG_SECONDS = 5.0
FINISH_SECONDS = 3.0
MAILS_AT_ONCE = 6
COMMANDS_AT_ONCE = 4
log = logs.get(__name__)


class Sender:
    """One process's part: what it is sending now, and until when it leaves mail or the CRM alone."""

    def __init__(self, adapter: CrmAdapter | None) -> None:
        self._adapter = adapter
        self._under_way: dict[asyncio.Task[None], bool] = {}
        self._mail_rests_until = self._crm_rests_until = 0.0
        self._mails_at_once = MAILS_AT_ONCE

    async def look(self) -> None:
        """Take up what may leave and there is room for."""
        now = time.monotonic()
        mails = sum(self._under_way.values())
        jobs = await asyncio.to_thread(
            take_due,
            most_mails=self._mails_at_once - mails if now >= self._mail_rests_until else 0,
            most_commands=self._room_for_commands(mails) if now >= self._crm_rests_until else 0,
        )
        for job in jobs:
            task = asyncio.create_task(self._send(job))
            self._under_way[task] = job.kind == outbox.MAIL
            task.add_done_callback(lambda done: self._under_way.pop(done, None))

    def _room_for_commands(self, mails: int) -> int:
        return 0 if self._adapter is None else COMMANDS_AT_ONCE - (len(self._under_way) - mails)

    async def _send(self, job: Job) -> None:
        """Send one row; whatever goes wrong is logged, and it waits for another time."""
        try:
            pause = await deliver(job, self._adapter)
        except Exception as error:
            log.error("outbox_row_failed", row=job.id, kind=job.kind, reference=logs.reference(), exc_info=error)
            # Where not even that can be noted, its lease runs out by itself.
            with suppress(SQLAlchemyError):
                await asyncio.to_thread(went_wrong, job)
            return
        if job.kind == outbox.MAIL:
            # A server that takes nothing from us is asked with one mail at a time: more would get the account locked.
            self._mails_at_once = 1 if pause else MAILS_AT_ONCE
            self._mail_rests_until = time.monotonic() + (pause.seconds if pause else 0)
        elif pause is not None:
            self._crm_rests_until = time.monotonic() + pause.seconds

    async def finish(self) -> None:
        """Let what is under way end, for a moment; the rest is sent again by whoever runs next."""
        under_way = list(self._under_way)
        if under_way:
            await asyncio.wait(under_way, timeout=FINISH_SECONDS)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def send_outbox() -> None:
    """Send until cancelled."""
    settings = get_settings()
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value()) if settings.crm_url else None
    sender = Sender(adapter)
    try:
        while True:
            await _one_look(sender)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await asyncio.shield(sender.finish())
        if adapter is not None:
            await adapter.close()


async def _one_look(sender: Sender) -> None:
    """Look once; a failure is logged and the next look tries again."""
    try:
        await sender.look()
    except SQLAlchemyError as error:
        log.warning("outbox_look_failed", error=type(error).__name__)
    except Exception as error:
        log.error("outbox_look_failed", reference=logs.reference(), exc_info=error)
        await asyncio.sleep(AFTER_A_BUG_SECONDS)
