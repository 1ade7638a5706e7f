"""What waits to leave the portal: rows are written in the transaction of the act, and sent by `workflows.deliver`."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from portal_app import clock
from portal_app.models import Outbox
from portal_app.services import sealed

MAIL = "mail"
INDEPENDENT = ""


def put(
    session: Session,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    *,
    secrets: dict[str, Any] | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    public_id: str | None = None,
    at: datetime | None = None,
) -> Outbox:
    """Add a row that leaves after `at` (now); rows of one `subject` leave in order, INDEPENDENT ones whenever they can.

    `kind` is MAIL or a command of the CRM's contract, whose id is the row's `public_id`. `secrets` (codes, tokens)
    are stored sealed and emptied once the row has left.
    """
    row = Outbox(
        kind=kind,
        subject=subject,
        payload=payload,
        sealed=sealed.seal(secrets or {}),
        customer_id=customer_id,
        contact_id=contact_id,
        next_at=at or clock.now(),
    )
    if public_id:
        row.public_id = public_id
    session.add(row)
    session.flush()
    return row
