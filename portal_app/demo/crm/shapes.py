"""The shapes of the commands a portal may send: which fields must be there and what each may hold."""

from collections.abc import Callable, Mapping
from typing import Any

from portal_app.demo.crm.stamps import read_rfc3339
from portal_app.demo.crm.store import Record

Check = Callable[[Any], str | None]


def text(value: Any) -> str | None:
    """Want a text that is not blank."""
    return None if isinstance(value, str) and value.strip() else "must be a text that is not empty"


def any_text(value: Any) -> str | None:
    """Want a text, blank or not."""
    return None if isinstance(value, str) else "must be a text"


def text_or_null(value: Any) -> str | None:
    """Want a text or null."""
    return None if value is None or isinstance(value, str) else "must be a text or null"


def flag(value: Any) -> str | None:
    """Want true or false."""
    return None if isinstance(value, bool) else "must be true or false"


def whole(value: Any) -> str | None:
    """Want a whole number from 1."""
    return None if type(value) is int and value >= 1 else "must be a whole number from 1"


def stamp(value: Any) -> str | None:
    """Want an RFC 3339 stamp."""
    try:
        read_rfc3339(value)
    except ValueError as error:
        return str(error)
    return None


def money(value: Any) -> str | None:
    """Want `{amount_minor, currency}` above zero."""
    sound = (
        isinstance(value, dict)
        and type(value.get("amount_minor")) is int
        and 0 < value["amount_minor"] < 10**15
        and isinstance(value.get("currency"), str)
        and len(value["currency"]) == 3
    )
    return None if sound else "must be {amount_minor, currency} with an amount above zero"


def thing(value: Any) -> str | None:
    """Want a JSON object."""
    return None if isinstance(value, dict) else "must be an object"


def things(value: Any) -> str | None:
    """Want a list."""
    return None if isinstance(value, list) else "must be a list"


def texts(value: Any) -> str | None:
    """Want a list of texts."""
    sound = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if sound else "must be a list of texts"


def allocations(value: Any) -> str | None:
    """Want a list of `{invoice_id, amount}`."""
    sound = isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("invoice_id"), str) and money(item.get("amount")) is None
        for item in value
    )
    return None if sound else "must be a list of {invoice_id, amount}"


def thread(value: Any) -> str | None:
    """Want `{kind, id}`; the id is null for a thread about nothing in particular."""
    sound = isinstance(value, dict) and isinstance(value.get("kind"), str)
    return None if sound and text_or_null(value.get("id")) is None else "must be {kind, id}"


def one_of(*words: str) -> Check:
    """Want one of these words."""
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


METHODS = ("card", "bank", "cash", "check", "other")
KINDS = ("work", "callback", "issue", "reschedule")

REQUIRED: Mapping[str, Mapping[str, Check]] = {
    "payments": {
        "customer_id": text,
        "allocations": allocations,
        "amount": money,
        "method": one_of(*METHODS),
        "status": one_of("pending", "succeeded", "failed"),
        "paid_at": stamp,
        "receipt_number": text_or_null,
        "processor_ref": text_or_null,
    },
    "payment-reversals": {
        "payment_id": text,
        "reason": one_of("returned", "disputed", "dispute_won"),
        "amount": money,
        "at": stamp,
    },
    "refunds": {
        "payment_id": text,
        "allocations": allocations,
        "amount": money,
        "at": stamp,
        "treatment": one_of("credit_note", "reopen"),
    },
    "quote-decisions": {
        "quote_id": text,
        "version": whole,
        "decision": one_of("approve", "decline", "request_changes"),
        "signed_at": stamp,
    },
    "messages": {"thread": thread, "body": any_text, "author": text, "sent_at": stamp},
    "service-requests": {
        "customer_id": text_or_null,
        "contact": thing,
        "kind": one_of(*KINDS),
        "title": any_text,
        "description": any_text,
    },
    "service-request-additions": {"body": any_text},
    "contact-changes": {"contact_id": text, "base": thing, "change": thing},
    "booking-notes": {"customer_id": text, "body": any_text},
}
OPTIONAL: Mapping[str, Mapping[str, Check]] = {
    "payments": {"payment_id": text},
    "quote-decisions": {"line_ids": texts, "signer_name": text, "note": text_or_null},
    "messages": {"attachments": things},
    "service-requests": {
        "location_id": text_or_null,
        "job_id": text_or_null,
        "preferred_times": things,
        "photos": things,
    },
    "service-request-additions": {"photos": things, "withdrawn": flag},
    "booking-notes": {"location_id": text_or_null},
}


def faults_of(command: str, body: Record) -> dict[str, str]:
    """Give what is wrong with a command's body, by field; empty when nothing is."""
    wrong: dict[str, str] = {}
    for name, check in REQUIRED[command].items():
        said = check(body[name]) if name in body else "is missing"
        if said:
            wrong[name] = said
    for name, check in OPTIONAL.get(command, {}).items():
        said = check(body[name]) if body.get(name) is not None else None
        if said:
            wrong[name] = said
    if command == "quote-decisions" and body.get("decision") == "approve":
        wrong |= {name: "is missing" for name in ("line_ids", "signer_name") if body.get(name) is None}
    nowhere = body.get("location_id") is None and body.get("address") is None
    if command == "service-requests" and body.get("kind") == "work" and nowhere:
        wrong["location_id"] = "or `address` is missing"
    return wrong
