"""Mail that came back: a report counts only for a mail of ours, and only for the address that this mail went to."""

from sqlmodel import Session, select

from portal_app.integrations.delivery_reports import Failure, Report
from portal_app.models import Outbox
from portal_app.services import activity, mails, outbox
from portal_app.services.actors import System

_ACTOR = System("bounces")


def note_report(session: Session, report: Report) -> bool:
    """Write at a mail, and at everybody with its address, that it came back; returns whether that is news.

    Anybody can send a report. What proves it is the Message-ID, which only the one who was sent the mail, and the
    servers on its way, can know; so nobody can make trouble for anybody else. Each mail comes back once.
    """
    row = _sent(session, report)
    failure = None if row is None else _about(row, report)
    if row is None or failure is None or row.last_error:
        return False
    sentence = f"The mail came back: {failure.reason}."
    row.last_error = sentence[:1000]
    facts = {"mail": row.payload.get("mail")}
    activity.record(
        session, _ACTOR, "mail.bounced", customer_id=row.customer_id, subject=("outbox", row.id), facts=facts
    )
    mails.note_refusal(session, str(row.payload.get("to")), sentence, bounced=True)
    return True


def _sent(session: Session, report: Report) -> Outbox | None:
    """Return the mail that a report names, locked; None when we never sent it."""
    for message_id in report.message_ids:
        statement = select(Outbox).where(
            Outbox.public_id == mails.row_of(message_id), Outbox.kind == outbox.MAIL, Outbox.state == outbox.DONE
        )
        row = session.exec(statement.with_for_update()).first()
        if row is not None:
            return row
    return None


def _about(row: Outbox, report: Report) -> Failure | None:
    to = _comparable(str(row.payload.get("to")))
    return next((failure for failure in report.failures if to in map(_comparable, failure.addresses)), None)


def _comparable(address: str) -> str:
    """Return an address as two writings of it are compared: in lower case, its domain in ASCII."""
    name, _, domain = address.strip().lower().rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{name}@{domain}"
