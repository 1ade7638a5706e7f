"""One look into the mailbox that mail comes back to: where to begin is read, then the mailbox, then it is written."""

import asyncio
from dataclasses import dataclass

from portal_app import logs
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.integrations import bounce_mailbox
from portal_app.integrations.bounce_mailbox import Look, MailboxError, Position
from portal_app.services import bounce_settings, bounces
from portal_app.settings import ImapServer

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: new mails, delivery reports among them, and those that told of a mail of ours something new.

    `problem` is a sentence when the mailbox could not be read, empty otherwise; `more` when mails are left to read.
    """

    mails: int = 0
    reports: int = 0
    came_back: int = 0
    more: bool = False
    problem: str = ""


async def read_bounces() -> Found | None:
    """Look once, and write down what came back, or why it could not be read; None while no mailbox is set."""
    try:
        plan = await asyncio.to_thread(_plan)
    except Invalid as problem:
        return await asyncio.to_thread(_failed, None, problem.sentence)
    if plan is None:
        return None
    server, position = plan
    try:
        look = await bounce_mailbox.look(server, position)
    except MailboxError as problem:
        log.warning("bounce_mailbox_unread", host=server.host, reason=problem.sentence)
        return await asyncio.to_thread(_failed, server, problem.sentence)
    return await asyncio.to_thread(_write, server, look)


def _plan() -> tuple[ImapServer, Position] | None:
    with reading() as session:
        server = bounce_settings.mailbox(session)
        return None if server is None else (server, bounce_settings.position(session, server))


def _failed(server: ImapServer | None, sentence: str) -> Found:
    with transaction() as session:
        bounce_settings.note_failure(session, server, sentence)
    return Found(problem=sentence)


def _write(server: ImapServer, look: Look) -> Found:
    with transaction() as session:
        came_back = sum(bounces.note_report(session, report) for report in look.reports)
        bounce_settings.note_look(session, server, look, came_back)
    if look.reports:
        log.info("bounces_read", mails=look.mails, reports=len(look.reports), came_back=came_back)
    return Found(look.mails, len(look.reports), came_back, look.more)
