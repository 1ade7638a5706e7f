"""One row of the outbox on its way out: what it needs is read, then it is sent, then what came of it is written.

A process that is killed in between leaves a row that is being sent with a lease that runs out; the next process
sends it again. So every mail leaves at least once, always under the same Message-ID, and a CRM, which knows a
command by its id, acts on it once.
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.integrations import mail
from portal_app.integrations.crm.adapter import CommandAnswer, CrmAdapter
from portal_app.integrations.crm.errors import CrmError, CrmRefused, CrmUnavailable
from portal_app.services import (
    business,
    crm_connection,
    guests,
    mail_design,
    mail_settings,
    mail_words,
    mails,
    outbox,
    sealed,
)
from portal_app.services.actors import Guest
from portal_app.services.mail_settings import MailRoute
from portal_app.services.mails import Mail
from portal_app.services.outbox import Job
from portal_app.services.outbox_hooks import Outcome
from portal_app.settings import get_settings
from portal_app.workflows import papers

LEASE_SECONDS = 20.0
MOST_TRIES = 12
LONGEST_HOURS = 24
# However old it is: what waited for a CRM that was away for days meets one that is busy with all that waited.
FEWEST_TRIES = 6
SLOWEST_SECONDS = 900.0
SERVER_REFUSED_SECONDS = 60.0
LET_REST_SECONDS = 10.0
# Servers take about ten megabytes, and what is enclosed grows by a third on its way.
LARGEST_ENCLOSED = 6 * 1024 * 1024
_DICE = random.SystemRandom()
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Pause:
    """For how many seconds nothing more of this sort should be tried; the other side wants, or takes, nothing."""

    seconds: float


def take_due(*, most_mails: int, most_commands: int) -> list[Job]:
    """Claim what may leave now; what has no way out (no mail server, no CRM, one that is stopped) is left waiting."""
    with reading() as session:
        if not outbox.anything_due(session):
            return []
        found = outbox.due(
            session,
            mails=most_mails if mail_settings.is_set(session) else 0,
            commands=most_commands if _crm_listens(session) else 0,
        )
    if not found:
        return []
    with transaction() as session:
        claimed = [outbox.claim(session, job, LEASE_SECONDS) for job in found]
    return [job for job in claimed if job is not None]


def _crm_listens(session: Session) -> bool:
    row = crm_connection.get(session) if get_settings().crm_url else None
    return row is not None and row.state == crm_connection.ACTIVE


async def deliver(job: Job, adapter: CrmAdapter | None) -> Pause | None:
    """Send one claimed row and write down what came of it; returns a pause when others of its sort should wait."""
    keeper = asyncio.create_task(_keep_lease(job))
    try:
        if job.kind == outbox.MAIL:
            return await _deliver_mail(job)
        return await _deliver_command(job, adapter)
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def _keep_lease(job: Job) -> None:
    """Renew the lease until cancelled, so that it can be short and a dead process is soon replaced."""

    def renew() -> bool:
        with transaction() as session:
            return outbox.keep(session, job, LEASE_SECONDS)

    standing = True
    while standing:
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            standing = await asyncio.to_thread(renew)
        except SQLAlchemyError as error:
            log.warning("outbox_lease_not_renewed", error=type(error).__name__)


def wait_after(attempts: int, asked: float | None = None) -> float:
    """Return the seconds until the next try: any up to 2ⁿ (at most 15 minutes), at least 1 and what was asked for."""
    jittered = _DICE.uniform(0, min(SLOWEST_SECONDS, 2.0 ** min(attempts, 16)))
    return max(1.0, jittered, asked or 0.0)


async def _deliver_mail(job: Job) -> Pause | None:
    try:
        enclosed = await _enclosed(job)
    except PortalError as problem:
        await asyncio.to_thread(_give_up, job, problem.sentence)
        return None
    ready = await asyncio.to_thread(_ready_mail, job, enclosed)
    if ready is None:
        return None
    way, letter = ready
    try:
        await mail.send(way.server, letter)
    except mail.MailLater as trouble:
        await asyncio.to_thread(_mail_later, job, trouble.sentence)
    except mail.MailServerRefused as trouble:
        await asyncio.to_thread(_server_refused, job, trouble.sentence)
        return Pause(LET_REST_SECONDS)
    except mail.MailRefused as trouble:
        await asyncio.to_thread(_mail_refused, job, trouble)
    else:
        await asyncio.to_thread(_mail_left, job)
    return None


async def _enclosed(job: Job) -> mail.Enclosed | None:
    """Return the paper that goes with a mail, None for most; Invalid when what it was about is over meanwhile."""
    if mails.of(job.payload) is not Mail.SHARED:
        return None
    guest = await asyncio.to_thread(_guest, str((job.payload.get("facts") or {}).get("link") or ""))
    made = await papers.enclosed_invoice(guest)
    return mail.Enclosed(made.name, made.data) if len(made.data) <= LARGEST_ENCLOSED else None


def _guest(link: str) -> Guest:
    with reading() as session:
        found = guests.by_link(session, link)
    if found is None:
        raise Invalid("Too late: it was revoked, or the invoice is no longer shown.")
    return found


def _give_up(job: Job, sentence: str) -> None:
    with transaction() as session:
        outbox.give_up(session, job, Outcome(outbox.DEAD, reason=sentence))


def _ready_mail(job: Job, enclosed: mail.Enclosed | None) -> tuple[MailRoute, mail.Letter] | None:
    """Return how and what to send; None when the mail cannot leave at all, which has been written down then."""
    try:
        with reading() as session:
            way = mail_settings.route(session)
        return None if way is None else (way, _letter(job, way, enclosed))
    except Invalid as problem:
        _give_up(job, problem.sentence)
    return None


def _letter(job: Job, way: MailRoute, enclosed: mail.Enclosed | None = None) -> mail.Letter:
    """Return the mail in words; Invalid when it has none, or they have come to nothing meanwhile."""
    name, useless = mails.of(job.payload), mails.useless_from(job.payload, job.written_at)
    if name is None:
        raise Invalid("This version of the portal does not know this mail.")
    if useless is not None and clock.now() >= useless:
        raise Invalid("Too late: the code or link in it has run out meanwhile.")
    settings, look = get_settings(), business.look()
    facts = {**(job.payload.get("facts") or {}), "enclosed": enclosed is not None}
    words = mail_words.words_of(name, facts, sealed.unseal(job.sealed), look)
    rendered = mail_design.render(words, look, settings.public_url)
    return mail.Letter(
        to=str(job.payload.get("to") or ""),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        from_name=look.name,
        from_address=way.from_address,
        reply_to=look.support_email,
        mail_id=mails.message_id(job.public_id, _host(settings.public_url)),
        enclosed=enclosed,
    )


def _host(public_url: str) -> str:
    """Return the portal's name as a Message-ID can hold it."""
    host = urlsplit(public_url).hostname or "localhost"
    return "localhost" if ":" in host else host.encode("idna").decode()


def _is_test(job: Job) -> bool:
    return mails.of(job.payload) is Mail.TEST


def _mail_left(job: Job) -> None:
    with transaction() as session:
        outbox.left(session, job, Outcome(outbox.DONE))
        mails.note_success(session, str(job.payload.get("to")))
        if _is_test(job):
            mail_settings.note_test(session, "")


def _mail_later(job: Job, sentence: str) -> None:
    with transaction() as session:
        if _is_test(job):
            _test_failed(session, job, sentence)
        elif job.attempts >= MOST_TRIES and _age(job) >= timedelta(hours=LONGEST_HOURS):
            outbox.give_up(session, job, Outcome(outbox.DEAD, reason=f"Tried for a day. {sentence}"))
        else:
            at = clock.now() + timedelta(seconds=wait_after(job.attempts))
            outbox.try_later(session, job, at, sentence)


def went_wrong(job: Job) -> None:
    """Note that a row could not leave for a reason nobody thought of: it waits ever longer, then it is the office's."""
    with transaction() as session:
        if job.attempts >= MOST_TRIES:
            reason = f"Something went wrong here {job.attempts} times; the log says what."
            outbox.refused(session, job, Outcome(outbox.OFFICE, reason=reason))
        else:
            at = clock.now() + timedelta(seconds=wait_after(job.attempts))
            outbox.try_later(session, job, at, "Something went wrong here. It is tried again.")


def _server_refused(job: Job, sentence: str) -> None:
    """Leave the mail waiting, uncounted: it is the server or how it is set, and everything else waits as well."""
    with transaction() as session:
        if _is_test(job):
            _test_failed(session, job, sentence)
        else:
            at = clock.now() + timedelta(seconds=SERVER_REFUSED_SECONDS)
            outbox.try_later(session, job, at, sentence, count=False)


def _mail_refused(job: Job, refusal: mail.MailRefused) -> None:
    with transaction() as session:
        if _is_test(job):
            _test_failed(session, job, refusal.sentence)
            return
        outbox.refused(session, job, Outcome(outbox.OFFICE, reason=refusal.sentence))
        if refusal.about_recipient:
            mails.note_refusal(session, str(job.payload.get("to")), refusal.sentence)


def _test_failed(session: Session, job: Job, sentence: str) -> None:
    """Tell at once how a test fared; it is not tried again behind the person's back."""
    outbox.give_up(session, job, Outcome(outbox.DEAD, reason=sentence))
    mail_settings.note_test(session, sentence)


async def _deliver_command(job: Job, adapter: CrmAdapter | None) -> Pause | None:
    if adapter is None:
        return None
    try:
        answer = await adapter.apply(job.kind, job.public_id, job.payload)
    except CrmRefused as trouble:
        await asyncio.to_thread(_crm_stopped, job, trouble.sentence)
    except CrmUnavailable as trouble:
        await asyncio.to_thread(_command_later, job, trouble)
        return Pause(trouble.retry_after) if trouble.retry_after else None
    except CrmError as trouble:
        await asyncio.to_thread(_command_refused, job, Outcome(outbox.OFFICE, reason=trouble.sentence))
    else:
        await asyncio.to_thread(_command_answered, job, answer)
    return None


def _command_answered(job: Job, answer: CommandAnswer) -> None:
    reason = mail.one_line(answer.reason, 500)
    if answer.status in ("applied", "accepted"):
        outcome = Outcome(outbox.DONE, answer.status, reason, mail.one_line(answer.external_id, 200))
        with transaction() as session:
            outbox.left(session, job, outcome)
        return
    if answer.status == "rejected":
        sentence = f"The CRM says no: {reason or 'it gave no reason'}"
    else:
        sentence = "The CRM took it but did not say what became of it. Please look there."
    _command_refused(job, Outcome(outbox.OFFICE, answer.status[:40], sentence))


def _command_refused(job: Job, outcome: Outcome) -> None:
    with transaction() as session:
        outbox.refused(session, job, outcome)


def _command_later(job: Job, trouble: CrmUnavailable) -> None:
    too_old = job.attempts >= FEWEST_TRIES and _age(job) >= timedelta(hours=LONGEST_HOURS)
    with transaction() as session:
        if job.attempts >= MOST_TRIES or too_old:
            reason = f"Given up after {job.attempts} tries. {trouble.sentence}"
            outbox.give_up(session, job, Outcome(outbox.DEAD, reason=reason))
        else:
            at = clock.now() + timedelta(seconds=wait_after(job.attempts, trouble.retry_after))
            outbox.try_later(session, job, at, trouble.sentence)


def _crm_stopped(job: Job, sentence: str) -> None:
    """Stop the connection, with its one alarm; the command waits uncounted until it is started again."""
    with transaction() as session:
        connection = crm_connection.get(session)
        if connection is not None:
            crm_connection.stop(session, connection.id or 0, sentence)
        outbox.try_later(session, job, clock.now(), sentence, count=False)


def _age(job: Job) -> timedelta:
    return clock.now() - job.written_at
