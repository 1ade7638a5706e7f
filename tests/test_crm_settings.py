"""PORTAL_CRM_FILE_HOSTS: whose names it may list, and what is refused in words."""

import pytest

from portal_app.settings import Settings, UnsafeSettings, load_settings
from tests.conftest import forget_settings


def listed(monkeypatch: pytest.MonkeyPatch, hosts: str) -> Settings:
    monkeypatch.setenv("PORTAL_CRM_URL", "https://crm.example.com")
    monkeypatch.setenv("PORTAL_CRM_TOKEN", "a-token-of-the-crm")
    monkeypatch.setenv("PORTAL_CRM_FILE_HOSTS", hosts)
    forget_settings()
    return load_settings()


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", ()),
        ("files.example.com", ("files.example.com",)),
        (
            " Files.Example.com ,, bucket.s3.eu-west-2.amazonaws.com,",
            ("files.example.com", "bucket.s3.eu-west-2.amazonaws.com"),
        ),
    ],
)
def test_names_with_commas_between_them(
    portal_env: object, monkeypatch: pytest.MonkeyPatch, text: str, hosts: tuple[str, ...]
) -> None:
    assert listed(monkeypatch, text).crm_hosts == hosts


@pytest.mark.parametrize(
    "text",
    [
        "https://files.example.com",
        "files.example.com:8443",
        "files.example.com/photos",
        "*.example.com",
        "10.0.0.7",
        "[::1]",
        "localhost",
        "files..example.com",
        "-files.example.com",
        "a" * 64 + ".example.com",
        "good.example.com, bad_host.example.com",
    ],
)
def test_what_is_no_name_is_refused(portal_env: object, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(UnsafeSettings, match="PORTAL_CRM_FILE_HOSTS must list plain host names"):
        listed(monkeypatch, text)
