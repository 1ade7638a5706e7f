"""Processes that send the outbox until nothing waits any more; made to be killed at any moment.

Speaks as `tests.workflows.poll_process` does, and sends where that one polls.
"""

import asyncio

from portal_app.database import reading
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import outbox
from portal_app.settings import get_settings
from portal_app.tasks.outbox import Sender
from portal_app.workflows import deliver
from tests.workflows import poll_process

# So short that the next process need not wait long for what the killed one held.
LEASE_SECONDS = 0.4


async def send() -> None:
    """Send until nothing waits."""
    deliver.LEASE_SECONDS = LEASE_SECONDS
    settings = get_settings()
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value())
    sender = Sender(adapter)
    while await asyncio.to_thread(_waiting):
        await sender.look()
        await asyncio.sleep(0.02)
    await sender.finish()
    await adapter.close()


def _waiting() -> int:
    with reading() as session:
        return outbox.waiting(session)


if __name__ == "__main__":
    poll_process.main(send)
