import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Activity, Contact, Customer, Login
from portal_app.services import access
from portal_app.services.actors import Actor, System, Visitor
from portal_app.services.rights import StaffRole
from tests.services import people
from tests.services.people import HOME, actor_of, kinds, start_session


@pytest.fixture(autouse=True)
def _business(database_file):
    people.make_business()


@pytest.fixture
def sarah() -> people.Person:
    return people.make_customer("sarah@example.com")


@pytest.fixture
def owner() -> Actor:
    return signed_in(people.make_staff("ruth@example.com"))


def signed_in(person: people.Person) -> Actor:
    actor = actor_of(start_session(person))
    assert actor
    return actor


def public_id(table, row_id: int | None) -> str:
    with database.reading() as session:
        return session.get_one(table, row_id).public_id


def switch(actor: Actor, who: people.Person, on: bool) -> None:
    with database.transaction() as session:
        access.set_portal_access(session, actor, public_id(Customer, who.customer_id), on)


def disable(actor: Actor, who: people.Person, *, again_on: bool = False) -> None:
    act = access.enable_contact if again_on else access.disable_contact
    with database.transaction() as session:
        act(session, actor, public_id(Contact, who.contact_id))


def set_password(actor: Actor, who: people.Person, new_hash: str = "new", checked: str | None = None) -> None:
    with database.transaction() as session:
        access.change_password(session, actor, public_id(Login, who.login_id), new_hash, checked_hash=checked)


def test_access_off_shuts_everybody_of_that_customer_out_at_once(sarah, owner):
    other = start_session(people.make_customer("other@example.com"))
    phone, desk = start_session(sarah), start_session(sarah, remembered=True)
    switch(owner, sarah, on=False)
    assert (actor_of(phone), actor_of(desk)) == (None, None)
    assert actor_of(other)
    assert kinds() == ["customer.access_off", "session.ended", "session.ended"]
    with database.reading() as session:
        ended = session.exec(select(Activity).where(Activity.kind == "session.ended")).first()
        assert ended
        assert (ended.customer_id, ended.actor_kind) == (sarah.customer_id, "staff")
    switch(owner, sarah, on=True)
    assert actor_of(phone) is None


def test_switching_to_what_it_is_already_writes_nothing(sarah, owner):
    token = start_session(sarah)
    switch(owner, sarah, on=True)
    assert kinds() == []
    assert actor_of(token)


def test_a_disabled_contact_is_out_there_and_in_elsewhere(sarah, owner):
    shop = people.make_customer("sarah@example.com", login_id=sarah.login_id)
    at_home, at_shop = start_session(sarah), start_session(shop)
    disable(owner, sarah)
    disable(owner, sarah)
    assert actor_of(at_home) is None
    assert actor_of(at_shop)
    disable(owner, sarah, again_on=True)
    assert actor_of(at_home) is None
    assert actor_of(start_session(sarah))
    assert kinds() == ["contact.disabled", "session.ended", "contact.enabled"]


def test_changing_ones_own_password_spares_the_session_it_is_done_in(sarah):
    elsewhere, here = start_session(sarah), start_session(sarah)
    actor = actor_of(here)
    assert actor
    set_password(actor, sarah, checked=people.password_hash())
    assert actor_of(elsewhere) is None
    assert actor_of(here)
    assert kinds() == ["login.password_changed", "session.ended"]


@pytest.mark.parametrize("checked", [None, "", "an older hash"])
def test_ones_own_password_needs_the_present_one(sarah, checked):
    with pytest.raises(Invalid):
        set_password(signed_in(sarah), sarah, checked=checked)
    assert kinds() == []


def test_the_office_resets_a_customers_password(sarah, owner):
    token = start_session(sarah)
    set_password(owner, sarah)
    assert actor_of(token) is None
    with database.reading() as session:
        assert session.get_one(Login, sarah.login_id).password_hash == "new"


def test_nobody_sets_a_colleagues_password(owner):
    clerk = people.make_staff("clerk@example.com", StaffRole.OFFICE)
    also_a_customer = people.make_customer("clerk@example.com", login_id=clerk.login_id)
    for victim in (clerk, also_a_customer):
        with pytest.raises(NotAllowed):
            set_password(owner, victim)
    set_password(System("command_line"), clerk)
    assert kinds() == ["login.password_changed"]


@pytest.mark.parametrize(
    ("role", "on", "off", "disabling", "reset"),
    [
        (StaffRole.OWNER, True, True, True, True),
        (StaffRole.MANAGER, True, True, True, True),
        (StaffRole.OFFICE, True, False, False, True),
        (StaffRole.READER, False, False, False, False),
    ],
)
def test_what_each_role_may_do(sarah, role, on, off, disabling, reset):
    actor = signed_in(people.make_staff("staff@example.com", role))

    def may(act) -> bool:
        try:
            act()
        except NotAllowed:
            return False
        return True

    assert may(lambda: switch(actor, sarah, on=True)) == on
    assert may(lambda: disable(actor, sarah)) == disabling
    assert may(lambda: disable(actor, sarah, again_on=True)) == disabling
    assert may(lambda: set_password(actor, sarah)) == reset
    assert may(lambda: switch(actor, sarah, on=False)) == off


def test_customers_and_visitors_switch_nothing(sarah):
    mallory = signed_in(people.make_customer("mallory@example.com"))
    for actor in (mallory, signed_in(sarah), Visitor(HOME)):
        with pytest.raises(NotAllowed):
            switch(actor, sarah, on=False)
        with pytest.raises(NotAllowed):
            disable(actor, sarah)
        with pytest.raises(NotAllowed):
            disable(actor, sarah, again_on=True)
    for actor in (mallory, Visitor(HOME)):
        with pytest.raises(NotAllowed):
            set_password(actor, sarah)
    assert kinds() == []


@pytest.mark.parametrize("made_up", ["", "1", "x" * 16, "' or 1=1 --"])
def test_a_made_up_id_is_not_found(sarah, owner, made_up):
    acts = [
        lambda session: access.set_portal_access(session, owner, made_up, True),
        lambda session: access.disable_contact(session, owner, made_up),
        lambda session: access.enable_contact(session, owner, made_up),
        lambda session: access.change_password(session, owner, made_up, "new"),
    ]
    for act in acts:
        with pytest.raises(NotFound), database.transaction() as session:
            act(session)
    assert kinds() == []


def test_a_refused_act_leaves_nothing_behind(sarah):
    clerk = signed_in(people.make_staff("clerk@example.com", StaffRole.OFFICE))
    token = start_session(sarah)
    with pytest.raises(NotAllowed):
        switch(clerk, sarah, on=False)
    assert actor_of(token)
    assert kinds() == []
