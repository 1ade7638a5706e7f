"""The payment settings' handlers: the key goes in and never comes back, Stripe is asked, the rules are kept."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlmodel import col, select
from starlette.applications import Starlette

from portal_app.database import reading
from portal_app.endpoints import stripe_webhook
from portal_app.integrations.stripe import StripeAccount, close_clients
from portal_app.integrations.stripe.errors import Refused
from portal_app.models import Activity, Payment
from portal_app.pages.office.settings_payments.state import PaymentSettingsState
from portal_app.routes import STRIPE_WEBHOOK
from portal_app.services import payment_settings
from portal_app.services.payment_settings import PayRules
from portal_app.services.rights import StaffRole
from portal_app.workflows import trial_payment
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.pages.office import cookie, form
from tests.pages.tab import Tab, open_tab
from tests.running import free_port, wait_for
from tests.services import people

RULES = {"parts": "on", "least": "25", "transfer": "Sort code 00-00-00"}


@pytest.fixture
def stripe(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningStripe]:
    """A local Stripe whose address the server knows; the key is the office's to set."""
    people.make_business()
    with RunningStripe() as running:
        monkeypatch.setenv("STRIPE_API_BASE", running.url)
        forget_settings()
        yield running


def value(tab: Tab, name: str) -> Any:
    return tab.values[f"payment_settings_state.{name}"]


def checks(tab: Tab) -> dict[str, tuple[str, str]]:
    return {check.name: (check.state, check.tone) for check in value(tab, "account").checks}


def webhooks(stripe: RunningStripe) -> list[dict[str, Any]]:
    return list(stripe.state.find("webhook_endpoint"))


async def test_a_key_makes_its_account_ready(stripe: RunningStripe):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.load)
        assert value(tab, "account").state == "Not set up"
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=f" {stripe.key} "))
        assert value(tab, "message").startswith("Saved. Stripe answered")
        account = value(tab, "account")
        assert (account.source, account.state, account.key_ends) == ("office", "Test mode", stripe.key[-4:])
        assert checks(tab) == {
            "Account": ("Hartley Heating & Plumbing", "complete"),
            "Payments": ("Allowed", "complete"),
            "Ways to pay": ("3", "complete"),
            "News from Stripe": ("Works", "complete"),
        }
        assert "Cards" in str(account.checks)
        assert stripe.key not in str(tab.values)
        assert "whsec_" not in str(tab.values)
        [made] = webhooks(stripe)
        assert made["url"].endswith("/webhooks/stripe")
        await tab.call(PaymentSettingsState.check)
        assert webhooks(stripe) == [made]
        assert not value(tab, "busy")
        await tab.call(PaymentSettingsState.forget)
        assert value(tab, "account").source == "none"
        assert webhooks(stripe) == []
        assert tab.failures == []
        await close_clients()


async def test_an_address_that_was_lost_or_switched_off_is_made_anew(stripe: RunningStripe):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=stripe.key))
        [first] = webhooks(stripe)
        first["status"] = "disabled"
        await tab.call(PaymentSettingsState.check)
        [second] = webhooks(stripe)
        assert second["id"] != first["id"]
        with reading() as session:
            keys = payment_settings.keys(session)
        assert keys is not None
        assert keys.webhook_secret == second["_secret"]
        await close_clients()


async def test_what_the_server_was_given_is_left_alone(stripe: RunningStripe, monkeypatch: pytest.MonkeyPatch):
    for name, given in stripe.settings.items():
        monkeypatch.setenv(name, given)
    forget_settings()
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.check)
        assert checks(tab)["News from Stripe"] == ("Not found", "processing")
        assert value(tab, "account").source == "environment"
        stripe.send_events_to("http://127.0.0.1:8000/webhooks/stripe")
        await tab.call(PaymentSettingsState.check)
        assert checks(tab)["News from Stripe"] == ("Works", "complete")
        assert len(webhooks(stripe)) == 1
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key="sk_test_another"))
        assert "STRIPE_SECRET_KEY" in value(tab, "key_wrong")
        await close_clients()


async def test_an_account_that_may_take_nothing_says_what_to_do(stripe: RunningStripe):
    next(stripe.state.find("account"))["charges_enabled"] = False
    for kind in ("card", "us_bank_account", "bacs_debit", "link"):
        stripe.act(f"methods/{kind}", on=False)
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=stripe.key))
        assert value(tab, "account").state == "Needs you"
        assert value(tab, "message") == "Saved. Stripe answered. Needs you: Payments, Ways to pay."
        await close_clients()


async def test_a_key_that_stripe_refuses_is_told_in_a_sentence(stripe: RunningStripe):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key="sk_test_" + "x" * 24))
        assert value(tab, "failed")
        assert "Stripe does not accept the secret key" in value(tab, "message")
        assert tab.failures == []
        await close_clients()


@pytest.mark.parametrize(
    "typed", ["", "pk_test_123", "hunter2", "sk_live_" + "x" * 24, "x" * 300, "sk_test_\n", "sk_test_é"]
)
async def test_what_is_no_key_is_not_kept(stripe: RunningStripe, typed: str):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=typed))
        assert value(tab, "key_wrong").endswith(".")
        assert tab.failures == []
    with reading() as session:
        assert payment_settings.keys(session) is None


@contextmanager
def webhook() -> Iterator[str]:
    """Serve the webhook's address and give it."""
    port = free_port()
    app = Starlette(routes=stripe_webhook.ROUTES)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the webhook's address to be served")
    yield f"http://127.0.0.1:{port}{STRIPE_WEBHOOK}"
    server.should_exit = True
    thread.join(20)


async def test_a_test_payment_is_made_looked_at_and_given_back(stripe: RunningStripe, monkeypatch: pytest.MonkeyPatch):
    for name, given in stripe.settings.items():
        monkeypatch.setenv(name, given)
    forget_settings()
    with webhook() as url:
        stripe.send_events_to(url)
        async with open_tab(cookie()) as tab:
            await tab.call(PaymentSettingsState.try_payment)
            assert value(tab, "message") == (
                "The test payment went through: £5.00 was paid and given back at Stripe, with its test card. "
                "Stripe’s news came here as well."
            )
            assert (value(tab, "failed"), value(tab, "busy"), tab.failures) == (False, False, [])
            [charge] = stripe.state.find("charge")
            assert (charge["amount"], charge["refunded"]) == (500, True)
            await close_clients()
    with reading() as session:
        assert session.exec(select(Payment)).all() == []
        assert session.exec(select(Activity.kind).where(Activity.kind == "payments.tried")).all() == ["payments.tried"]


async def test_news_that_never_comes_is_said(stripe: RunningStripe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trial_payment, "NEWS_SECONDS", 0.1)
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=stripe.key))
        await tab.call(PaymentSettingsState.try_payment)
        assert "news did not come here yet" in value(tab, "message")
        await close_clients()


async def test_a_live_key_makes_no_test_payment(stripe: RunningStripe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_" + "x" * 24)
    monkeypatch.setenv("STRIPE_API_BASE", "")
    forget_settings()
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.try_payment)
        assert value(tab, "failed")
        assert value(tab, "message").startswith("A test payment needs a test key")
    assert list(stripe.state.find("payment_intent")) == []
    with pytest.raises(Refused, match="test key"):
        await StripeAccount("sk_live_" + "x" * 24, stripe.url).charge_test_card("one", 500, "GBP", "x")
    assert stripe.requests() == []


async def test_a_test_payment_that_stripe_refuses_is_told(stripe: RunningStripe):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.try_payment)
        assert value(tab, "message").startswith("No key is set yet")
        await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=stripe.key))
        stripe.act("trouble", fail=20)
        await tab.call(PaymentSettingsState.try_payment)
        assert (value(tab, "failed"), value(tab, "busy")) == (True, False)
        assert "could not be reached" in value(tab, "message")
        stripe.act("trouble", fail=0)
        await close_clients()


async def test_check_without_a_key_says_so(stripe: RunningStripe):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.check)
        assert value(tab, "message").startswith("No key is set yet")


async def test_the_rules_are_kept(stripe: RunningStripe):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.load)
        await tab.call(PaymentSettingsState.show, words="Sort code")
        assert value(tab, "preview") == "Sort code"
        await tab.call(PaymentSettingsState.save_rules, form=form(**RULES))
        assert value(tab, "rules_told") == "Saved."
        assert (value(tab, "rules").least, value(tab, "rules").transfer) == ("25.00", "Sort code 00-00-00")
        await tab.call(PaymentSettingsState.save_rules, form=form(least="", transfer=""))
        assert tab.failures == []
    with reading() as session:
        assert payment_settings.rules(session) == PayRules(parts_allowed=False, least_minor=0, least_currency="GBP")
        assert payment_settings.transfer_words(session) == ""
        kept_in = select(Activity.facts).where(Activity.kind == "payments.rules_set").order_by(col(Activity.id))
        first, last = session.exec(kept_in).all()
    assert (first["before"]["least_minor"], first["after"]["least_minor"]) == (0, 2500)
    assert (last["before"]["transfer"], last["after"]["transfer"]) == ("Sort code 00-00-00", "")


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"least": "-1"}, "least_wrong"),
        ({"least": "lots"}, "least_wrong"),
        ({"least": "1e309"}, "least_wrong"),
        ({"transfer": "x" * 2001}, "transfer_wrong"),
    ],
)
async def test_rules_that_cannot_be_say_why(stripe: RunningStripe, changed: dict[str, str], where: str):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_rules, form=form(**{**RULES, **changed}))
        assert value(tab, where).endswith(".")
        assert tab.failures == []
    with reading() as session:
        assert payment_settings.rules(session) == PayRules()


@pytest.mark.parametrize("role", [StaffRole.MANAGER, StaffRole.OFFICE, StaffRole.READER, None])
async def test_only_the_owner_sees_or_sets_any_of_it(stripe: RunningStripe, role: StaffRole | None):
    token = cookie(role) if role else people.start_session(people.make_customer("kim@example.com"))
    for each in (token, "", "x" * 43):
        async with open_tab(each) as tab:
            state = PaymentSettingsState
            for act in (state.load, state.check, state.try_payment, state.forget):
                await tab.call(act)
            await tab.call(PaymentSettingsState.save_key, form=form(stripe_key=stripe.key))
            await tab.call(PaymentSettingsState.save_rules, form=form(**RULES))
            await tab.call(PaymentSettingsState.show, words="x")
            assert len(tab.redirects) == 7
    with reading() as session:
        assert payment_settings.keys(session) is None
        assert payment_settings.rules(session) == PayRules()


@pytest.mark.parametrize("bad", [7, None, ["x"], {"a": 1}, "x", {"__reflex_form_data__": [["stripe_key", 7]]}])
async def test_wrong_types_are_refused(stripe: RunningStripe, bad: Any):
    async with open_tab(cookie()) as tab:
        await tab.call(PaymentSettingsState.save_key, form=bad)
        await tab.call(PaymentSettingsState.save_rules, form=bad)
        await tab.call(PaymentSettingsState.show, words=bad if bad != "x" else "x" * 5000)
        assert "payment_settings_state.rules_told" not in tab.values
    with reading() as session:
        assert payment_settings.keys(session) is None
