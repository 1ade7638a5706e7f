import io
import logging
import sys

import pytest
import structlog

from portal_app import database, logs, routes
from portal_app.services import setup
from portal_app.settings import get_settings
from tests.conftest import forget_settings
from tests.services import people
from tests.services.people import PASSWORD


@pytest.fixture
def lines(monkeypatch):
    """Everything this process would have logged, at the most talkative level."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logs.set_up(logging.DEBUG)
    # SQLAlchemy's DEBUG prints whole rows; INFO is the statements, whose parameters are hidden.
    for name, level in {"httpx": logging.DEBUG, "httpcore": logging.DEBUG, "sqlalchemy.engine": logging.INFO}.items():
        monkeypatch.setattr(logging.getLogger(name), "level", level)
    logging.getLogger("httpx").manager._clear_cache()  # type: ignore[attr-defined]
    yield stream.getvalue
    root.handlers[:], root.level = before
    structlog.reset_defaults()


async def test_the_front_door_logs_no_password_cookie_or_token(browser, lines, monkeypatch):
    with database.transaction() as session:
        link = setup.create_setup_token(session)
    client = browser()
    form = {"business_name": "Bell", "country": "GB", "support_email": "a@bell.example", "name": "Ada"}
    form |= {"email": "ada@bell.example", "password": "another warm radiator"}
    await client.get(routes.setup(link))
    await client.post(routes.setup(link), data=form | {"name": ""})
    done = await client.post(routes.setup(link), data=form)
    people.make_customer("sarah.whitcombe@example.com")
    secrets = [link, done.cookies["porchlight_session"], PASSWORD, form["password"], "wrong horse battery"]
    for password in (PASSWORD, "wrong horse battery"):
        data = {"email": "sarah.whitcombe@example.com", "password": password}
        answer = await client.post("/auth/login", data=data)
        secrets += [answer.cookies.get("porchlight_session", link)]
        await client.post("/auth/login", data=data, headers={"Origin": "https://evil.example"})
        await client.post("/auth/login", json=data)
    logging.getLogger("a.library").error("request with %s", dict(client.cookies))
    await client.post("/auth/logout")
    secrets += [get_settings().secret_key.get_secret_value(), "$argon2id$", "whitcombe"]
    text = lines()
    assert "a.library" in text
    assert "httpx" in text
    assert "INSERT INTO login_session" in text
    assert [secret for secret in secrets if secret in text] == []
    forget_settings()
