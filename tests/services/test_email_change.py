"""Another main e-mail address: a code to the new one, the old one told, and nobody finds out who has an account."""

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import Invalid, TooMany
from portal_app.models import Contact, Login, OneTimeCode, Outbox, PasswordLink
from portal_app.services import codes, email_change, password_links, sealed
from portal_app.services.actors import Customer as Actor
from tests.services.people import actor_of, change, kinds, make_business, make_customer, make_staff, start_session

NEW = "new@example.com"


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    make_business()


def acting(token: str) -> Actor:
    actor = actor_of(token)
    assert isinstance(actor, Actor)
    return actor


def ask(actor: Actor, email: str = NEW) -> str:
    with database.transaction() as session:
        return email_change.ask(session, actor, email)


def confirm(actor: Actor, code: str) -> email_change.Confirmed:
    with database.transaction() as session:
        return email_change.confirm(session, actor, code)


def mails() -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "mail").order_by(Outbox.id))  # type: ignore[arg-type]
        return [(row.payload["mail"], row.payload["to"]) for row in rows]


def code_mailed() -> str:
    with database.reading() as session:
        row = session.exec(select(Outbox).where(Outbox.kind == "mail").order_by(Outbox.id.desc())).first()  # type: ignore[union-attr]
        assert row is not None
        return sealed.unseal(row.sealed)["code"]


def addresses(contact_id: int | None, login_id: int) -> tuple[str, str]:
    with database.reading() as session:
        return session.get_one(Contact, contact_id).email, session.get_one(Login, login_id).email


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_it_works():
    sarah = make_customer("sarah@example.com", emails=["sarah@example.com", "work@example.com"])
    here, other = start_session(sarah), start_session(sarah)
    actor = acting(here)
    assert ask(actor, "  NEW@Example.com ") == NEW
    assert mails() == [("confirm_email", NEW)]
    assert addresses(sarah.contact_id, sarah.login_id) == ("sarah@example.com", "sarah@example.com")
    with database.reading() as session:
        assert email_change.waiting(session, actor) == NEW
    assert confirm(actor, code_mailed()).done
    assert addresses(sarah.contact_id, sarah.login_id) == (NEW, NEW)
    assert mails()[1:] == [("email_changed", "sarah@example.com")]
    assert actor_of(here) is not None
    assert actor_of(other) is None
    with database.reading() as session:
        contact = session.get_one(Contact, sarah.contact_id)
        assert contact.emails == [NEW, "work@example.com"]
        assert email_change.waiting(session, actor) == ""
    assert "login.email_changed" in kinds()


def test_the_mail_that_tells_the_old_address_hides_the_new_one():
    sarah = make_customer("sarah@example.com")
    actor = acting(start_session(sarah))
    ask(actor)
    confirm(actor, code_mailed())
    with database.reading() as session:
        told = session.exec(select(Outbox).order_by(Outbox.id.desc())).first()  # type: ignore[union-attr]
        assert told is not None
        assert NEW not in repr(told.payload)


def test_a_wrong_code_changes_nothing_and_five_are_enough():
    sarah = make_customer("sarah@example.com")
    actor = acting(start_session(sarah))
    ask(actor)
    right = code_mailed()
    for _ in range(codes.TRIES):
        assert not confirm(actor, wrong(right)).done
    assert not confirm(actor, right).done
    assert addresses(sarah.contact_id, sarah.login_id) == ("sarah@example.com", "sarah@example.com")


def test_a_code_is_good_for_the_session_that_asked_alone():
    sarah, noor = make_customer("sarah@example.com"), make_customer("noor@example.com")
    here, other = start_session(sarah), start_session(sarah)
    ask(acting(here))
    code = code_mailed()
    assert not confirm(acting(other), code).done
    assert not confirm(acting(start_session(noor)), code).done
    assert confirm(acting(here), code).done


def test_an_address_that_signs_in_already_is_told_only_to_who_can_read_its_mail():
    sarah = make_customer("sarah@example.com")
    noor = make_customer("noor@example.com")
    actor = acting(start_session(sarah))
    assert ask(actor, "noor@example.com") == "noor@example.com"
    assert mails() == [("confirm_email", "noor@example.com")]
    found = confirm(actor, code_mailed())
    assert (found.done, found.sentence) == (False, email_change.TAKEN)
    assert addresses(sarah.contact_id, sarah.login_id) == ("sarah@example.com", "sarah@example.com")
    assert addresses(noor.contact_id, noor.login_id) == ("noor@example.com", "noor@example.com")


@pytest.mark.parametrize(
    "typed", ["", "nobody", "a@b", "a b@example.com", "a@example.com\nBcc: x@example.com", "x" * 300]
)
def test_what_is_no_address_is_refused_in_words(typed):
    actor = acting(start_session(make_customer("sarah@example.com")))
    with pytest.raises(Invalid):
        ask(actor, typed)
    assert mails() == []


def test_the_present_address_needs_no_code():
    actor = acting(start_session(make_customer("sarah@example.com")))
    with pytest.raises(Invalid, match="already"):
        ask(actor, "Sarah@example.com")


def test_the_newest_code_alone_counts_and_giving_up_voids_it():
    actor = acting(start_session(make_customer("sarah@example.com")))
    ask(actor, "first@example.com")
    first = code_mailed()
    ask(actor, "second@example.com")
    second = code_mailed()
    if first != second:
        assert not confirm(actor, first).done
    with database.transaction() as session:
        email_change.give_up(session, actor)
    assert not confirm(actor, second).done
    with database.reading() as session:
        assert session.exec(select(OneTimeCode).where(OneTimeCode.live)).all() == []


def test_mails_to_strangers_are_few():
    actor = acting(start_session(make_customer("sarah@example.com")))
    for n in range(email_change.ASKED_A_DAY):
        ask(actor, f"somebody{n}@example.com")
    with pytest.raises(TooMany):
        ask(actor, "another@example.com")


def test_what_was_mailed_to_the_old_address_opens_nothing_any_more():
    sarah = make_customer("sarah@example.com")
    actor = acting(start_session(sarah))
    with database.transaction() as session:
        password_links.create(session, session.get_one(Login, sarah.login_id), "reset")
        codes.ask(session, "sarah@example.com", "x" * 43, purpose=codes.SIGN_IN)
    ask(actor)
    assert confirm(actor, code_mailed()).done
    with database.reading() as session:
        assert all(link.revoked_at for link in session.exec(select(PasswordLink)))
        assert session.exec(select(OneTimeCode).where(OneTimeCode.live)).all() == []


def test_who_works_here_is_not_moved_by_a_customers_page():
    ruth = make_staff("ruth@example.com")
    both = make_customer("ruth@example.com", login_id=ruth.login_id)
    with pytest.raises(Invalid, match="owner of the portal"):
        ask(acting(start_session(both)))


def test_one_of_several_memberships_moves_with_the_sign_in_the_other_stays():
    sarah = make_customer("sarah@example.com")
    second = make_customer("sarah@example.com", login_id=sarah.login_id)
    actor = acting(start_session(sarah))
    ask(actor)
    assert confirm(actor, code_mailed()).done
    assert addresses(second.contact_id, sarah.login_id) == ("sarah@example.com", NEW)


def test_a_mail_problem_of_the_old_address_is_over():
    sarah = make_customer("sarah@example.com")
    change(Contact, sarah.contact_id, mail_problem="It came back.", pending_email="crm@example.com")
    actor = acting(start_session(sarah))
    ask(actor)
    confirm(actor, code_mailed())
    with database.reading() as session:
        contact = session.get_one(Contact, sarah.contact_id)
        assert (contact.mail_problem, contact.pending_email) == ("", "")
