from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from portal_app import clock, database
from portal_app.models import Activity, Business, Contact, Customer, Login, LoginSession, StaffMember, StaffPermission
from portal_app.services import sessions
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Origin
from portal_app.services.actors import Staff as StaffActor
from portal_app.services.rights import ROLE_RIGHTS, STAFF_PERMISSIONS, Permission, Right, Role, StaffRole
from tests.services import people
from tests.services.people import HOME, actor_of, change, session_of, start_session

NOW = clock.now


@pytest.fixture(autouse=True)
def _business(database_file):
    people.make_business()


@pytest.fixture
def sarah() -> people.Person:
    return people.make_customer("sarah@example.com")


@pytest.fixture
def ruth() -> people.Person:
    return people.make_staff("ruth@example.com")


def standing(*tokens: str) -> set[str]:
    by_id = {session_of(token).id or 0: token for token in tokens}
    with database.reading() as session:
        return {by_id[found] for found in sessions.standing(session, by_id)}


def ends() -> list[Any]:
    with database.reading() as session:
        return list(session.exec(select(Activity.facts).where(Activity.kind == "session.ended")))


def test_a_customer_comes_back_with_their_rights(sarah):
    actor = actor_of(start_session(sarah))
    assert isinstance(actor, CustomerActor)
    assert (actor.contact_id, actor.customer_id, actor.login_id) == (
        sarah.contact_id,
        sarah.customer_id,
        sarah.login_id,
    )
    assert actor.rights == ROLE_RIGHTS[Role.OWNER]
    assert actor.locations is None
    assert actor.origin == HOME


def test_what_is_switched_off_for_everybody_is_off_for_each(sarah):
    token = start_session(sarah)
    change(Business, 1, rights_off=["pay", "approve", "no_such_right"])
    actor = actor_of(token)
    assert isinstance(actor, CustomerActor)
    assert actor.rights == ROLE_RIGHTS[Role.OWNER] - {Right.PAY, Right.APPROVE}


def test_unknown_names_of_rights_give_nothing(sarah):
    token = start_session(sarah)
    change(Contact, sarah.contact_id, rights=["view_jobs", "everything", "*", ""])
    actor = actor_of(token)
    assert isinstance(actor, CustomerActor)
    assert actor.rights == {Right.VIEW_JOBS}


def test_a_limited_contact_sees_the_chosen_properties_only():
    tenant = people.make_customer("tenant@example.com", all_locations=False)
    flat = people.make_location(tenant, "Flat 2", visible=True)
    shop = people.make_location(tenant, "Shop", visible=True)
    people.make_location(tenant, "Owner's house", visible=False)
    actor = actor_of(start_session(tenant))
    assert isinstance(actor, CustomerActor)
    assert actor.locations == {flat, shop}


def test_a_contact_limited_to_nothing_sees_nothing():
    tenant = people.make_customer("tenant@example.com", all_locations=False)
    actor = actor_of(start_session(tenant))
    assert isinstance(actor, CustomerActor)
    assert actor.locations == frozenset()


def test_staff_have_what_their_role_has_in_the_table():
    clerk = people.make_staff("clerk@example.com", StaffRole.OFFICE)
    token = start_session(clerk)
    actor = actor_of(token)
    assert isinstance(actor, StaffActor)
    assert actor.permissions == STAFF_PERMISSIONS[StaffRole.OFFICE]
    with database.transaction() as session:
        session.delete(session.get_one(StaffPermission, ("office", "invite")))
        session.add(StaffPermission(role="office", permission="rule_the_world"))
    actor = actor_of(token)
    assert isinstance(actor, StaffActor)
    assert actor.permissions == STAFF_PERMISSIONS[StaffRole.OFFICE] - {Permission.INVITE}


ENDINGS_OF_A_CUSTOMER = {
    "login disabled": lambda who, row: change(Login, who.login_id, disabled_at=NOW()),
    "contact disabled": lambda who, row: change(Contact, who.contact_id, disabled_at=NOW()),
    "contact inactive in the CRM": lambda who, row: change(Contact, who.contact_id, active=False),
    "contact gone from the CRM": lambda who, row: change(Contact, who.contact_id, deleted_at=NOW()),
    "contact belongs to nobody": lambda who, row: change(Contact, who.contact_id, login_id=None),
    "access off": lambda who, row: change(Customer, who.customer_id, portal_access=False),
    "customer inactive": lambda who, row: change(Customer, who.customer_id, active=False),
    "customer gone": lambda who, row: change(Customer, who.customer_id, deleted_at=NOW()),
    "ended": lambda who, row: change(LoginSession, row.id, ended_at=NOW()),
    "unused too long": lambda who, row: change(LoginSession, row.id, idle_expires_at=NOW()),
    "too old": lambda who, row: change(LoginSession, row.id, expires_at=NOW()),
}


@pytest.mark.parametrize("why", ENDINGS_OF_A_CUSTOMER)
def test_a_customers_session_stands_only_while_all_of_this_holds(sarah, why):
    other = people.make_customer("other@example.com")
    token, others = start_session(sarah), start_session(other)
    assert actor_of(token)
    assert standing(token, others) == {token, others}
    ENDINGS_OF_A_CUSTOMER[why](sarah, session_of(token))
    assert actor_of(token) is None
    assert standing(token, others) == {others}
    assert actor_of(others)


@pytest.mark.parametrize("why", ["member", "login", "no member"])
def test_a_staff_session_stands_only_for_somebody_who_works_here(ruth, why):
    token = start_session(ruth)
    assert standing(token) == {token}
    if why == "login":
        change(Login, ruth.login_id, disabled_at=NOW())
    else:
        with database.transaction() as session:
            member = session.exec(select(StaffMember).where(StaffMember.login_id == ruth.login_id)).one()
            if why == "member":
                member.disabled_at = NOW()
            else:
                session.delete(member)
    assert actor_of(token) is None
    assert standing(token) == set()


def test_a_former_colleague_who_is_a_customer_gets_nothing_from_the_office_session(ruth):
    people.make_customer("ruth.home@example.com", login_id=ruth.login_id)
    token = start_session(ruth)
    with database.transaction() as session:
        session.exec(select(StaffMember)).one().disabled_at = NOW()
    assert actor_of(token) is None
    assert standing(token) == set()


def test_another_membership_takes_over_when_one_is_switched_off(sarah):
    shop = people.make_customer("sarah@example.com", login_id=sarah.login_id)
    token = start_session(sarah)
    change(Contact, sarah.contact_id, active=False)
    actor = actor_of(token)
    assert isinstance(actor, CustomerActor)
    assert (actor.contact_id, actor.customer_id) == (shop.contact_id, shop.customer_id)
    assert standing(token) == {token}
    change(Customer, shop.customer_id, portal_access=False)
    assert actor_of(token) is None
    assert standing(token) == set()


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 44, "é" * 43, "a" * 42 + "\n", "%s" * 20])
def test_a_made_up_token_is_nobody(sarah, token):
    start_session(sarah)
    assert actor_of(token) is None


def test_only_the_hash_of_a_token_is_stored(sarah, database_file):
    token = start_session(sarah)
    everything = b"".join(path.read_bytes() for path in database_file.parent.iterdir())
    assert sessions.hash_of(token).encode() in everything
    assert token.encode() not in everything


def test_signing_in_again_ends_the_session_the_browser_came_with(sarah):
    planted = start_session(sarah)
    fresh = start_session(sarah, replacing=planted)
    assert fresh != planted
    assert actor_of(planted) is None
    assert actor_of(fresh)
    assert [facts["because"] for facts in ends()] == ["replaced"]


@pytest.mark.parametrize(
    ("remembered", "office", "idle", "absolute"),
    [
        (False, False, timedelta(hours=12), timedelta(hours=24)),
        (True, False, timedelta(days=30), timedelta(days=30)),
        (False, True, timedelta(hours=12), timedelta(hours=12)),
        (True, True, timedelta(hours=12), timedelta(hours=12)),
    ],
)
def test_how_long_a_session_lasts(sarah, ruth, remembered, office, idle, absolute):
    row = session_of(start_session(ruth if office else sarah, remembered=remembered))
    assert row.idle_expires_at - row.last_seen_at == idle
    assert row.expires_at - row.last_seen_at == absolute
    assert row.remembered == (remembered and not office)


def touch(row: LoginSession) -> bool:
    with database.transaction() as session:
        return sessions.touch(session, row.id or 0)


def test_use_moves_the_idle_end_at_most_once_a_minute(sarah):
    token = start_session(sarah)
    row = session_of(token)
    assert not touch(row)
    change(LoginSession, row.id, last_seen_at=NOW() - timedelta(seconds=61), idle_expires_at=NOW() + timedelta(hours=1))
    with database.reading() as session:
        resolved = sessions.resolve(session, token, HOME)
    assert resolved
    assert resolved.touch_due
    assert touch(row)
    assert session_of(token).idle_expires_at > NOW() + timedelta(hours=11)
    assert not touch(row)


def test_use_never_moves_the_absolute_end(sarah):
    token = start_session(sarah)
    end = NOW() + timedelta(minutes=5)
    row = session_of(token)
    change(LoginSession, row.id, last_seen_at=NOW() - timedelta(hours=1), expires_at=end)
    assert touch(row)
    assert session_of(token).idle_expires_at == session_of(token).expires_at == end


def test_use_never_revives_an_ended_session(sarah):
    token = start_session(sarah)
    row = session_of(token)
    change(LoginSession, row.id, last_seen_at=NOW() - timedelta(hours=1), ended_at=NOW())
    assert not touch(row)
    assert not touch(LoginSession(id=4711, **row.model_dump(exclude={"id"})))
    assert actor_of(token) is None


def test_ending_tells_the_log_once(sarah):
    token = start_session(sarah)
    row = session_of(token)
    with database.transaction() as session:
        assert sessions.end(session, row.id or 0, "signed_out")
    with database.transaction() as session:
        assert not sessions.end(session, row.id or 0, "again")
        assert not sessions.end(session, 4711, "never was")
        facts = session.exec(select(Activity).where(Activity.kind == "session.ended")).one()
    assert facts.facts == {"session_id": row.id, "because": "signed_out"}
    assert (facts.customer_id, facts.login_id) == (sarah.customer_id, sarah.login_id)
    assert session_of(token).ended_because == "signed_out"


def test_ending_a_logins_sessions_may_spare_one(sarah):
    here, there = start_session(sarah), start_session(sarah)
    other = start_session(people.make_customer("other@example.com"))
    with database.transaction() as session:
        assert sessions.end_for_login(session, sarah.login_id, "password", except_session=session_of(here).id) == 1
    assert standing(here, there, other) == {here, other}


def test_ending_for_a_contact_spares_the_persons_other_membership(sarah):
    shop = people.make_customer("sarah@example.com", login_id=sarah.login_id)
    at_home, at_shop = start_session(sarah), start_session(shop)
    with database.transaction() as session:
        assert sessions.end_for_contact(session, shop.contact_id or 0, "disabled") == 1
    assert standing(at_home, at_shop) == {at_home}


def test_ending_for_a_customer_ends_everybodys_there(sarah):
    mark = people.make_customer("mark@example.com")
    change(Contact, mark.contact_id, customer_id=sarah.customer_id)
    other = start_session(people.make_customer("other@example.com"))
    first, second, third = start_session(sarah), start_session(mark), start_session(mark, remembered=True)
    with database.transaction() as session:
        assert sessions.end_for_customer(session, sarah.customer_id or 0, "access_off") == 3
    assert standing(first, second, third, other) == {other}
    assert {facts["because"] for facts in ends()} == {"access_off"}


def test_ending_for_a_customer_reaches_sessions_that_fell_to_it(sarah):
    shop = people.make_customer("sarah@example.com", login_id=sarah.login_id)
    third = people.make_customer("sarah@example.com", login_id=sarah.login_id)
    token = start_session(sarah)
    change(Contact, sarah.contact_id, active=False)
    actor = actor_of(token)
    assert isinstance(actor, CustomerActor)
    assert actor.customer_id == shop.customer_id
    with database.transaction() as session:
        assert sessions.end_for_customer(session, shop.customer_id or 0, "access_off") == 1
    assert actor_of(token) is None
    assert actor_of(start_session(third))


def test_live_sessions_are_those_neither_ended_nor_expired(sarah):
    kept, ended, expired = (start_session(sarah) for _ in range(3))
    change(LoginSession, session_of(ended).id, ended_at=NOW())
    change(LoginSession, session_of(expired).id, expires_at=NOW())
    with database.reading() as session:
        assert [row.token_hash for row in sessions.live_sessions(session, sarah.login_id)] == [sessions.hash_of(kept)]


def statements_of(work) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    event.listen(database.get_engine(), "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(database.get_engine(), "before_cursor_execute", note)
    return seen


def test_knowing_who_calls_takes_two_queries_and_who_stands_takes_one(sarah, ruth):
    limited = people.make_customer("tenant@example.com", all_locations=False)
    people.make_location(limited, "Flat", visible=True)
    tokens = [start_session(person) for person in (sarah, ruth, limited)]
    assert [len(statements_of(lambda token=token: actor_of(token))) for token in tokens] == [2, 2, 2]
    ids = [session_of(token).id or 0 for token in tokens]
    with database.reading() as session:
        assert len(statements_of(lambda: sessions.standing(session, ids))) == 1


def test_knowing_who_calls_never_walks_through_a_table(sarah, ruth):
    tokens = [start_session(person) for person in (sarah, ruth)]
    run = statements_of(lambda: [(actor_of(token), standing(token)) for token in tokens])
    with database.reading() as session:
        plans = [
            row[-1]
            for statement, parameters in run
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert [step for step in plans if step.startswith("SCAN") and "business" not in step] == []
    assert any("login_session" in step for step in plans)


TOKEN = "a" * 43


@pytest.mark.parametrize(
    ("header", "https", "found"),
    [
        (f"porchlight_session={TOKEN}", False, TOKEN),
        (f"a=b; porchlight_session={TOKEN}; c=d", False, TOKEN),
        (f"porchlight_session={TOKEN}; porchlight_session={TOKEN}", False, TOKEN),
        (f"porchlight_session={TOKEN}; porchlight_session={'b' * 43}", False, ""),
        (f"__Host-porchlight_session={TOKEN}", True, TOKEN),
        (f"porchlight_session={TOKEN}", True, ""),
        (f"__Host-porchlight_session={TOKEN}", False, ""),
        ('porchlight_session=""', False, ""),
        (f"porchlight_session={TOKEN}x", False, ""),
        ("porchlight_session", False, ""),
        ("", False, ""),
    ],
)
def test_the_cookie_is_read_strictly(header, https, found):
    assert sessions.token_in(header, https) == found


def test_where_somebody_is_stays_within_its_columns(sarah):
    with database.transaction() as session:
        login = session.get_one(Login, sarah.login_id)
        token = sessions.start(
            session, login, contact_id=sarah.contact_id, remembered=False, origin=Origin("9" * 999, "x" * 9999)
        )
    row = session_of(token)
    assert (len(row.network), len(row.user_agent)) == (64, 300)
