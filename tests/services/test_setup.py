import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.errors import Invalid, NotFound
from portal_app.models import Activity, Business, Login, SetupToken, StaffMember, StaffPermission
from portal_app.services import business, sessions, setup
from portal_app.services.rights import STAFF_PERMISSIONS
from portal_app.services.setup import SetupForm, SetupRefused
from tests.services import people

FORM = SetupForm(
    business_name="  Bell &  Daughters ",
    country="gb",
    phone="01632 960 111",
    support_email="hello@bell.example",
    name="Ada Bell",
    email="Ada@Bell.example",
    password="four warm radiators",
)


@pytest.fixture(autouse=True)
def _database(database_file):
    business.forget_look()


def make_token() -> str:
    with database.transaction() as session:
        return setup.create_setup_token(session)


def complete(token: str, form: SetupForm | None = None) -> Login:
    with database.transaction() as session:
        return setup.complete(session, token, form or setup.check(FORM), people.password_hash())


def stands(token: str) -> bool:
    with database.reading() as session:
        return setup.link_stands(session, token)


def test_the_owner_creates_the_business_and_their_account():
    token = make_token()
    assert stands(token)
    login = complete(token)
    assert login.email == "ada@bell.example"
    with database.reading() as session:
        made = session.exec(select(Business)).one()
        assert (made.name, made.currency, made.locale, made.zone) == (
            "Bell & Daughters",
            "GBP",
            "en_GB",
            "Europe/London",
        )
        owner = session.exec(select(StaffMember)).one()
        assert (owner.name, owner.role, owner.login_id) == ("Ada Bell", "owner", login.id)
        written = {(row.role, row.permission) for row in session.exec(select(StaffPermission))}
        assert written == {(role, name) for role, names in STAFF_PERMISSIONS.items() for name in names}
        assert [row.kind for row in session.exec(select(Activity))] == ["setup.link_made", "business.created"]
    assert business.look().name == "Bell & Daughters"
    assert business.look().set_up


def test_a_link_works_once():
    token = make_token()
    complete(token)
    assert not stands(token)
    with pytest.raises(NotFound):
        complete(token)


def test_a_link_lasts_an_hour():
    token = make_token()
    with database.transaction() as session:
        row = session.exec(select(SetupToken)).one()
        assert timedelta(minutes=59) < row.expires_at - clock.now() <= timedelta(hours=1)
        row.expires_at = clock.now()
    assert not stands(token)
    with pytest.raises(NotFound):
        complete(token)


def test_a_new_link_voids_the_older_ones():
    old, new = make_token(), make_token()
    assert (stands(old), stands(new)) == (False, True)
    with pytest.raises(NotFound):
        complete(old)
    complete(new)


def test_a_portal_that_is_set_up_gives_no_more_links():
    complete(make_token())
    with pytest.raises(Invalid, match="already"):
        make_token()


def test_only_the_hash_of_a_link_is_stored(database_file):
    token = make_token()
    everything = b"".join(path.read_bytes() for path in database_file.parent.iterdir())
    assert sessions.hash_of(token).encode() in everything
    assert token.encode() not in everything


@pytest.mark.parametrize("made_up", ["", "x", "a" * 43, "%", "' or 1=1"])
def test_a_made_up_link_does_nothing(made_up):
    make_token()
    assert not stands(made_up)
    with pytest.raises(NotFound):
        complete(made_up)


def test_two_people_with_the_same_link_make_one_business():
    token, form = make_token(), setup.check(FORM)
    people.password_hash()
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def work() -> None:
        start.wait()
        try:
            complete(token, form)
        except NotFound:
            outcomes.append("too late")
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] + ["too late"] * 7
    with database.reading() as session:
        assert len(session.exec(select(Business)).all()) == 1
        assert len(session.exec(select(Login)).all()) == 1


def wrong(**changes: str) -> dict[str, str]:
    given = {name: getattr(FORM, name) for name in SetupForm.__dataclass_fields__} | changes
    try:
        setup.check(SetupForm(**given))
    except SetupRefused as refusal:
        return refusal.fields
    return {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"business_name": "  "}, "business_name"),
        ({"business_name": "x" * 121}, "business_name"),
        ({"business_name": "a\u202eb"}, "business_name"),
        ({"country": ""}, "country"),
        ({"country": "XX"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"country": "../../etc"}, "country"),
        ({"currency": "XXZ"}, "currency"),
        ({"currency": "gb"}, "currency"),
        ({"locale": "../../en"}, "locale"),
        ({"locale": "en_XX"}, "locale"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"country": "US"}, "zone"),
        ({"phone": "1" * 41}, "phone"),
        ({"support_email": ""}, "support_email"),
        ({"support_email": "nobody"}, "support_email"),
        ({"name": ""}, "name"),
        ({"email": "ada@bell"}, "email"),
        ({"email": "ada@bell.example, eve@evil.example"}, "email"),
        ({"email": "x" * 250 + "@bell.example"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "ada@bell.example"}, "password"),
    ],
)
def test_each_field_that_cannot_be_used_is_named_with_a_sentence(changes, field):
    found = wrong(**changes)
    assert list(found) == [field]
    assert found[field].endswith((".", "?"))


def test_everything_that_is_wrong_is_said_at_once():
    assert len(wrong(**dict.fromkeys(SetupForm.__dataclass_fields__, ""))) == 6


@pytest.mark.parametrize(
    ("country", "currency", "locale", "zone"),
    [
        ("GB", "GBP", "en_GB", "Europe/London"),
        ("IE", "EUR", "en_IE", "Europe/Dublin"),
        ("DE", "EUR", "en_DE", "Europe/Berlin"),
        ("NZ", "NZD", "en_NZ", "Pacific/Auckland"),
        ("JP", "JPY", "en_001", "Asia/Tokyo"),
        ("US", "USD", "en_US", ""),
        ("AU", "AUD", "en_AU", ""),
    ],
)
def test_a_country_brings_its_own_currency_locale_and_zone(country, currency, locale, zone):
    found = (setup.usual_currency(country), setup.usual_locale(country), setup.usual_zone(country))
    assert found == (currency, locale, zone)


def test_before_set_up_pages_have_a_look_of_our_own():
    look = business.look()
    assert (look.name, look.set_up) == ("Porchlight", False)


def test_a_change_of_look_is_seen_within_seconds():
    complete(make_token())
    assert business.look().phone == "01632 960 111"
    people.change(Business, 1, phone="01632 960 222")
    assert business.look().phone == "01632 960 111"
    business.forget_look()
    assert business.look().phone == "01632 960 222"


def test_roles_that_were_changed_keep_their_permissions():
    with database.transaction() as session:
        session.add(StaffPermission(role="office", permission="view_customers"))
        setup.grant_default_permissions(session)
        setup.grant_default_permissions(session)
    with database.reading() as session:
        office = session.exec(select(StaffPermission.permission).where(StaffPermission.role == "office")).all()
        assert office == ["view_customers"]
