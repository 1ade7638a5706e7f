"""Mail as the office sets it: fields, the stored password, the environment that wins, the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import MailSettings, Outbox
from portal_app.services import mail_settings, mails
from portal_app.services.actors import Actor, Staff, Visitor
from portal_app.services.mail_settings import MailForm, MailFormRefused
from portal_app.services.mails import Mail
from portal_app.services.rights import StaffRole
from tests.conftest import forget_settings
from tests.services import people

GOOD = MailForm(
    preset="own",
    host="mail.example.com",
    port="587",
    security="starttls",
    username="portal",
    password="hunter2",
    from_address="portal@example.com",
)


def form(**changes: str) -> MailForm:
    return MailForm(**{**{name: getattr(GOOD, name) for name in MailForm.__slots__}, **changes})


@pytest.fixture
def owner(database_file: Path) -> Iterator[Staff]:
    people.make_business()
    actor = people.actor_of(people.start_session(people.make_staff("owner@example.com")))
    assert isinstance(actor, Staff)
    yield actor
    forget_settings()


def save(actor: Actor, wanted: MailForm) -> None:
    with transaction() as session:
        mail_settings.save(session, actor, wanted)


def route() -> mail_settings.MailRoute | None:
    with reading() as session:
        return mail_settings.route(session)


def overview(actor: Actor) -> mail_settings.MailOverview:
    with reading() as session:
        return mail_settings.overview(session, actor)


def test_it_works(owner: Staff) -> None:
    assert route() is None
    assert overview(owner).source == "none"
    save(owner, GOOD)
    found = route()
    assert found is not None
    assert (found.server.host, found.server.port, found.server.password) == ("mail.example.com", 587, "hunter2")
    assert found.from_address == "portal@example.com"
    seen = overview(owner)
    assert (seen.source, seen.has_password, seen.username) == ("office", True, "portal")
    assert "hunter2" not in repr(seen)
    with reading() as session:
        assert "hunter2" not in session.get_one(MailSettings, 1).password_sealed
    assert people.kinds(lambda kind: kind.startswith("mail.")) == ["mail.set"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "mail example.com"),
        ("host", "smtp://mail.example.com"),
        ("host", "a..b"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "²"),
        ("port", "5e2"),
        ("security", "ssl"),
        ("security", "none"),
        ("from_address", "me"),
        ("from_address", "a@b.example\r\nBcc: c@d.example"),
        ("username", ""),
        ("username", "a\r\nb"),
    ],
)
def test_fields_that_cannot_be_used(owner: Staff, field: str, value: str) -> None:
    with pytest.raises(MailFormRefused) as refused:
        save(owner, form(**{field: value}))
    assert all(
        sentence.endswith((".", "unprotected; use STARTTLS or TLS.")) for sentence in refused.value.fields.values()
    )
    assert "hunter2" not in str(refused.value.fields)
    assert route() is None


def test_a_stored_password_is_kept_for_its_own_server_and_name_alone(owner: Staff) -> None:
    save(owner, GOOD)
    save(owner, form(password="", from_address="other@example.com", port="2525"))
    found = route()
    assert found is not None
    assert (found.server.password, found.server.port) == ("hunter2", 2525)
    for changed in ({"host": "evil.example"}, {"username": "other"}):
        with pytest.raises(MailFormRefused) as refused:
            save(owner, form(password="", **changed))
        assert set(refused.value.fields) == {"password"}
    with pytest.raises(MailFormRefused):
        save(owner, form(password="", security="none"))
    save(owner, form(username="", password="", host="relay.example.com"))
    found = route()
    assert found is not None
    assert (found.server.username, found.server.password) == ("", "")
    assert not overview(owner).has_password


def test_the_environment_wins(owner: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    save(owner, GOOD)
    monkeypatch.setenv("PORTAL_SMTP_URL", "smtps://env:secret@env.example.com")
    monkeypatch.setenv("PORTAL_MAIL_FROM", "env@example.com")
    forget_settings()
    found = route()
    assert found is not None
    assert (found.server.host, found.from_address) == ("env.example.com", "env@example.com")
    seen = overview(owner)
    assert (seen.source, seen.host) == ("environment", "env.example.com")
    assert "secret" not in repr(seen)
    with pytest.raises(Invalid, match="PORTAL_SMTP_URL"):
        save(owner, GOOD)


def test_what_waited_leaves_at_once_when_the_way_is_changed(owner: Staff) -> None:
    with transaction() as session:
        row_id = mails.queue(session, Mail.CODE, "kim@example.com", {"minutes": 10}, secrets={"code": "123456"}).id
    people.change(Outbox, row_id, next_at=clock.now().replace(year=2099))
    save(owner, GOOD)
    with reading() as session:
        assert session.get_one(Outbox, row_id).next_at <= clock.now()


def test_a_test_goes_to_the_one_who_asks(owner: Staff) -> None:
    with pytest.raises(Invalid, match="not set up"), transaction() as session:
        mail_settings.send_test(session, owner)
    save(owner, GOOD)
    with transaction() as session:
        assert mail_settings.send_test(session, owner) == "owner@example.com"
    with transaction() as session:
        mail_settings.note_test(session, "The mail server took too long.")
    assert overview(owner).last_test_error == "The mail server took too long."
    save(owner, form(password=""))
    assert overview(owner).last_test_at is None


def test_forgetting(owner: Staff) -> None:
    save(owner, GOOD)
    with transaction() as session:
        mail_settings.clear(session, owner)
    assert route() is None
    with reading() as session:
        assert session.get_one(MailSettings, 1).password_sealed == ""


def test_only_those_who_may_change_settings(owner: Staff) -> None:
    clerk = people.actor_of(people.start_session(people.make_staff("clerk@example.com", StaffRole.OFFICE)))
    customer = people.actor_of(people.start_session(people.make_customer("kim@example.com")))
    for actor in (clerk, customer, Visitor()):
        assert actor is not None
        for act in (
            lambda session, actor: mail_settings.save(session, actor, GOOD),
            mail_settings.overview,
            mail_settings.clear,
            mail_settings.send_test,
        ):
            with pytest.raises(NotAllowed), transaction() as session:
                act(session, actor)
    assert route() is None


def test_presets_are_usable(owner: Staff) -> None:
    for preset in mail_settings.PRESETS:
        save(
            owner,
            form(preset=preset.key, host=preset.host or "x.example", port=str(preset.port), security=preset.security),
        )
        assert overview(owner).preset == preset.key
