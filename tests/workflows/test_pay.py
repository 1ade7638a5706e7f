"""Paying through Stripe: pages, saved methods, debits that clear or come back, refunds and disputes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.demo.stripe.business import delete_customer
from portal_app.errors import Invalid, NotFound
from portal_app.integrations.stripe.errors import OutcomeUnknown
from portal_app.models import Activity, Contact, Customer, Invoice, Outbox, PaymentAttempt, StripeCustomer
from portal_app.services import failed_tries, ledger, open_pages, payment_history, payments, record_visibility
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Staff
from portal_app.services.attempts import Wanted
from portal_app.services.recorded_payments import resolve_held
from portal_app.tasks.payments import OPEN_EVERY, reconcile
from portal_app.workflows import pay, payment_methods
from portal_app.workflows import sync_attempt as module
from portal_app.workflows.pay import Saved
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, each_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Three invoices over 240.00, 100.00 and 60.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000, 6000) as ready:
        yield ready


def test_a_card_pays_an_invoice(till: Money):
    attempt, page = till.begin()
    assert till.attempt(attempt).state == "open"
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0
    [payment] = till.payments()
    assert (payment.amount_minor, payment.status, payment.method) == (24000, "succeeded", "card")
    assert payment.receipt_number == "R-00001"
    assert payment.fee_minor is not None
    assert till.mails() == ["receipt"]
    [(kind, body)] = till.commands()
    assert kind == "payments"
    assert body["allocations"] == [{"invoice_id": "inv_0", "amount": {"amount_minor": 24000, "currency": "GBP"}}]
    run(sync_attempt(attempt))
    assert (len(till.payments()), till.mails(), len(till.commands())) == (1, ["receipt"], 1)


def _hide(till: Money, number: int = 0) -> None:
    ruth = people.actor_of(people.start_session(people.make_staff("ruth@example.com")))
    assert isinstance(ruth, Staff)
    with transaction() as session:
        owner = session.get_one(Customer, till.payer.customer_id).public_id
        record_visibility.hide(session, ruth, owner, record_visibility.INVOICE, till.invoices[number])


def test_what_is_paid_of_an_invoice_that_is_hidden_meanwhile_counts_and_is_receipted(till: Money):
    attempt, page = till.begin(0, 1)
    _hide(till)
    with reading() as session:
        assert not payments.get(session, till.payer, attempt).go_on
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert (till.left(0), till.left(1)) == (0, 0)
    assert till.mails() == ["receipt"]
    [mail] = rows(select(Outbox).where(Outbox.kind == "mail"))
    assert mail.payload["facts"]["invoices"] == ["2291"]
    [(_, body)] = till.commands()
    assert [one["invoice_id"] for one in body["allocations"]] == ["inv_0", "inv_1"]
    with reading() as session:
        facts = payments.get(session, till.payer, attempt)
        [entry] = payment_history.page(session, till.payer).entries
    assert [part.number for part in facts.parts] == ["", "2291"]
    assert (entry.invoices, entry.amount.minor, entry.receipt_number) == (("2291",), 34000, "R-00001")


def test_a_hidden_invoice_cannot_be_paid_and_a_page_that_waits_for_it_is_shut(
    till: Money, monkeypatch: pytest.MonkeyPatch
):
    attempt, _ = till.begin()
    _hide(till)
    with pytest.raises(NotFound):
        till.begin()
    now = clock.now() + OPEN_EVERY
    monkeypatch.setattr(clock, "now", lambda: now)
    run(reconcile(None))
    assert till.attempt(attempt).state == "expired"


def test_of_a_hidden_invoice_no_failed_try_is_told(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "card_declined")
    run(sync_attempt(attempt))
    with reading() as session:
        assert failed_tries.latest(session, till.payer, till.invoices[0]) is not None
    _hide(till)
    with reading() as session:
        assert failed_tries.latest(session, till.payer, till.invoices[0]) is None


def test_a_declined_card_may_try_again_on_the_same_page(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "card_declined")
    assert run(sync_attempt(attempt)) == "open"
    assert till.attempt(attempt).problem
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0


def test_a_debit_is_with_the_bank_until_it_clears(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_clears")
    assert run(sync_attempt(attempt)) == "processing"
    assert till.left() == 24000
    [payment] = till.payments()
    assert (payment.status, payment.receipt_number) == ("pending", None)
    assert till.mails() == ["payment_with_bank"]
    with pytest.raises(Invalid, match="with the bank"):
        till.begin()
    till.stripe.act(f"payments/{payment.intent_id}/settle")
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0
    assert till.mails() == ["payment_with_bank", "receipt"]
    assert [body["status"] for _, body in till.commands()] == ["pending", "succeeded"]


def test_a_debit_that_the_bank_refuses_opens_the_invoice_again(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_fails")
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/fail")
    assert run(sync_attempt(attempt)) == "failed"
    assert till.left() == 24000
    assert till.payments()[0].status == "failed"
    assert till.mails() == ["payment_with_bank", "payment_failed"]
    again, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(again))
    assert till.left() == 0


def test_three_invoices_at_once(till: Money):
    attempt, page = till.begin(0, 1, 2)
    assert till.attempt(attempt).amount_minor == 40000
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    assert [till.left(number) for number in range(3)] == [0, 0, 0]


def test_a_part_and_then_the_rest(till: Money):
    attempt, page = till.begin(amount=5000)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    assert till.left() == 19000
    attempt, page = till.begin()
    assert till.attempt(attempt).amount_minor == 19000


@pytest.mark.parametrize("amount", [-1, 0, 24001, 10**15])
def test_amounts_that_cannot_be(till: Money, amount: int):
    with pytest.raises(Invalid):
        till.begin(amount=amount)


def test_the_open_page_is_used_again_and_another_wish_shuts_it(till: Money):
    first, page = till.begin()
    assert till.begin() == (first, page)
    second, other = till.begin(0, 1)
    assert (second, other) != (first, page)
    assert till.attempt(first).state == "expired"


def test_a_page_that_was_paid_meanwhile_is_not_paid_twice(till: Money):
    first, page = till.begin()
    till.stripe.pay(page)
    begun = run(pay.pay_on_page(till.payer, till.wants(0)))
    assert (begun.attempt, begun.state, begun.url) == (first, "succeeded", "")
    with pytest.raises(Invalid, match="nothing left"):
        till.begin(0)


def test_money_that_arrives_for_what_was_settled_elsewhere_is_credit(till: Money):
    attempt, page = till.begin()
    with transaction() as session:
        invoice = session.get_one(Invoice, 1)
        invoice.balance_minor, invoice.status = 4000, "partially_paid"
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    assert till.left() == 0
    [(_, body)] = till.commands()
    assert body["allocations"][0]["amount"]["amount_minor"] == 4000
    assert body["amount"]["amount_minor"] == 24000


def test_a_saved_card_pays_with_one_tap(till: Money):
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    [card] = run(pay.saved_methods(till.payer))
    assert "ending in" in card.words
    begun = run(pay.pay_with_saved(till.payer, till.wants(0), card.id))
    assert begun.state == "succeeded"
    assert till.left() == 0
    with pytest.raises(NotFound):
        run(pay.pay_with_saved(till.payer, till.wants(2), "pm_of_somebody_else"))
    run(payment_methods.remove(till.payer, card.id))
    assert run(pay.saved_methods(till.payer)) == []


def _saved(till: Money, choice: str = "card_ok") -> Saved:
    attempt, page = till.begin(1)
    till.stripe.pay(page, choice, save=True)
    run(sync_attempt(attempt))
    [method] = run(pay.saved_methods(till.payer))
    return method


def _deleted_at_stripe(till: Money) -> str:
    """Delete the payer at Stripe's dashboard and return their id."""
    payer = next(till.stripe.state.find("customer"))
    delete_customer(till.stripe.state, payer["id"])
    return payer["id"]


def _housemate(till: Money) -> CustomerActor:
    bea = people.make_customer("bea@example.com")
    people.change(Contact, bea.contact_id, customer_id=till.payer.customer_id)
    actor = people.actor_of(people.start_session(replace(bea, customer_id=till.payer.customer_id)))
    assert isinstance(actor, CustomerActor)
    return actor


def test_what_stripe_never_takes_of_a_saved_method_has_failed_and_holds_nothing(till: Money):
    card = _saved(till)
    people.change(Invoice, 1, balance_minor=100_000_000, total_minor=100_000_000)
    begun = run(pay.pay_with_saved(till.payer, till.wants(0), card.id))
    assert (begun.state, till.attempt(begun.attempt).problem) == (
        "failed",
        "Stripe refused: Amount must be no more than 999,999.99.",
    )
    people.change(Invoice, 1, balance_minor=24000, total_minor=24000)
    attempt, page = till.begin()
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"


def test_a_bank_that_sent_a_debit_back_twice_is_not_asked_a_third_time(till: Money):
    attempt, page = till.begin(1, amount=1000)
    till.stripe.pay(page, "bacs_fails", save=True)
    run(sync_attempt(attempt))
    debit = _saved(till, "bacs_fails")
    assert len(debit.copies) == 2
    for copy in debit.copies:
        begun = run(pay.pay_with_saved(till.payer, till.wants(0), copy))
        assert begun.state == "processing"
        till.stripe.act(f"payments/{till.payments()[-1].intent_id}/fail")
        assert run(sync_attempt(begun.attempt)) == "failed"
    with pytest.raises(Invalid, match="sent this back twice"):
        run(pay.pay_with_saved(till.payer, till.wants(0), debit.id))
    assert run(pay.pay_with_saved(till.payer, till.wants(2), debit.id)).state == "processing"
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"


def test_a_saved_debit_cannot_pay_in_another_currency(till: Money):
    debit = _saved(till, "bacs_clears")
    assert (debit.pays_in("GBP"), debit.pays_in("EUR")) == (True, False)
    people.change(Invoice, 1, currency="EUR")
    begun = run(pay.pay_with_saved(till.payer, till.wants(0), debit.id))
    assert begun.state == "failed"
    assert till.begin()[1]


@pytest.mark.parametrize("trouble", [{"fail": 3}, {"lose": 3, "lose_path": "/v1/payment_intents"}])
def test_while_nobody_knows_what_became_of_a_charge_it_has_not_failed(till: Money, trouble: dict[str, Any]):
    card = _saved(till)
    keys, payer = run(pay.ready(till.payer))
    attempt = pay._write(till.payer, till.wants(0), keys, payer, card.id)
    till.stripe.act("trouble", **trouble)
    with pytest.raises(OutcomeUnknown):
        run(sync_attempt(attempt))
    assert till.attempt(attempt).state == "created"
    till.stripe.act("trouble")
    assert run(sync_attempt(attempt)) == "succeeded"
    assert [one.amount_minor for one in till.payments()] == [10000, 24000]


def test_a_payer_deleted_at_stripe_pays_as_if_for_the_first_time(till: Money):
    card, gone = _saved(till), _deleted_at_stripe(till)
    assert run(pay.saved_methods(till.payer)) == []
    with pytest.raises(NotFound):
        run(pay.pay_with_saved(till.payer, till.wants(0), card.id))
    attempt, page = till.begin()
    assert till.attempt(attempt).stripe_customer != gone
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"


def test_a_try_of_a_payer_deleted_at_stripe_is_in_nobody_s_way(till: Money):
    _saved(till)
    keys, payer = run(pay.ready(till.payer))
    stuck = pay._write(till.payer, till.wants(0), keys, payer, "")
    _deleted_at_stripe(till)
    begun = run(pay.pay_on_page(_housemate(till), till.wants(0)))
    assert (begun.state, till.attempt(stuck).state) == ("open", "failed")


def test_who_may_not_come_in_any_more_is_forgotten_though_deleted_at_stripe(till: Money):
    _saved(till)
    _deleted_at_stripe(till)
    people.change(Contact, till.payer.contact_id, disabled_at=clock.now())
    run(reconcile(None))
    assert rows(select(StripeCustomer)) == []


@pytest.fixture
def boss() -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("office@example.com")))
    assert isinstance(actor, Staff)
    return actor


@pytest.mark.parametrize(("treatment", "left"), [("reopen", 9000), ("credit_note", 0)])
def test_a_refund_and_what_it_means_for_the_invoice(till: Money, boss: Staff, treatment: str, left: int):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    run(give_back(boss, payment.public_id, 9000, treatment, "Two hours less"))
    assert [(one.status, one.amount_minor) for one in till.refunds()] == [("succeeded", 9000)]
    assert till.left() == left
    kind, body = till.commands()[-1]
    assert (kind, body["treatment"], body["payment_id"]) == ("refunds", treatment, payment.command_id)
    with pytest.raises(Invalid, match="At most"):
        run(give_back(boss, payment.public_id, 15001, treatment, ""))


def test_a_refund_made_at_stripe_waits_for_the_office(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=4000)
    run(sync_attempt(attempt))
    run(sync_attempt(attempt))
    [refund] = till.refunds()
    assert (refund.treatment, refund.booked, till.left()) == ("", False, 0)


def test_a_dispute_takes_the_money_and_winning_brings_it_back(till: Money, boss: Staff):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    dispute = till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    assert (till.left(), till.payments()[0].dispute) == (24000, "open")
    with pytest.raises(Invalid, match="bank"):
        run(give_back(boss, payment.public_id, 100, "reopen", ""))
    till.stripe.act(f"disputes/{dispute['id']}/won")
    run(sync_attempt(attempt))
    assert (till.left(), till.payments()[0].dispute) == (0, "won")
    assert [body.get("reason") for kind, body in till.commands()][1:] == ["disputed", "dispute_won"]


def test_a_dispute_that_is_lost_is_told_once(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    dispute = till.stripe.act(f"payments/{till.payments()[0].intent_id}/dispute")
    run(sync_attempt(attempt))
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (till.left(), payment.dispute, payment.status) == (24000, "lost", "failed")
    assert payment.receipt_voided_at is not None
    told = rows(select(Activity.kind).where(col(Activity.kind).startswith("payment.dispute")))
    assert told == ["payment.disputed", "payment.dispute_lost"]


def test_others_invoices_are_not_found(till: Money):
    with pytest.raises(NotFound):
        run(pay.pay_on_page(till.payer, Wanted(("nonsense",))))


def test_a_debit_that_comes_back_after_it_had_cleared(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    till.stripe.act(f"payments/{payment.intent_id}/settle")
    run(sync_attempt(attempt))
    assert till.left() == 0
    dispute = till.stripe.act(f"payments/{payment.intent_id}/dispute", reason="insufficient_funds")
    till.stripe.act(f"disputes/{dispute['id']}/lost")
    run(sync_attempt(attempt))
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (till.left(), payment.status, payment.receipt_voided_at is not None) == (24000, "failed", True)
    assert till.mails() == ["payment_with_bank", "receipt", "payment_failed"]
    assert [(kind, body.get("status") or body.get("reason")) for kind, body in till.commands()] == [
        ("payments", "pending"),
        ("payments", "succeeded"),
        ("payment-reversals", "returned"),
    ]


def test_who_may_not_come_in_any_more_has_nothing_saved(till: Money):
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    assert len(run(pay.saved_methods(till.payer))) == 1
    people.change(Contact, till.payer.contact_id, disabled_at=clock.now())
    run(reconcile(None))
    people.change(Contact, till.payer.contact_id, disabled_at=None)
    assert run(pay.saved_methods(till.payer)) == []


def test_the_reconcile_settles_what_webhooks_missed(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    people.change(PaymentAttempt, 1, checked_at=clock.now() - OPEN_EVERY - OPEN_EVERY)
    run(reconcile(None))
    assert (till.attempt(attempt).state, till.left()) == ("succeeded", 0)


def test_an_invoice_that_is_in_another_currency_now_is_not_paid_by_an_open_page(till: Money):
    attempt, page = till.begin()
    people.change(Invoice, 1, currency="EUR")
    with reading() as session:
        assert open_pages.outdated(session, till.attempt(attempt).key_mark) == [attempt]
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 24000
    with reading() as session:
        assert ledger.credit_minor(session, till.payments()[0]) == 24000


@pytest.mark.parametrize("amount", [True, 1.5, float("nan"), float("inf"), 10**30, "1", None])
def test_what_is_no_amount_is_not_charged(till: Money, amount: Any):
    if amount is None:
        assert till.attempt(till.begin(amount=amount)[0]).amount_minor == 24000
        return
    with pytest.raises(Invalid):
        till.begin(amount=amount)
    assert rows(select(PaymentAttempt)) == []


@pytest.mark.parametrize("lost", ["create", "charge"])
def test_a_lost_answer_is_asked_for_again_under_the_same_id(till: Money, lost: str):
    if lost == "charge":
        attempt, page = till.begin(1)
        till.stripe.pay(page, save=True)
        run(sync_attempt(attempt))
        [card] = run(pay.saved_methods(till.payer))
        till.stripe.act("trouble", lose=3, lose_path="/v1/payment_intents")
        begun = run(pay.pay_with_saved(till.payer, till.wants(0), card.id))
        assert begun.state == "created"
    else:
        till.stripe.act("trouble", lose=3, lose_path="/v1/checkout/sessions")
        with pytest.raises(Invalid, match="could not reach"):
            till.begin()
        begun = run(pay.pay_on_page(till.payer, till.wants(0)))
    till.stripe.act("trouble", lose=0)
    state = run(sync_attempt(begun.attempt))
    assert state == ("succeeded" if lost == "charge" else "open")
    keys = [one["idempotency_key"] for one in till.stripe.requests() if one["idempotency_key"] == begun.attempt]
    assert len(keys) >= 2
    assert len(till.payments()) == (2 if lost == "charge" else 0)


def test_an_older_answer_of_stripe_that_comes_late_changes_nothing(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page, "bacs_clears")
    asked_at, old = clock.now(), run(module._look_up(module._read(attempt)))
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/settle")
    run(sync_attempt(attempt))
    assert module._apply(attempt, old, None, asked_at) == "succeeded"
    assert (till.left(), [one.status for one in till.payments()]) == (0, ["succeeded"])
    # Even where nobody can tell which is older.
    people.change(PaymentAttempt, 1, checked_at=None)
    assert module._apply(attempt, old, None, asked_at) == "succeeded"
    assert (till.left(), till.mails()) == (0, ["payment_with_bank", "receipt"])


def test_money_over_another_amount_is_told_to_the_crm_when_it_is_decided(till: Money, boss: Staff):
    attempt, page = till.begin()
    people.change(PaymentAttempt, 1, amount_minor=23000)
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "held"
    [payment] = till.payments()
    assert (till.left(), till.commands(), payment.receipt_number) == (24000, [], None)
    with transaction() as session:
        resolve_held(session, boss, payment.public_id)
    [(kind, body)] = till.commands()
    assert (kind, till.left(), till.mails()) == ("payments", 0, ["receipt"])
    assert body["allocations"][0]["amount"]["amount_minor"] == 24000
    with transaction() as session, pytest.raises(Invalid, match="already"):
        resolve_held(session, boss, payment.public_id)
