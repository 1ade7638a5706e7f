"""What each command does to the office's records."""

from collections.abc import Callable, Mapping
from typing import Any

from portal_app.demo.crm import money_effects
from portal_app.demo.crm.context import Crm
from portal_app.demo.crm.ledger import Rejected, answered, change, created, existing
from portal_app.demo.crm.store import Record

__all__ = ["Rejected", "apply"]

_CONTACT_FIELDS = ("name", "emails", "phones", "role", "locale")
_DECISIONS = {"approve": "approved", "decline": "declined", "request_changes": "changes_requested"}


def apply(crm: Crm, command: str, portal_id: str, body: Record, path: Mapping[str, Any]) -> Record:
    """Do what a command asks and give its answer; raise Rejected with a sentence where the office would say no."""
    if command == "service-request-additions":
        return _add_to_request(crm, path["portal_id"], body)
    return _EFFECTS[command](crm, portal_id, body)


def _decide_quote(crm: Crm, _: str, body: Record) -> Record:
    quote = existing(crm, "quotes", body["quote_id"], "quote")
    name = f"Quote {quote.get('number', '')}"
    if quote.get("version") != body["version"]:
        raise Rejected(f"{name} is at version {quote.get('version')} by now.")
    if quote.get("status") not in ("sent", "changes_requested"):
        raise Rejected(f"{name} is {str(quote.get('status')).replace('_', ' ')} already.")
    chosen = body.get("line_ids") or []
    unknown = set(chosen) - set(_line_ids(quote))
    if unknown:
        raise Rejected(f"{name} has no line {', '.join(sorted(unknown))}.")
    change(
        crm,
        "quotes",
        body["quote_id"],
        status=_DECISIONS[body["decision"]],
        status_raw=_DECISIONS[body["decision"]],
        decided_at=None if body["decision"] == "request_changes" else body["signed_at"],
        decided_by=body.get("signer_name"),
        decision_note=body.get("note"),
        approved_line_ids=chosen if body["decision"] == "approve" else [],
    )
    return answered("applied", body["quote_id"])


def _line_ids(quote: Record) -> list[str]:
    lines = list(quote.get("lines") or [])
    for option in quote.get("options") or []:
        lines += option.get("lines") or []
    return [line["id"] for line in lines]


def _take_message(crm: Crm, portal_id: str, body: Record) -> Record:
    fields = {
        "thread": body["thread"],
        "direction": "inbound",
        "author": body["author"],
        "body": body["body"],
        "attachments": body.get("attachments") or [],
        "sent_at": body["sent_at"],
        "portal_id": portal_id,
    }
    return answered("applied", created(crm, "messages", "msg", fields))


def _take_request(crm: Crm, portal_id: str, body: Record) -> Record:
    if body["customer_id"] is not None:
        existing(crm, "customers", body["customer_id"], "customer")
    if body.get("job_id"):
        existing(crm, "jobs", body["job_id"], "job")
    fields = {"job_id": None, **body, "portal_id": portal_id, "status": "received", "additions": []}
    return answered("accepted", created(crm, "service-requests", "req", fields))


def _add_to_request(crm: Crm, portal_id: str, body: Record) -> Record:
    request = crm.store.command("service-requests", portal_id)
    if request is None or request.external_id is None:
        raise Rejected("The service request itself was rejected.")
    fields = existing(crm, "service-requests", request.external_id, "service request")
    fields["additions"] = [*fields.get("additions", []), body]
    if body.get("withdrawn"):
        if fields["status"] == "converted":
            raise Rejected("The office has made a job of this request already.")
        fields["status"] = "declined"
        fields["withdrawn"] = True
    change(crm, "service-requests", request.external_id, **fields)
    return answered("applied", request.external_id)


def _change_contact(crm: Crm, _: str, body: Record) -> Record:
    """Change a contact, their customer's billing address, or the address of a property of theirs (`location_id`)."""
    contact = existing(crm, "contacts", body["contact_id"], "contact")
    base, wanted = body["base"], body["change"]
    place = body.get("location_id")
    if place is not None and existing(crm, "locations", place, "location").get("customer_id") != contact["customer_id"]:
        raise Rejected("This location belongs to another customer.")
    targets: dict[str, tuple[str, str]] = {
        **dict.fromkeys(_CONTACT_FIELDS, ("contacts", body["contact_id"])),
        "billing_address": ("customers", contact["customer_id"]),
        **({"address": ("locations", place)} if place is not None else {}),
    }
    foreign = [name for name in wanted if name not in targets]
    if foreign:
        raise Rejected(f"Only the office changes {', '.join(foreign)}.")
    moved = [name for name in wanted if name not in base or not _is_still(crm, *targets[name], name, base[name])]
    if moved:
        raise Rejected(f"The office changed {', '.join(moved)} meanwhile.")
    for name, value in wanted.items():
        stream, external_id = targets[name]
        change(crm, stream, external_id, **{name: value})
    return answered("applied", body["contact_id"])


def _is_still(crm: Crm, stream: str, external_id: str, name: str, base: Any) -> bool:
    """Return whether a field still has the value the change starts from; an empty line of an address is none."""
    now = existing(crm, stream, external_id, stream.removesuffix("s")).get(name)
    if name.endswith("address"):
        now, base = ({key: line for key, line in (given or {}).items() if line} for given in (now, base))
    return now == base


def _take_note(crm: Crm, portal_id: str, body: Record) -> Record:
    existing(crm, "customers", body["customer_id"], "customer")
    if body.get("location_id"):
        place = existing(crm, "locations", body["location_id"], "location")
        if place.get("customer_id") != body["customer_id"]:
            raise Rejected("This location belongs to another customer.")
    return answered("applied", created(crm, "booking-notes", "note", {**body, "portal_id": portal_id}))


_EFFECTS: dict[str, Callable[[Crm, str, Record], Record]] = {
    "payments": money_effects.take_payment,
    "payment-reversals": money_effects.reverse_payment,
    "refunds": money_effects.refund_payment,
    "quote-decisions": _decide_quote,
    "messages": _take_message,
    "service-requests": _take_request,
    "contact-changes": _change_contact,
    "booking-notes": _take_note,
}
