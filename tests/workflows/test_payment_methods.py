"""Payment methods kept at Stripe: added without paying, the default, taken away; two tabs, others, Stripe down."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.integrations.stripe.values import SavedMethod
from portal_app.models import Contact
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.workflows import pay, payment_methods
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.money import Money, money, run

BACK = "/settings/payment-methods"


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """A customer with two invoices and nothing saved."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000) as ready:
        yield ready
    stripe.act("trouble")


def newest(stripe: RunningStripe) -> dict[str, Any]:
    return next(stripe.state.find("checkout.session"))


def save(till: Money, choice: str = "card_ok", actor: Customer | None = None) -> str:
    """Save a method on Stripe's page and return the page's id; nobody has come back from it yet."""
    address = run(payment_methods.add(actor or till.payer, BACK))
    page = newest(till.stripe)
    assert page["url"] == address
    till.stripe.pay(page["id"], choice)
    return page["id"]


def words(till: Money) -> list[tuple[str, bool]]:
    return [(one.words, one.default) for one in run(payment_methods.listed(till.payer)).methods]


def somebody_else() -> Customer:
    actor = people.actor_of(people.start_session(people.make_customer("ben@example.com")))
    assert isinstance(actor, Customer)
    return actor


def methods_log() -> list[str]:
    return people.kinds(lambda kind: kind.startswith("payment_method."))


def test_a_card_is_saved_without_paying_and_pays_with_one_tap(till: Money):
    assert run(payment_methods.listed(till.payer)) == payment_methods.Listed(True, ())
    page = save(till)
    assert run(payment_methods.added(till.payer, page)) == "Visa ending in 4242 is saved. Nothing was charged."
    assert words(till) == [("Visa ending in 4242", True)]
    assert till.payments() == []
    [card] = run(pay.saved_methods(till.payer))
    assert card.expires == f"08/{(datetime.now(UTC).year + 3) % 100}"
    assert run(pay.pay_with_saved(till.payer, till.wants(0), card.id)).state == "succeeded"
    assert till.left() == 0


def test_stripe_leads_back_with_the_page_s_id(till: Money):
    run(payment_methods.add(till.payer, BACK))
    page = newest(till.stripe)
    assert page["success_url"].endswith(f"{BACK}?added={{CHECKOUT_SESSION_ID}}")
    assert page["cancel_url"].endswith(BACK)
    assert page["customer"]


def test_coming_back_twice_tells_the_same_and_is_written_down_once(till: Money):
    page = save(till)
    first = run(payment_methods.added(till.payer, page))
    assert run(payment_methods.added(till.payer, page)) == first
    assert methods_log() == ["payment_method.added"]
    assert len(words(till)) == 1


def test_coming_back_after_it_was_removed_tells_nothing(till: Money):
    page = save(till)
    run(payment_methods.added(till.payer, page))
    [card] = run(payment_methods.listed(till.payer)).methods
    assert run(payment_methods.remove(till.payer, card.id)) == "Visa ending in 4242"
    assert run(payment_methods.added(till.payer, page)) == ""
    assert methods_log() == ["payment_method.added", "payment_method.removed"]


def test_a_page_that_is_not_finished_or_was_for_paying_tells_nothing(till: Money):
    run(payment_methods.add(till.payer, BACK))
    assert run(payment_methods.added(till.payer, newest(till.stripe)["id"])) == ""
    attempt, page = till.begin()
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    assert run(payment_methods.added(till.payer, page)) == ""
    assert run(payment_methods.added(till.payer, "cs_test_nothing")) == ""
    assert methods_log() == []


def test_what_a_bank_has_still_to_confirm_is_said(till: Money):
    page = save(till, "bacs_clears")
    setup = next(till.stripe.state.find("setup_intent"))
    setup["status"] = "requires_action"
    assert run(payment_methods.added(till.payer, page)) == payment_methods.WAITS
    setup["status"] = "canceled"
    assert run(payment_methods.added(till.payer, page)) == ""


def test_somebody_else_s_page_and_methods_are_not_theirs(till: Money):
    page = save(till)
    run(payment_methods.added(till.payer, page))
    [card] = run(payment_methods.listed(till.payer)).methods
    ben = somebody_else()
    assert run(payment_methods.added(ben, page)) == ""
    for act in (payment_methods.remove, payment_methods.make_default):
        with pytest.raises(NotFound):
            run(act(ben, card.id))
    save(till, actor=ben)
    assert run(payment_methods.added(ben, page)) == ""
    for act in (payment_methods.remove, payment_methods.make_default):
        with pytest.raises(NotFound):
            run(act(ben, card.id))
    with pytest.raises(NotFound, match="no longer saved"):
        run(pay.pay_with_saved(ben, till.wants(0), card.id))
    assert words(till) == [("Visa ending in 4242", True)]


@pytest.mark.parametrize("missing", [Right.PAY, Right.VIEW_MONEY])
def test_without_the_rights_nothing_is_told_or_done(till: Money, missing: Right):
    page = save(till)
    run(payment_methods.added(till.payer, page))
    [card] = run(payment_methods.listed(till.payer)).methods
    people.change(Contact, till.payer.contact_id, rights=sorted(set(Right) - {missing}))
    asked = len(till.stripe.requests())
    actor = Customer(1, 1, 1, 1, "Ann", frozenset(set(Right) - {missing}))
    for act in (
        payment_methods.listed(actor),
        payment_methods.add(actor, BACK),
        payment_methods.added(actor, page),
        payment_methods.remove(actor, card.id),
        payment_methods.make_default(actor, card.id),
    ):
        with pytest.raises(NotAllowed):
            run(act)
    assert len(till.stripe.requests()) == asked


def test_the_default_is_the_first_and_can_be_another(till: Money):
    run(payment_methods.added(till.payer, save(till)))
    run(payment_methods.added(till.payer, save(till, "bacs_clears")))
    assert words(till) == [("Visa ending in 4242", True), ("Bacs Direct Debit ending in 2345", False)]
    bank = run(payment_methods.listed(till.payer)).methods[1]
    for _ in range(2):
        assert run(payment_methods.make_default(till.payer, bank.id)) == bank.words
    assert words(till) == [("Bacs Direct Debit ending in 2345", True), ("Visa ending in 4242", False)]
    assert run(pay.saved_methods(till.payer))[0].id == bank.id
    run(payment_methods.remove(till.payer, bank.id))
    assert words(till) == [("Visa ending in 4242", False)]


def test_a_card_that_was_saved_twice_is_one_and_goes_as_a_whole(till: Money):
    run(payment_methods.added(till.payer, save(till)))
    again = save(till)
    assert run(payment_methods.added(till.payer, again)) == "Visa ending in 4242 is saved. Nothing was charged."
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    [card] = run(payment_methods.listed(till.payer)).methods
    assert (card.words, card.default, len(card.copies)) == ("Visa ending in 4242", True, 3)
    run(payment_methods.remove(till.payer, card.copies[1]))
    assert words(till) == []
    assert list(till.stripe.state.find("payment_method", customer=newest(till.stripe)["customer"])) == []


def test_in_another_tab_it_is_gone_already(till: Money):
    run(payment_methods.added(till.payer, save(till)))
    [card] = run(payment_methods.listed(till.payer)).methods
    run(payment_methods.remove(till.payer, card.id))
    for act in (payment_methods.remove, payment_methods.make_default):
        with pytest.raises(NotFound, match="no longer saved"):
            run(act(till.payer, card.id))
    with pytest.raises(NotFound, match="no longer saved"):
        run(pay.pay_with_saved(till.payer, till.wants(0), card.id))
    assert (till.left(), till.payments()) == (24000, [])


def test_while_stripe_does_not_answer_it_is_said_and_nothing_is_lost(till: Money):
    page = save(till)
    run(payment_methods.added(till.payer, page))
    [card] = run(payment_methods.listed(till.payer)).methods
    for act, said in (
        (payment_methods.listed(till.payer), "could not ask"),
        (payment_methods.added(till.payer, page), "could not ask"),
        (payment_methods.add(till.payer, BACK), "nothing was added"),
        (payment_methods.remove(till.payer, card.id), "could not ask"),
        (payment_methods.make_default(till.payer, card.id), "could not ask"),
    ):
        till.stripe.act("trouble", fail=3)
        with pytest.raises(Invalid, match=said):
            run(act)
    till.stripe.act("trouble")
    assert words(till) == [("Visa ending in 4242", True)]


def test_a_lost_answer_leaves_open_what_was_done_and_a_repeat_is_safe(till: Money):
    run(payment_methods.added(till.payer, save(till)))
    [card] = run(payment_methods.listed(till.payer)).methods
    run(payment_methods.added(till.payer, save(till, "bacs_clears")))
    bank = run(payment_methods.listed(till.payer)).methods[1]
    customer = newest(till.stripe)["customer"]
    till.stripe.act("trouble", lose=9, lose_path=f"/v1/customers/{customer}")
    with pytest.raises(Invalid, match="do not know"):
        run(payment_methods.make_default(till.payer, bank.id))
    till.stripe.act("trouble", lose=1, lose_path=f"/v1/payment_methods/{card.id}/detach")
    assert words(till)[0] == (bank.words, True)
    run(payment_methods.make_default(till.payer, bank.id))
    # Asked again by itself, Stripe says that it is away already.
    run(payment_methods.remove(till.payer, card.id))
    assert words(till) == [(bank.words, True)]


def test_a_payer_deleted_at_stripe_begins_anew(till: Money):
    run(payment_methods.added(till.payer, save(till)))
    gone = newest(till.stripe)["customer"]
    till.stripe.state.things[gone]["_deleted"] = True
    assert run(payment_methods.listed(till.payer)) == payment_methods.Listed(True, ())
    page = save(till, "bacs_clears")
    assert newest(till.stripe)["customer"] != gone
    assert run(payment_methods.added(till.payer, page)).startswith("Bacs Direct Debit ending in 2345 is saved.")


def test_there_is_an_end_to_what_can_be_saved(till: Money, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(payment_methods, "MOST", 1)
    run(payment_methods.added(till.payer, save(till)))
    with pytest.raises(Invalid, match="remove one"):
        run(payment_methods.add(till.payer, BACK))


def test_without_keys_there_is_nothing_and_nothing_is_begun(till: Money, monkeypatch: pytest.MonkeyPatch):
    run(payment_methods.added(till.payer, save(till)))
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET")
    forget_settings()
    assert run(payment_methods.listed(till.payer)) == payment_methods.Listed(False, ())
    assert run(payment_methods.added(till.payer, newest(till.stripe)["id"])) == ""
    for act in (payment_methods.add(till.payer, BACK), payment_methods.remove(till.payer, "pm_1")):
        with pytest.raises(Invalid, match="not set up"):
            run(act)


def test_what_has_expired_is_shown_and_not_offered():
    def card(name: str, expires: date) -> SavedMethod:
        return SavedMethod(name, "card", "visa", "4242", expires, "", False, "fp")

    old, new = card("pm_old", date(2020, 9, 1)), card("pm_new", date(2099, 1, 1))
    found = pay.shown([old, new])
    assert [(one.id, one.expires, one.expired) for one in found] == [
        ("pm_old", "08/20", True),
        ("pm_new", "12/98", False),
    ]
