import io
import json
import logging
import sys

import pytest
import structlog

from portal_app import logs
from portal_app.logs import HIDDEN, scrub, scrub_text

TOKEN = "qntRaui_FbCbfmRPAn0I3eoRSMkUIfX3P05m924vrqM"

LEAKS = [
    f"cookie: porchlight_session={TOKEN}",
    f"Cookie: a=b; __Host-porchlight_session={TOKEN}; c=d",
    f"{{'cookie': 'a=b; porchlight_session={TOKEN}'}}",
    f"[(b'cookie', b'porchlight_session={TOKEN}')]",
    f"set-cookie: porchlight_session={TOKEN}; HttpOnly",
    f"GET /setup/{TOKEN} HTTP/1.1",
    f"https://portal.example.com/l/{TOKEN}?x=1",
    f"POST /auth/reset/{TOKEN}",
    f"/_event?token={TOKEN}&EIO=4",
    f"Authorization: Bearer {TOKEN}",
    f"(b'authorization', b'Bearer {TOKEN}')",
    f"authorization='Basic {TOKEN}'",
    f'{{"token": "{TOKEN}"}}',
    f'{{\\"token\\": \\"{TOKEN}\\"}}',
    f"{{'access_token': '{TOKEN}'}}",
    f"token_hash={TOKEN}",
    f"PORTAL_SECRET_KEY={TOKEN}",
    f"secret_key='{TOKEN}'",
    f"api_key: {TOKEN}",
    f"email=a%40b.example&password={TOKEN}&next=",
    f"password={TOKEN}",
    f"{{'password': 'four warm {TOKEN}'}}",
    f'{{"password": "four \\"warm\\" {TOKEN}", "x": 1}}',
    f"SetupForm(name='x', password='four warm {TOKEN}')",
    f"payload={{'new_password': 'a b {TOKEN}'}}",
    f"$argon2id$v=19$m=32768,t=3,p=1${TOKEN}",
    f"redis://user:{TOKEN}@localhost:6379/0",
    f"postgresql+psycopg://portal:{TOKEN}@db/portal",
    f"code={TOKEN}",
    f"'code': '{TOKEN}'",
    f"client sent session {TOKEN} again",
]


@pytest.mark.parametrize("text", LEAKS)
def test_nothing_secret_is_left_of_a_text(text):
    left = scrub_text(text)
    assert TOKEN not in left
    assert TOKEN[:12] not in left
    assert HIDDEN in left


@pytest.mark.parametrize(
    "text",
    [
        "GET /invoices/Yp3nQw0aXk2LmZtB 200 in 12 ms",
        "event_refused state.portal_app___pages___dashboard___state____dashboard_state.load",
        "the CRM answered 429, next try in 30 s",
        "reference 1f2e3d4c",
        "2026-11-22T06:15:00.695301+00:00 visit 12 scheduled",
        "sqlite:////srv/porchlight/portal.db",
        "crm_pass streams=9 rows=25000",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ],
)
def test_what_an_operator_needs_stays(text):
    assert scrub_text(text) == text


def test_secrets_are_found_however_deep():
    found = scrub({"a": [{"Cookie": "x"}, ("y", {"password": ["p", "q"]})], "n": 1, "b": b"porchlight_session=abcdef"})
    assert found["a"][0] == {"Cookie": HIDDEN}
    assert found["a"][1] == ["y", {"password": HIDDEN}]
    assert found["n"] == 1
    assert "abcdef" not in found["b"]


@pytest.fixture
def captured(monkeypatch):
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logs.set_up(logging.DEBUG)
    yield stream.getvalue
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_lines_are_json_and_scrubbed_wherever_they_come_from(captured):
    try:
        raise ValueError(f"could not use password={TOKEN}")
    except ValueError as error:
        logs.get("portal_app.x").error("failed", cookie=TOKEN, exc_info=error, nested={"headers": {"cookie": TOKEN}})
        logging.getLogger("other.library").exception("sent %s with %s", f"token={TOKEN}", {"authorization": TOKEN})
    logging.getLogger("other.library").warning({"cookie": TOKEN})
    text = captured()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["level"] for line in lines] == ["error", "error", "warning"]
    assert "ValueError" in text
    assert TOKEN not in text


def test_a_client_token_in_a_library_s_line_is_hidden(captured):
    token = "38095933-8561-44a7-9993-1263dee0233c"
    logging.getLogger("reflex.app").warning("sending to the disconnected client %r", token)
    logs.get("portal_app.tasks.crm_poll").info("crm_record_refused", record=token)
    theirs, ours = (json.loads(line) for line in captured().splitlines())
    assert token not in json.dumps(theirs)
    assert ours["record"] == token
