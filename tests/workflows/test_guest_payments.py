"""What a guest pays: the balance of their one invoice, with nothing of the account's at hand and nothing left there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.endpoints import shared, shared_page
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import Contact, Invoice, PaymentAttempt
from portal_app.pages.invoice import pay_state
from portal_app.pages.payment.state import _read as payment_page
from portal_app.pages.payments.views import paid_row
from portal_app.services import guests, mail_words, payment_history, payments
from portal_app.services.actors import Guest, Staff
from portal_app.services.business import look
from portal_app.services.mails import Mail
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from portal_app.tasks.payments import OPEN_EVERY, reconcile
from portal_app.workflows import pay
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import front_door, people
from tests.services.guests_at_work import ANN, revoke, send, standing
from tests.services.people import change
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 240.00 and 100.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000) as ready:
        yield ready


def sent(till: Money, *, may_pay: bool = True) -> str:
    return send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=may_pay))


def begin(guest: Guest, till: Money) -> tuple[str, dict]:
    begun = run(pay.pay_as_guest(guest))
    return begun.attempt, till.stripe.state.things[till.attempt(begun.attempt).checkout_id or ""]


def told_to_the_account() -> list[dict[str, Any]]:
    found = front_door.mails("ann@example.com")
    assert {one["mail"] for one in found} <= {Mail.GUEST_PAYMENT}
    return found


def said(told: dict[str, Any]) -> list[str]:
    return list(mail_words.words_of(Mail.GUEST_PAYMENT, told["facts"], {"path": "/x"}, look()).before)


def test_it_works(till: Money):
    link = sent(till)
    attempt, page = begin(standing(link), till)
    assert (page["customer"], page["customer_email"], page["amount_total"]) == (None, ANN.email, 24000)
    assert page["saved_payment_method_options"] is None
    assert page["success_url"].endswith(f"/shared/{link}/paid")
    assert page["cancel_url"].endswith(f"/shared/{link}")
    till.stripe.pay(page["id"], save=True)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert (till.left(0), till.left(1)) == (0, 10000)
    [payment] = till.payments()
    assert (payment.contact_id, payment.status) == (None, "succeeded")
    receipt = front_door.newest(ANN.email, "receipt")
    assert receipt["path"].startswith("/l/")
    [told] = told_to_the_account()
    assert told["path"] == f"/payments/{payment.public_id}"
    assert said(told) == ["Ann Ledger has paid £240.00 for invoice 2290.", "Nothing more needs to be done."]
    [(_, body)] = till.commands()
    assert body["allocations"] == [{"invoice_id": "inv_0", "amount": {"amount_minor": 24000, "currency": "GBP"}}]
    with reading() as session:
        [facts] = payments.of_invoice(session, till.payer, till.invoices[0])
        assert (facts.guest, facts.state) == (ANN.name, "paid")
        assert [one.public_id for one in payment_history.page(session, till.payer).entries] == [payment.public_id]
    with pytest.raises(Invalid, match="nothing left"):
        run(pay.pay_as_guest(standing(link)))


def test_nothing_that_is_saved_is_offered_or_kept(till: Money):
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    before = run(pay.saved_methods(till.payer))
    assert len(before) == 1
    attempt, theirs = begin(standing(sent(till)), till)
    shown = till.stripe.client.get(theirs["url"].removeprefix(till.stripe.url)).text
    assert before[0].id not in shown
    assert "save" not in shown.lower()
    till.stripe.pay(theirs["id"], save=True)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert run(pay.saved_methods(till.payer)) == before


def test_the_same_page_waits_for_a_second_look_and_gives_way_to_the_account_s(till: Money):
    guest = standing(sent(till))
    first, page = begin(guest, till)
    assert begin(guest, till)[0] == first
    theirs, _ = till.begin()
    assert (till.attempt(first).state, page["status"]) == ("expired", "expired")
    assert begin(guest, till)[0] != first
    assert till.attempt(theirs).state == "expired"


def test_a_debit_is_told_to_the_guest_all_along(till: Money):
    guest = standing(sent(till))
    attempt, page = begin(guest, till)
    till.stripe.pay(page["id"], "bacs_fails")
    assert run(sync_attempt(attempt)) == "processing"
    assert "£240.00 is with the bank, expected by " in shared._read(guest).news
    shown = pay_state._read(till.payer, till.invoices[0])
    assert ([row.badge for row in shown.paid], shown.news.split(" since ")[0]) == (
        ["With the bank"],
        "£240.00 is with the bank of Ann Ledger",
    )
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/fail")
    assert run(sync_attempt(attempt)) == "failed"
    assert [mail["mail"] for mail in front_door.mails(ANN.email)] == ["shared", "payment_with_bank", "payment_failed"]
    [told] = told_to_the_account()
    # Neither their bank nor its reason.
    assert said(told) == ["Ann Ledger could not pay £240.00 for invoice 2290.", "So invoice 2290 is still to be paid."]
    assert {"method", "why"} & set(told["facts"]) == set()
    assert till.left() == 24000
    shown = payment_page(till.payer, till.payments()[0].public_id, False)
    assert till.attempt(attempt).problem
    assert (shown.badge, shown.sentences) == ("Not paid", ["It is still to be paid."])


def test_what_is_to_be_paid_again_is_told_to_the_account(till: Money):
    attempt, page = begin(standing(sent(till)), till)
    till.stripe.pay(page["id"])
    run(sync_attempt(attempt))
    owner = people.actor_of(people.start_session(people.make_staff("owner@example.com", StaffRole.OWNER)))
    assert isinstance(owner, Staff)
    for amount, treatment in ((1000, CREDIT_NOTE), (500, REOPEN)):
        run(give_back(owner, till.payments()[0].public_id, amount, treatment, ""))
    paid, back = told_to_the_account()
    assert (paid["facts"]["what"], said(back)) == (
        "paid",
        [
            "Ann Ledger was given back £5.00 that had been paid for invoice 2290.",
            "So £5.00 of invoice 2290 is to be paid again.",
        ],
    )


def test_a_debit_that_was_taken_back_is_told_to_the_account(till: Money):
    attempt, page = begin(standing(sent(till)), till)
    till.stripe.pay(page["id"], "bacs_clears")
    run(sync_attempt(attempt))
    intent = till.payments()[0].intent_id
    till.stripe.act(f"payments/{intent}/settle")
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{intent}/dispute")
    run(sync_attempt(attempt))
    assert said(told_to_the_account()[-1]) == [
        "Ann Ledger had paid £240.00 for invoice 2290, and a bank has taken it back.",
        "So invoice 2290 is to be paid again.",
    ]


def test_a_dispute_that_a_guest_s_bank_has_won_is_told_to_the_account(till: Money):
    attempt, page = begin(standing(sent(till)), till)
    till.stripe.pay(page["id"])
    run(sync_attempt(attempt))
    found = till.stripe.act(f"payments/{till.payments()[0].intent_id}/dispute")["id"]
    run(sync_attempt(attempt))
    assert [one["facts"]["what"] for one in told_to_the_account()] == ["paid"]
    till.stripe.act(f"disputes/{found}/lost")
    run(sync_attempt(attempt))
    run(sync_attempt(attempt))
    assert [one["facts"]["what"] for one in told_to_the_account()] == ["paid", "returned"]


def test_what_a_guest_pays_twice_is_told_to_the_account_as_credit(till: Money):
    attempt, page = begin(standing(sent(till)), till)
    with transaction() as session:
        session.get_one(Invoice, 1).balance_minor = 0
    till.stripe.pay(page["id"])
    run(sync_attempt(attempt))
    [told] = told_to_the_account()
    assert said(told) == [
        "Ann Ledger has paid £240.00 for invoice 2290.",
        "£240.00 of it is more than was left to pay. Please ask us to use it or to give it back.",
    ]


def test_whoever_may_not_see_it_by_now_is_not_told(till: Money):
    attempt, page = begin(standing(sent(till)), till)
    till.stripe.pay(page["id"])
    change(Contact, till.payer.contact_id, rights=[])
    assert run(sync_attempt(attempt)) == "succeeded"
    assert front_door.mails(ANN.email)[-1]["mail"] == "receipt"
    assert told_to_the_account() == []


def test_who_may_only_look_cannot_pay(till: Money):
    before = len(list(till.stripe.state.find("checkout.session")))
    with pytest.raises(NotAllowed):
        run(pay.pay_as_guest(standing(sent(till, may_pay=False))))
    link = sent(till)
    change(Contact, till.payer.contact_id, rights=["view_money"])
    with pytest.raises(NotAllowed):
        run(pay.pay_as_guest(standing(link)))
    assert len(list(till.stripe.state.find("checkout.session"))) == before


def test_a_page_that_waits_is_shut_when_the_link_is_revoked(till: Money, monkeypatch: pytest.MonkeyPatch):
    link = sent(till)
    attempt, page = begin(standing(link), till)
    revoke(till.payer, till.invoices[0], link)
    now = clock.now() + OPEN_EVERY
    monkeypatch.setattr(clock, "now", lambda: now)
    run(reconcile(None))
    assert (till.attempt(attempt).state, page["status"]) == ("expired", "expired")


def test_paid_after_all_it_counts_and_the_receipt_needs_no_link(till: Money):
    link = sent(till)
    attempt, page = begin(standing(link), till)
    revoke(till.payer, till.invoices[0], link)
    till.stripe.pay(page["id"])
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0
    assert "path" not in front_door.newest(ANN.email, "receipt")


def test_more_than_is_left_is_never_asked(till: Money):
    guest = standing(sent(till))
    with transaction() as session:
        session.get_one(Invoice, guest.invoice_id).balance_minor = 700
    _, page = begin(guest, till)
    assert page["amount_total"] == 700


def test_an_open_page_hears_of_a_credit_note(till: Money):
    link = sent(till)
    attempt, page = begin(standing(link), till)
    till.stripe.pay(page["id"])
    run(sync_attempt(attempt))
    before = shared._read(standing(link))
    owner = people.actor_of(people.start_session(people.make_staff("owner@example.com", StaffRole.OWNER)))
    assert isinstance(owner, Staff)
    run(give_back(owner, till.payments()[0].public_id, 24000, CREDIT_NOTE, ""))
    after = shared._read(standing(link))
    assert (before.paper.badge, before.news) == ("Paid, being booked", "£240.00 is paid and being booked.")
    assert (after.paper.badge, after.news) == ("Credited", "")
    assert after.version != before.version
    shown = shared_page.shared_page(after.paper, link, "1", reader="", sender="", pay="", news="").body
    assert "Credited</dt><dd>£240.00</dd>" in bytes(shown).decode()


def test_what_a_bank_looks_at_is_said_beside_the_button(till: Money):
    link = sent(till)
    attempt, page = begin(standing(link), till)
    till.stripe.pay(page["id"])
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/dispute")
    run(sync_attempt(attempt))
    sheet = shared._read(standing(link))
    assert sheet.pay == "£240.00"
    assert sheet.news.startswith("A bank is looking at a payment of £240.00: nothing of that needs to be paid")


def test_a_dispute_is_the_guest_s_bank_s_to_the_account_and_heard_of_on_the_open_page(till: Money):
    link = sent(till)
    attempt, page = begin(standing(link), till)
    till.stripe.pay(page["id"])
    run(sync_attempt(attempt))
    dispute = till.stripe.act(f"payments/{till.payments()[0].intent_id}/dispute")["id"]
    said = {}
    for outcome in ("open", "lost"):
        if outcome == "lost":
            till.stripe.act(f"disputes/{dispute}/lost")
        run(sync_attempt(attempt))
        [taken] = pay_state._read(till.payer, till.invoices[0]).taken
        with reading() as session:
            [entry] = payment_history.page(session, till.payer).entries
        row, sheet = paid_row(entry, Words(look())), shared._read(standing(link))
        said[outcome] = (taken.words, row.sub, sheet.news, sheet.version)
        assert "Visa" not in taken.words + row.sub
    (looks, asked, news, before), (took, back, later, after) = said["open"], said["lost"]
    assert " the bank of Ann Ledger is looking at their payment of £240.00: it has asked for the money back." in looks
    assert asked.endswith("; the bank of Ann Ledger has asked for it back · by Ann Ledger")
    assert " the bank of Ann Ledger took back the £240.00 paid. £240.00 is to be paid again." in took
    assert back.endswith(", then taken back by the bank of Ann Ledger · by Ann Ledger")
    assert (bool(news), later, before == after) == (True, "", False)


def test_an_open_page_hears_that_an_account_is_to_be_confirmed(till: Money):
    link = sent(till)
    attempt, _ = begin(standing(link), till)
    before = shared._read(standing(link))
    change(PaymentAttempt, till.attempt(attempt).id, state="confirming")
    after = shared._read(standing(link))
    assert (before.news, after.news.split(":")[0]) == ("", "Your payment waits until your bank account is confirmed")
    assert after.version != before.version
