"""The page of saved payment methods as a client meets it: through the gate, by events."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from portal_app.gate.middleware import forget_cached_actors
from portal_app.integrations.stripe import close_clients
from portal_app.models import Contact
from portal_app.pages.payment_methods.state import PaymentMethodsState
from portal_app.services import business
from portal_app.services.rights import Right
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.pages.tab import Tab, Tabs, tabs
from tests.services import people

PATH = "/settings/payment-methods"


@pytest.fixture
def stripe(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningStripe]:
    people.make_business()
    with RunningStripe() as running:
        for name, given in running.settings.items():
            monkeypatch.setenv(name, given)
        forget_settings()
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Tabs]:
    async with tabs() as opened:
        yield opened
    await close_clients()


def value(tab: Tab, name: str) -> Any:
    return tab.values.get(f"payment_methods_state.{name}")


def shown(tab: Tab) -> list[tuple[str, bool]]:
    return [(method.words, method.default) for method in value(tab, "view").methods]


def open_for(browser: Tabs, person: people.Person) -> Tab:
    tab = browser.open(people.start_session(person))
    tab.path = PATH
    return tab


async def save(tab: Tab, stripe: RunningStripe, choice: str = "card_ok") -> str:
    """Add a method as its owner and come back; returns the address that Stripe led back to."""
    await tab.call(PaymentMethodsState.add)
    session = next(stripe.state.find("checkout.session"))
    assert tab.redirects[-1] == session["url"]
    stripe.pay(session["id"], choice)
    tab.path = f"{PATH}?added={session['id']}"
    await tab.call(PaymentMethodsState.load)
    return tab.path


async def test_it_works(stripe: RunningStripe, browser: Tabs):
    tab = open_for(browser, people.make_customer("sarah@example.com"))
    await tab.call(PaymentMethodsState.load)
    assert (value(tab, "loaded"), value(tab, "view").open, shown(tab)) == (True, True, [])
    await save(tab, stripe)
    assert value(tab, "done") == "Visa ending in 4242 is saved. Nothing was charged."
    assert shown(tab) == [("Visa ending in 4242", True)]
    await save(tab, stripe, "bacs_clears")
    card, bank = value(tab, "view").methods
    assert (card.icon, bank.icon, card.sub[:8], bank.sub) == ("card", "bank", "Expires ", "")
    await tab.call(PaymentMethodsState.make_default, method=bank.id)
    assert value(tab, "done") == "Bacs Direct Debit ending in 2345 is your default now."
    assert shown(tab)[0] == ("Bacs Direct Debit ending in 2345", True)
    await tab.call(PaymentMethodsState.remove, method=card.id)
    assert value(tab, "done") == "Visa ending in 4242 is removed."
    assert shown(tab) == [("Bacs Direct Debit ending in 2345", True)]
    assert tab.failures == []


async def test_the_way_back_opened_by_somebody_else_or_made_up_tells_nothing(stripe: RunningStripe, browser: Tabs):
    tab = open_for(browser, people.make_customer("sarah@example.com"))
    back = await save(tab, stripe)
    ben = open_for(browser, people.make_customer("ben@example.com"))
    for path in (back, f"{PATH}?added=cs_test_x", f"{PATH}?added=%00", f"{PATH}?added=cs_" + "x" * 200):
        ben.path = path
        await ben.call(PaymentMethodsState.load)
        assert (value(ben, "done") or "", value(ben, "wrong") or "", shown(ben)) == ("", "", [])
    await tab.call(PaymentMethodsState.load)
    assert value(tab, "done") == "Visa ending in 4242 is saved. Nothing was charged."
    assert len(shown(tab)) == 1


async def test_another_s_method_is_not_found_and_stays(stripe: RunningStripe, browser: Tabs):
    tab = open_for(browser, people.make_customer("sarah@example.com"))
    await save(tab, stripe)
    [card] = value(tab, "view").methods
    ben = open_for(browser, people.make_customer("ben@example.com"))
    await save(ben, stripe)
    for act in (PaymentMethodsState.remove, PaymentMethodsState.make_default):
        await ben.call(act, method=card.id)
        assert value(ben, "wrong") == "That payment method is no longer saved here."
    await tab.call(PaymentMethodsState.load)
    assert shown(tab) == [("Visa ending in 4242", True)]


async def test_two_tabs(stripe: RunningStripe, browser: Tabs):
    sarah = people.make_customer("sarah@example.com")
    first, second = open_for(browser, sarah), open_for(browser, sarah)
    await save(first, stripe)
    await second.call(PaymentMethodsState.load)
    [card] = value(second, "view").methods
    await first.call(PaymentMethodsState.remove, method=card.id)
    await second.call(PaymentMethodsState.make_default, method=card.id)
    assert (value(second, "wrong"), shown(second)) == ("That payment method is no longer saved here.", [])


async def test_stripe_away_says_so_and_keeps_what_was_shown(stripe: RunningStripe, browser: Tabs):
    tab = open_for(browser, people.make_customer("sarah@example.com"))
    await save(tab, stripe)
    stripe.act("trouble", fail=6)
    tab.path = PATH
    await tab.call(PaymentMethodsState.load)
    assert value(tab, "trouble").sentence.startswith("We could not ask our payment service")
    assert len(shown(tab)) == 1
    stripe.act("trouble", fail=3)
    await tab.call(PaymentMethodsState.add)
    assert "nothing was added" in value(tab, "wrong")
    await tab.call(PaymentMethodsState.load)
    assert (value(tab, "trouble").kind, value(tab, "wrong")) == ("", "")


@pytest.mark.parametrize("right", [Right.PAY, Right.VIEW_MONEY])
async def test_without_the_right_nothing_is_shown_or_done(stripe: RunningStripe, browser: Tabs, right: Right):
    sarah = people.make_customer("sarah@example.com")
    tab = open_for(browser, sarah)
    await save(tab, stripe)
    [card] = value(tab, "view").methods
    people.change(Contact, sarah.contact_id, rights=sorted(set(Right) - {right}))
    forget_cached_actors()
    business.forget_look()
    asked, led = len(stripe.requests()), len(tab.redirects)
    await tab.call(PaymentMethodsState.load)
    assert (value(tab, "trouble").kind, shown(tab), value(tab, "done")) == ("denied", [], "")
    for act in (PaymentMethodsState.remove, PaymentMethodsState.make_default):
        await tab.call(act, method=card.id)
    await tab.call(PaymentMethodsState.add)
    assert len(stripe.requests()) == asked
    assert stripe.url not in "".join(tab.redirects[led:])


async def test_without_keys_nothing_pretends(database_file: Path, browser: Tabs):
    people.make_business()
    tab = open_for(browser, people.make_customer("sarah@example.com"))
    tab.path = f"{PATH}?added=cs_test_x"
    await tab.call(PaymentMethodsState.load)
    assert (value(tab, "view").open, value(tab, "loaded"), value(tab, "done") or "") == (False, True, "")
    await tab.call(PaymentMethodsState.add)
    assert (value(tab, "wrong")[:30], tab.redirects) == ("Card payments are not set up h", [])


@pytest.mark.parametrize("method", ["", "a b", "pm_1/../x", "x" * 81, None, 1, ["pm_1"]])
async def test_ids_that_are_none_are_turned_away(stripe: RunningStripe, browser: Tabs, method: Any):
    tab = open_for(browser, people.make_customer("sarah@example.com"))
    await tab.call(PaymentMethodsState.remove, method=method)
    assert stripe.requests() == []
    assert tab.failures == []
