"""Stripe's money, the portal's ledger and the CRM's books, held against each other to the cent."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

from portal_app.database import reading
from portal_app.models import Allocation, Invoice, Outbox, Payment, PaymentAttempt, PaymentReversal, Refund
from portal_app.services import attempts, ledger, mistakes, outbox
from tests.demo.running import RunningCrm
from tests.workflows.conftest import rows


@dataclass(frozen=True)
class Books:
    """What Stripe has of one household: its payment intents, refunds and disputes, by kind."""

    things: dict[str, list[dict[str, Any]]]

    def arrived(self) -> dict[str, int]:
        """Return what has arrived by payment intent."""
        intents = self.things["payment_intent"]
        return {one["id"]: one["amount_received"] for one in intents if one["amount_received"]}

    def refunds(self) -> dict[str, tuple[int, str]]:
        """Return amount and status of each refund."""
        return {one["id"]: (one["amount"], one["status"]) for one in self.things["refund"]}

    def taken(self) -> dict[str, int]:
        """Return what payers' banks hold, by dispute; nothing of those that were won."""
        return {one["id"]: one["amount"] for one in self.things["dispute"] if one["status"] != "won"}

    def here(self) -> dict[str, int]:
        """Return what is left at Stripe of each payment intent."""
        left = self.arrived()
        for one in self.things["refund"]:
            if one["status"] != "failed":
                left[one["payment_intent"]] -= one["amount"]
        for one in self.things["dispute"]:
            if one["status"] != "won":
                left[one["payment_intent"]] -= one["amount"]
        return left


def everything_agrees(stripe: Books, crm: RunningCrm, which: str) -> None:
    """Fail, naming the run, where the three differ, where a receipt is missing or doubled, or something waits."""
    settled = rows(select(Payment).where(col(Payment.receipt_number).is_not(None)))
    assert {one.intent_id: one.amount_minor for one in settled if one.intent_id} == stripe.arrived(), which
    stuck = rows(select(Outbox).where(Outbox.kind != outbox.MAIL, Outbox.state != outbox.DONE))
    assert [(row.kind, row.state, row.last_error) for row in stuck] == [], which
    _one_receipt_each(settled, which)
    _what_went_back(stripe, which)
    _each_payment(settled, stripe, crm, which)
    _each_invoice(crm, which)


def _one_receipt_each(settled: list[Payment], which: str) -> None:
    mails = [row.payload for row in rows(select(Outbox).where(Outbox.kind == outbox.MAIL))]
    receipts = [mail["facts"]["receipt"] for mail in mails if mail["mail"] == "receipt"]
    assert sorted(receipts) == sorted(one.receipt_number or "" for one in settled), which
    voided = {one.intent_id for one in settled if one.receipt_voided_at}
    assert voided == {one.intent_id for one in settled if one.status == "failed"}, which


def _what_went_back(stripe: Books, which: str) -> None:
    known = rows(select(Refund).where(col(Refund.stripe_id).is_not(None)))
    assert {one.stripe_id: (one.amount_minor, one.status) for one in known} == stripe.refunds(), which
    taken: dict[str, int] = {}
    for one in rows(select(PaymentReversal).where(PaymentReversal.reason != mistakes.MISTAKE)):
        sign = -1 if one.reason == ledger.DISPUTE_WON else 1
        taken[one.source_id] = taken.get(one.source_id, 0) + sign * one.amount_minor
    assert {dispute: amount for dispute, amount in taken.items() if amount} == stripe.taken(), which


def _each_payment(settled: list[Payment], stripe: Books, crm: RunningCrm, which: str) -> None:
    """What is left of each is the same at all three, and pays invoices or is credit here."""
    here = stripe.here()
    for payment in settled:
        with reading() as session:
            left = payment.amount_minor - ledger.gone_minor(session, payment)
            pays = sum(share.amount_minor for share in ledger.standing(session, payment))
            credit = ledger.credit_minor(session, payment)
        # Of cash only the portal knows, and has told the CRM.
        assert payment.recorded_by or left == here[payment.intent_id or ""], which
        assert pays + credit == left or (payment.status == "failed" and pays <= left), which
        told = crm.store.command("payments", payment.command_id)
        theirs = crm.store.fields("payments", told.external_id) if told and told.external_id else None
        assert theirs is not None, which
        gone = theirs.get("refunded_minor", 0) + theirs.get("reversed_minor", 0)
        assert theirs["amount"]["amount_minor"] - gone == left, which


def _each_invoice(crm: RunningCrm, which: str) -> None:
    sums = select(Allocation.invoice_id, func.sum(Allocation.amount_minor))
    paid = dict(rows(sums.group_by(col(Allocation.invoice_id))))
    for invoice in rows(select(Invoice)):
        theirs = crm.store.fields("invoices", invoice.external_id)
        assert theirs is not None, which
        balance = theirs["balance"]["amount_minor"]
        assert balance == invoice.total_minor - paid.get(invoice.id, 0), which
        assert (invoice.balance_minor, invoice.paid_here_minor, invoice.with_bank_minor) == (balance, 0, 0), which
        assert 0 <= ledger.left_minor(invoice) <= invoice.total_minor, which


def happened() -> list[str]:
    """Return in words what became of this household's money, each as often as it happened."""
    found = [one.reason for one in rows(select(PaymentReversal))]
    for refund in rows(select(Refund).where(col(Refund.stripe_id).is_not(None))):
        found.append("refund from the office" if refund.asked_by else "refund at Stripe")
        found.append("refund that failed" if refund.status == "failed" else refund.treatment)
    found += ["dispute lost" for one in rows(select(Payment)) if one.dispute == "lost"]
    found += ["credit used" for _ in rows(select(Allocation.id).where(Allocation.cause == ledger.USED))]
    saved = select(PaymentAttempt).where(PaymentAttempt.way == attempts.SAVED, PaymentAttempt.state == "succeeded")
    found += ["cash" for _ in rows(select(Payment.id).where(Payment.method == "cash"))]
    return found + ["paid with a saved method" for _ in rows(saved)]
