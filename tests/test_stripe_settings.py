"""STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_API_BASE: what is taken, and who may be given the key."""

from pathlib import Path

import pytest

from portal_app.settings import UnsafeSettings, load_settings

KEY = "sk_test_hunter2hunter2"


def test_nothing_is_set_at_first(portal_env: Path) -> None:
    settings = load_settings()
    assert settings.stripe_secret_key.get_secret_value() == ""
    assert settings.stripe_webhook_secret.get_secret_value() == ""
    assert settings.stripe_api_base == ""


def test_their_names_have_no_prefix_and_their_values_are_not_shown(
    portal_env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", KEY)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_hunter2hunter2")
    settings = load_settings()
    assert settings.stripe_secret_key.get_secret_value() == KEY
    assert settings.stripe_webhook_secret.get_secret_value() == "whsec_hunter2hunter2"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "key", ["pk_test_hunter2hunter2", "sk_hunter2hunter2", "hunter2", "sk_test_hunter2 hunter2", "sk_live_"]
)
def test_a_key_that_is_none_is_refused_without_repeating_it(
    portal_env: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    with pytest.raises(UnsafeSettings, match="STRIPE_SECRET_KEY must be") as refused:
        load_settings()
    assert "hunter2" not in refused.value.sentence


def test_a_webhook_secret_that_is_none_is_refused(portal_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", KEY)
    with pytest.raises(UnsafeSettings, match="STRIPE_WEBHOOK_SECRET must be") as refused:
        load_settings()
    assert "hunter2" not in refused.value.sentence


@pytest.mark.parametrize(
    ("base", "used"),
    [
        ("https://api.stripe.com", "https://api.stripe.com"),
        ("https://API.stripe.com:443/", "https://api.stripe.com"),
        ("http://127.0.0.1:8002", "http://127.0.0.1:8002"),
        ("http://localhost:8002/", "http://localhost:8002"),
        ("http://[::1]:8002", "http://[::1]:8002"),
        ("https://127.0.0.1", "https://127.0.0.1"),
    ],
)
def test_stripe_and_this_machine_are_given_the_key(
    portal_env: Path, monkeypatch: pytest.MonkeyPatch, base: str, used: str
) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", base)
    assert load_settings().stripe_api_base == used


@pytest.mark.parametrize(
    "base",
    [
        "http://api.stripe.com",
        "https://api.stripe.com.evil.example",
        "https://api.stripe.com:8443",
        "https://api.stripe.com@evil.example",
        "https://evil.example/api.stripe.com",
        "https://files.stripe.com",
        "https://stripe.com",
        "http://10.0.0.1:12111",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1:8002/v1",
        "http://me:hunter2@127.0.0.1:8002",
        "http://127.0.0.1:8002?x=1",
        "http://127.0.0.1:99999",
        "http://[127",
        "ftp://127.0.0.1",
        "127.0.0.1:8002",
        "api.stripe.com",
        "http://127.0.0.1\n.evil.example",
    ],
)
def test_nobody_else_is(portal_env: Path, monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setenv("STRIPE_API_BASE", base)
    with pytest.raises(UnsafeSettings, match="STRIPE_API_BASE decides who is given the secret key"):
        load_settings()


def test_a_live_key_never_goes_to_a_stand_in(portal_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_hunter2hunter2")
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:8002")
    with pytest.raises(UnsafeSettings, match="live key"):
        load_settings()
    monkeypatch.setenv("STRIPE_API_BASE", "https://api.stripe.com")
    assert load_settings().stripe_api_base == "https://api.stripe.com"
