"""The mailbox that mail comes back to, as the office sets it: fields, password, the environment that wins."""

from dataclasses import replace

import pytest

from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotAllowed
from portal_app.integrations.bounce_mailbox import Look, Position
from portal_app.models import BounceMailbox
from portal_app.services import bounce_settings
from portal_app.services.actors import Staff, Visitor
from portal_app.services.bounce_settings import BounceForm, BounceFormRefused, BounceOverview
from portal_app.services.rights import StaffRole
from portal_app.settings import ImapServer
from tests.conftest import forget_settings
from tests.services import people

GOOD = BounceForm("own", "imap.example.com", "993", "portal@example.com", "hunter2", "INBOX")


@pytest.fixture
def owner(database_file) -> Staff:
    people.make_business()
    actor = people.actor_of(people.start_session(people.make_staff("owner@example.com")))
    assert isinstance(actor, Staff)
    return actor


def save(owner: Staff, form: BounceForm) -> None:
    with transaction() as session:
        bounce_settings.save(session, owner, form)


def mailbox() -> ImapServer | None:
    with reading() as session:
        return bounce_settings.mailbox(session)


def overview(owner: Staff) -> BounceOverview:
    with reading() as session:
        return bounce_settings.overview(session, owner)


def due() -> bool:
    with reading() as session:
        return bounce_settings.is_due(session)


def looked(server: ImapServer, look: Look) -> None:
    with transaction() as session:
        bounce_settings.note_look(session, server, look, 0)


def position(server: ImapServer) -> Position:
    with reading() as session:
        return bounce_settings.position(session, server)


def test_it_works(owner: Staff) -> None:
    assert (mailbox(), overview(owner).source, due()) == (None, "none", False)
    save(owner, GOOD)
    assert mailbox() == ImapServer("imap.example.com", 993, "portal@example.com", "hunter2", "INBOX")
    seen = overview(owner)
    assert (seen.source, seen.host, seen.has_password, seen.last_check_at) == ("office", "imap.example.com", True, None)
    assert "hunter2" not in repr(seen)
    with reading() as session:
        assert "hunter2" not in session.get_one(BounceMailbox, 1).password_sealed
    assert due()
    with transaction() as session:
        bounce_settings.clear(session, owner)
    assert (mailbox(), overview(owner).source, due()) == (None, "none", False)
    with reading() as session:
        assert session.get_one(BounceMailbox, 1).password_sealed == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "imaps://imap.example.com"),
        ("host", "a b"),
        ("host", "a..b"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "²"),
        ("port", "-1"),
        ("username", ""),
        ("username", "a\r\nA1 LOGOUT"),
        ("username", "x" * 255),
        ("password", ""),
        ("password", "a\r\nb"),
        ("folder", "x\r\ny"),
        ("folder", "x" * 201),
    ],
)
def test_fields_that_cannot_be_used(owner: Staff, field: str, value: str) -> None:
    with pytest.raises(BounceFormRefused) as refused:
        save(owner, replace(GOOD, **{field: value}))
    assert set(refused.value.fields) == {field}
    assert all(sentence.endswith(".") for sentence in refused.value.fields.values())
    assert "hunter2" not in str(refused.value.fields)
    assert mailbox() is None


def test_what_may_be_left_out(owner: Staff) -> None:
    save(owner, replace(GOOD, port=" ", folder="", preset="nonsense"))
    found = mailbox()
    assert found is not None
    assert (found.port, found.folder, overview(owner).preset) == (993, "INBOX", "")


def test_a_stored_password_is_kept_for_its_own_server_and_name_alone(owner: Staff) -> None:
    save(owner, GOOD)
    save(owner, replace(GOOD, password="", folder="Bounces", port="1993"))
    found = mailbox()
    assert found is not None
    assert (found.password, found.folder, found.port, found.tls) == ("hunter2", "Bounces", 1993, True)
    for field, value in (("host", "evil.example"), ("username", "other")):
        with pytest.raises(BounceFormRefused) as refused:
            save(owner, replace(GOOD, password="", **{field: value}))
        assert set(refused.value.fields) == {"password"}


@pytest.mark.parametrize(
    ("host", "port", "tls"),
    [
        ("imap.example.com", "143", True),
        ("192.0.2.7", "143", True),
        ("localhost", "143", False),
        ("127.0.0.1", "993", True),
    ],
)
def test_only_on_this_machine_there_may_be_no_tls(owner: Staff, host: str, port: str, tls: bool) -> None:
    save(owner, replace(GOOD, host=host, port=port))
    found = mailbox()
    assert found is not None
    assert found.tls is tls


def test_the_environment_wins(owner: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    save(owner, GOOD)
    monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", "imaps://env:secret@env.example.com/Bounces")
    forget_settings()
    found = mailbox()
    assert found is not None
    assert (found.host, found.folder) == ("env.example.com", "Bounces")
    seen = overview(owner)
    assert (seen.source, seen.host, seen.username) == ("environment", "env.example.com", "env")
    assert "secret" not in repr(seen)
    with pytest.raises(Invalid, match="PORTAL_BOUNCE_IMAP_URL"):
        save(owner, GOOD)


def test_a_password_under_another_key_is_told(owner: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    save(owner, GOOD)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "k" * 40)
    forget_settings()
    with pytest.raises(Invalid, match="another secret key"):
        mailbox()
    assert overview(owner).has_password


def test_the_position_goes_on_and_never_back(owner: Staff) -> None:
    save(owner, GOOD)
    server = mailbox()
    assert server is not None
    assert position(server) == Position()
    for uid in (50, 40):
        looked(server, Look(1, (), Position(7, uid), more=False))
        assert position(server) == Position(7, 50)
    looked(server, Look(1, (), Position(8, 3), more=True))
    assert position(server) == Position(8, 3)
    assert position(replace(server, folder="Other")) == Position()
    assert not due()


def test_a_look_into_what_was_set_before_is_not_kept(owner: Staff) -> None:
    save(owner, GOOD)
    old = mailbox()
    assert old is not None
    save(owner, replace(GOOD, folder="Bounces"))
    looked(old, Look(1, (), Position(7, 50), more=False))
    with transaction() as session:
        bounce_settings.note_failure(session, old, "It is gone.")
    seen = overview(owner)
    assert (seen.last_check_at, seen.last_error, due()) == (None, "", True)


def test_only_those_who_may_change_settings(owner: Staff) -> None:
    clerk = people.actor_of(people.start_session(people.make_staff("clerk@example.com", StaffRole.OFFICE)))
    customer = people.actor_of(people.start_session(people.make_customer("kim@example.com")))
    for actor in (clerk, customer, Visitor()):
        assert actor is not None
        for act in (
            lambda session, actor: bounce_settings.save(session, actor, GOOD),
            bounce_settings.overview,
            bounce_settings.clear,
        ):
            with pytest.raises(NotAllowed), transaction() as session:
                act(session, actor)
    assert mailbox() is None


def test_presets_are_usable(owner: Staff) -> None:
    for preset in bounce_settings.PRESETS:
        save(owner, replace(GOOD, preset=preset.key, host=preset.host or "x.example"))
        assert overview(owner).preset == preset.key
