"""Commands of the portal: taken once, refused in words, and what they do to the office's records."""

from collections.abc import Iterator
from typing import Any

import pytest

from portal_app.demo.crm.store import Record
from tests.demo.running import RunningCrm

AT = "2026-11-22T10:00:00Z"


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    with RunningCrm(tmp_path_factory.mktemp("crm")) as running:
        yield running


def pounds(minor: int, currency: str = "GBP") -> Record:
    return {"amount_minor": minor, "currency": currency}


def payment(invoice: str, minor: int, customer: str = "cus_1001", **more: Any) -> Record:
    return {
        "customer_id": customer,
        "allocations": [{"invoice_id": invoice, "amount": pounds(minor)}],
        "amount": pounds(minor),
        "method": "card",
        "status": "succeeded",
        "paid_at": AT,
        "receipt_number": "R-1",
        "processor_ref": None,
    } | more


def send(crm: RunningCrm, path: str, body: Record) -> Record:
    key = path.rsplit("/", 1)[1]
    answer = crm.client.put(f"/v1/{path}", json=body, headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(crm: RunningCrm, path: str) -> Record:
    return crm.client.get(f"/v1/{path}").raise_for_status().json()


def fresh_invoice(crm: RunningCrm, key: str, minor: int = 60_000) -> str:
    crm.post(
        "invoices",
        external_id=key,
        number=key,
        customer_id="cus_1001",
        status="open",
        total=pounds(minor),
        balance=pounds(minor),
    )
    return key


def left(crm: RunningCrm, key: str) -> tuple[int, str]:
    invoice = get(crm, f"invoices/{key}")
    return invoice["balance"]["amount_minor"], invoice["status"]


def test_it_works(crm: RunningCrm) -> None:
    before = crm.client.get("/v1/invoices/inv_2291").json()
    answer = send(crm, "payments/p-first", payment("inv_2291", 24_000))
    assert answer["status"] == "applied"
    after = get(crm, "invoices/inv_2291")
    assert after["balance"]["amount_minor"] == before["balance"]["amount_minor"] - 24_000
    assert after["status"] == "partially_paid"
    assert after["updated_at"] > before["updated_at"]
    made = get(crm, f"payments/{answer['external_id']}")
    assert (made["portal_id"], made["status"], made["reference"]) == ("p-first", "succeeded", "R-1")
    assert get(crm, "payments/p-first") == made
    assert made in crm.walk("payments", updated_since=made["updated_at"])


def test_the_same_command_ten_times_pays_once(crm: RunningCrm) -> None:
    key = fresh_invoice(crm, "inv_once")
    answers = [send(crm, "payments/p-once", payment(key, 10_000)) for _ in range(10)]
    assert all(answer == answers[0] for answer in answers)
    assert left(crm, key) == (50_000, "partially_paid")
    kept = crm.store.command("payments", "p-once")
    assert kept is not None
    assert kept.times == 10
    other = crm.client.put("/v1/payments/p-once", json=payment(key, 10_001))
    assert other.status_code == 422
    assert left(crm, key) == (50_000, "partially_paid")


def test_paid_in_full_is_paid_and_no_more_is_taken(crm: RunningCrm) -> None:
    key = fresh_invoice(crm, "inv_full")
    send(crm, "payments/p-full", payment(key, 60_000))
    assert left(crm, key) == (0, "paid")
    refused = send(crm, "payments/p-more", payment(key, 1))
    assert refused["status"] == "rejected"
    assert "less left to pay" in refused["reason"]
    assert send(crm, "payments/p-more", payment(key, 1)) == refused


def test_a_pending_payment_changes_nothing_until_it_settles(crm: RunningCrm) -> None:
    key = fresh_invoice(crm, "inv_debit")
    pending = payment(key, 60_000, method="bank", status="pending", processor_ref="pi_1")
    first = send(crm, "payments/p-pending", pending)
    assert left(crm, key) == (60_000, "open")
    settled = send(crm, "payments/p-settled", pending | {"status": "succeeded"})
    assert settled["external_id"] == first["external_id"]
    assert left(crm, key) == (0, "paid")


def test_a_returned_debit_reopens_and_a_won_dispute_closes_again(crm: RunningCrm) -> None:
    key = fresh_invoice(crm, "inv_back")
    send(crm, "payments/p-back", payment(key, 60_000))
    reversal = {"payment_id": "p-back", "reason": "disputed", "amount": pounds(60_000), "at": AT}
    send(crm, "payment-reversals/r-1", reversal)
    assert left(crm, key) == (60_000, "open")
    assert get(crm, "payments/p-back")["status"] == "failed"
    assert send(crm, "payment-reversals/r-2", reversal)["status"] == "rejected"
    send(crm, "payment-reversals/r-3", reversal | {"reason": "dispute_won"})
    assert left(crm, key) == (0, "paid")
    assert get(crm, "payments/p-back")["status"] == "succeeded"
    assert get(crm, "payment-reversals/r-3")["answer"]["status"] == "applied"


def test_what_is_left_of_a_payment_pays_another_invoice_later(crm: RunningCrm) -> None:
    key, other = fresh_invoice(crm, "inv_first"), fresh_invoice(crm, "inv_then")
    made = send(crm, "payments/p-spare", payment(key, 40_000, amount=pounds(60_000)))
    more = payment(other, 20_000, amount=pounds(60_000), payment_id="p-spare")
    assert "less left" in send(crm, "payments/p-too-much", payment(other, 20_001, **_of(more)))["reason"]
    assert send(crm, "payments/p-then", more) == made | {"external_id": made["external_id"]}
    assert send(crm, "payments/p-then", more)["external_id"] == made["external_id"]
    assert (left(crm, key), left(crm, other)) == ((20_000, "partially_paid"), (40_000, "partially_paid"))
    assert "less left" in send(crm, "payments/p-again", payment(other, 1, **_of(more)))["reason"]
    assert "no payment" in send(crm, "payments/p-lost", payment(other, 1, payment_id="nobody"))["reason"]
    reversal = {"payment_id": "p-spare", "reason": "disputed", "amount": pounds(60_000), "at": AT}
    send(crm, "payment-reversals/r-spare", reversal)
    assert (left(crm, key), left(crm, other)) == ((60_000, "open"), (60_000, "open"))
    send(crm, "payment-reversals/r-spare-won", reversal | {"reason": "dispute_won"})
    assert (left(crm, key), left(crm, other)) == ((20_000, "partially_paid"), (40_000, "partially_paid"))


def _of(more: Record) -> Record:
    return {"amount": more["amount"], "payment_id": more["payment_id"]}


def test_a_won_dispute_leaves_what_was_paid_in_another_way_meanwhile(crm: RunningCrm) -> None:
    key, other = fresh_invoice(crm, "inv_twice"), fresh_invoice(crm, "inv_spare")
    send(crm, "payments/p-taken", payment(key, 60_000))
    reversal = {"payment_id": "p-taken", "reason": "disputed", "amount": pounds(60_000), "at": AT}
    send(crm, "payment-reversals/r-taken", reversal)
    send(crm, "payments/p-instead", payment(key, 45_000))
    send(crm, "payment-reversals/r-taken-won", reversal | {"reason": "dispute_won"})
    assert left(crm, key) == (0, "paid")
    spare = payment(other, 45_000, amount=pounds(60_000), payment_id="p-taken")
    assert send(crm, "payments/p-spare-used", spare)["status"] == "applied"
    assert left(crm, other) == (15_000, "partially_paid")


def test_refunds_reopen_or_become_a_credit_note(crm: RunningCrm) -> None:
    key = fresh_invoice(crm, "inv_refund")
    send(crm, "payments/p-refund", payment(key, 60_000))
    parts = [{"invoice_id": key, "amount": pounds(20_000)}]
    refund = {"payment_id": "p-refund", "allocations": parts, "amount": pounds(20_000), "at": AT}
    send(crm, "refunds/f-1", refund | {"treatment": "reopen"})
    assert left(crm, key) == (20_000, "partially_paid")
    send(crm, "refunds/f-2", refund | {"treatment": "credit_note"})
    assert left(crm, key) == (20_000, "partially_paid")
    assert len(get(crm, f"invoices/{key}")["credit_notes"]) == 1
    send(crm, "refunds/f-3", refund | {"treatment": "reopen"})
    assert get(crm, "payments/p-refund")["status"] == "refunded"
    assert left(crm, key) == (40_000, "open")
    assert send(crm, "refunds/f-4", refund | {"treatment": "reopen"})["status"] == "rejected"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (payment("inv_2291", 100, customer="cus_1002"), "belongs to another customer"),
        (payment("inv_2188", 100), "void"),
        (payment("inv_2293", 100), "draft"),
        (payment("inv_none", 100), "no invoice"),
        (payment("inv_2291", 100, customer="cus_none"), "no customer"),
        (payment("inv_2291", 100, amount=pounds(99)), "more than the payment"),
        (payment("inv_2291", 100, amount=pounds(100, "EUR")), "one currency"),
    ],
)
def test_payments_the_office_would_refuse(crm: RunningCrm, body: Record, words: str) -> None:
    before = crm.walk("invoices")
    answer = send(crm, f"payments/refused-{abs(hash(words))}", body)
    assert answer["status"] == "rejected"
    assert words in answer["reason"]
    assert crm.walk("invoices") == before


def test_a_quote_is_decided_once(crm: RunningCrm) -> None:
    decision = {
        "quote_id": "quo_1048",
        "version": 1,
        "line_ids": ["quo_1048-1", "quo_1048-5"],
        "decision": "approve",
        "signer_name": "Sarah Whitcombe",
        "signed_at": AT,
        "note": None,
    }
    assert "version 2" in send(crm, "quote-decisions/q-1", decision)["reason"]
    decision["version"] = 2
    assert "no line" in send(crm, "quote-decisions/q-2", decision | {"line_ids": ["x"]})["reason"]
    assert send(crm, "quote-decisions/q-3", decision)["status"] == "applied"
    quote = get(crm, "quotes/quo_1048")
    assert (quote["status"], quote["decided_at"]) == ("approved", AT)
    assert "approved already" in send(crm, "quote-decisions/q-4", decision | {"decision": "decline"})["reason"]
    change = {"quote_id": "quo_1051", "version": 1, "decision": "request_changes", "signed_at": AT}
    assert send(crm, "quote-decisions/q-5", change)["status"] == "applied"
    assert get(crm, "quotes/quo_1051")["status"] == "changes_requested"


def test_messages_requests_additions_and_notes_become_records(crm: RunningCrm) -> None:
    message = {"thread": {"kind": "job", "id": "job_3127"}, "body": "Hello", "author": "Sarah", "sent_at": AT}
    sent = send(crm, "messages/m-1", message | {"attachments": []})
    assert get(crm, f"messages/{sent['external_id']}")["direction"] == "inbound"
    request = {
        "customer_id": "cus_1001",
        "contact": {"name": "Sarah", "email": "customer@example.com", "phone": ""},
        "location_id": "loc_2001",
        "kind": "work",
        "title": "Tap",
        "description": "It drips",
        "preferred_times": [],
        "photos": [],
    }
    taken = send(crm, "service-requests/s-1", request)
    assert taken["status"] == "accepted"
    assert crm.client.put("/v1/service-requests/none/additions/a-0", json={"body": "x"}).status_code == 404
    send(crm, "service-requests/s-1/additions/a-1", {"body": "And the bath", "photos": []})
    send(crm, "service-requests/s-1/additions/a-2", {"body": "Never mind", "photos": [], "withdrawn": True})
    made = get(crm, f"service-requests/{taken['external_id']}")
    assert made["status"] == "declined"
    assert [addition["body"] for addition in made["additions"]] == ["And the bath", "Never mind"]
    note = {"customer_id": "cus_1001", "location_id": "loc_2004", "body": "Side gate"}
    assert "another customer" in send(crm, "booking-notes/n-1", note)["reason"]
    assert send(crm, "booking-notes/n-2", note | {"location_id": "loc_2001"})["status"] == "applied"


def test_a_contact_change_stands_on_what_it_saw(crm: RunningCrm) -> None:
    base = {"phones": get(crm, "contacts/con_3001")["phones"]}
    wanted = {"phones": [{"kind": "mobile", "number": "07700 900555"}]}
    change = {"contact_id": "con_3001", "base": base, "change": wanted}
    assert send(crm, "contact-changes/c-1", change)["status"] == "applied"
    assert get(crm, "contacts/con_3001")["phones"] == wanted["phones"]
    assert "changed phones meanwhile" in send(crm, "contact-changes/c-2", change)["reason"]
    rights = {"contact_id": "con_3001", "base": {"billing": False}, "change": {"billing": True}}
    assert "Only the office" in send(crm, "contact-changes/c-3", rights)["reason"]


def test_addresses_change_with_a_contact_of_their_customer(crm: RunningCrm) -> None:
    now, new = get(crm, "customers/cus_1001")["billing_address"], {"line1": "2 New Road", "city": "Bath"}
    billing = {"contact_id": "con_3001", "base": {"billing_address": now}, "change": {"billing_address": new}}
    assert send(crm, "contact-changes/a-1", billing)["status"] == "applied"
    assert get(crm, "customers/cus_1001")["billing_address"] == new
    assert "billing_address meanwhile" in send(crm, "contact-changes/a-2", billing)["reason"]
    base = {"address": get(crm, "locations/loc_2001")["address"]}
    change = {"contact_id": "con_3001", "base": base, "change": {"address": new}}
    assert "Only the office" in send(crm, "contact-changes/a-3", change)["reason"]
    assert "another customer" in send(crm, "contact-changes/a-4", change | {"location_id": "loc_2004"})["reason"]
    assert send(crm, "contact-changes/a-5", change | {"location_id": "loc_2001"})["status"] == "applied"
    assert get(crm, "locations/loc_2001")["address"] == new


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("payments/b-1", payment("inv_2291", 0), "amount"),
        ("payments/b-2", payment("inv_2291", 5) | {"paid_at": "today"}, "paid_at"),
        ("payments/b-3", payment("inv_2291", 5) | {"method": "gold"}, "method"),
        ("payments/b-4", payment("inv_2291", 5) | {"allocations": [{}]}, "allocations"),
        ("payments/b-5", {}, "customer_id"),
        ("quote-decisions/b-6", {"quote_id": "q", "version": 1, "decision": "approve", "signed_at": AT}, "line_ids"),
        ("messages/b-7", {"body": "x"}, "thread"),
        ("contact-changes/b-8", {"contact_id": "con_3001", "base": [], "change": {}}, "base"),
    ],
)
def test_missing_and_wrong_fields_are_named(crm: RunningCrm, path: str, body: Record, field: str) -> None:
    answer = crm.client.put(f"/v1/{path}", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert crm.store.command(*path.split("/")) is None


def test_a_foreign_key_or_id_is_refused(crm: RunningCrm) -> None:
    note = {"customer_id": "cus_1001", "body": "x"}
    assert crm.client.put("/v1/booking-notes/a%20b", json=note).status_code == 400
    wrong = crm.client.put("/v1/booking-notes/k-1", json=note, headers={"Idempotency-Key": "k-2"})
    assert wrong.status_code == 400
