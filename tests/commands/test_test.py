"""What `portal test` hands on: nothing of this installation's settings."""

import pytest

from portal_app.commands.processes import OUR_SETTINGS
from portal_app.commands.test import outside
from portal_app.settings import Settings


def test_every_setting_is_known_to_be_ours() -> None:
    names = [field.validation_alias or f"PORTAL_{name.upper()}" for name, field in Settings.model_fields.items()]
    assert "STRIPE_SECRET_KEY" in names
    assert [name for name in names if not str(name).startswith(OUR_SETTINGS)] == []


def test_what_is_compiled_is_kept_for_the_processes_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PORTAL_PORT", "1")
    monkeypatch.setenv("SOMETHING_ELSE", "stays")
    environment = outside()
    assert environment["SOMETHING_ELSE"] == "stays"
    assert not {"PYTHONDONTWRITEBYTECODE", "PORTAL_PORT"} & set(environment)
