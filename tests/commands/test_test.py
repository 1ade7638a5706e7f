"""What `portal test` hands on: nothing of this installation's settings."""

from portal_app.commands.processes import OUR_SETTINGS
from portal_app.settings import Settings


def test_every_setting_is_known_to_be_ours() -> None:
    names = [field.validation_alias or f"PORTAL_{name.upper()}" for name, field in Settings.model_fields.items()]
    assert "STRIPE_SECRET_KEY" in names
    assert [name for name in names if not str(name).startswith(OUR_SETTINGS)] == []
