import pytest

from portal_app import clock, database, routes
from portal_app.models import Activity, Contact, Customer, Login, StaffMember
from portal_app.services import sessions, sign_in
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Origin
from portal_app.services.actors import Staff as StaffActor
from portal_app.services.sign_in import Candidate, SignedIn
from tests.services import people
from tests.services.people import HOME, actor_of, change, kinds, session_of, start_session


@pytest.fixture(autouse=True)
def _business(database_file):
    people.make_business()


def find(email: str) -> Candidate:
    with database.reading() as session:
        return sign_in.find(session, email)


def accept(candidate: Candidate, **more) -> SignedIn | None:
    given = {"remember": False, "next_path": "", "origin": HOME, "replacing": None} | more
    with database.transaction() as session:
        return sign_in.accept(session, candidate, **given)


def test_a_customer_comes_in():
    sarah = people.make_customer("sarah@example.com")
    done = accept(find("sarah@example.com"))
    assert done
    assert (done.path, done.keep_until) == (routes.HOME, None)
    actor = actor_of(done.token)
    assert isinstance(actor, CustomerActor)
    assert actor.contact_id == sarah.contact_id
    assert kinds() == ["login.signed_in"]
    with database.reading() as session:
        last = session.get_one(Login, sarah.login_id).last_sign_in_at
        assert last is not None
        assert session.get_one(Activity, 1).login_id == sarah.login_id


def test_a_remembered_phone_keeps_its_cookie_for_a_month_and_the_office_never_does():
    people.make_customer("sarah@example.com")
    people.make_staff("ruth@example.com")
    phone, office = accept(find("sarah@example.com"), remember=True), accept(find("ruth@example.com"), remember=True)
    assert phone
    assert phone.keep_until
    assert phone.keep_until - clock.now() <= sessions.REMEMBERED.absolute
    assert office
    assert office.keep_until is None
    assert not session_of(office.token).remembered


def test_nobody_looks_like_somebody():
    assert find("nobody@example.com") == Candidate(None, None, frozenset())
    assert accept(find("nobody@example.com")) is None


def test_a_password_that_changed_while_it_was_checked_does_not_let_in():
    sarah = people.make_customer("sarah@example.com")
    candidate = find("sarah@example.com")
    change(Login, sarah.login_id, password_hash="another")
    assert accept(candidate) is None


@pytest.mark.parametrize("why", ["login", "contact", "inactive", "access", "customer"])
def test_access_that_ended_while_the_password_was_checked_does_not_let_in(why):
    sarah = people.make_customer("sarah@example.com")
    candidate = find("sarah@example.com")
    match why:
        case "login":
            change(Login, sarah.login_id, disabled_at=clock.now())
        case "contact":
            change(Contact, sarah.contact_id, disabled_at=clock.now())
        case "inactive":
            change(Contact, sarah.contact_id, active=False)
        case "access":
            change(Customer, sarah.customer_id, portal_access=False)
        case _:
            change(Customer, sarah.customer_id, deleted_at=clock.now())
    assert accept(candidate) is None


def test_somebody_of_the_office_comes_in_as_staff_and_afterwards_as_the_customer_they_also_are():
    ruth = people.make_staff("ruth@example.com")
    people.make_customer("ruth@example.com", login_id=ruth.login_id)
    done = accept(find("ruth@example.com"))
    assert done
    assert isinstance(actor_of(done.token), StaffActor)
    change(StaffMember, 1, disabled_at=clock.now())
    done = accept(find("ruth@example.com"))
    assert done
    assert isinstance(actor_of(done.token), CustomerActor)


def test_with_several_memberships_the_last_one_used_opens():
    sarah = people.make_customer("sarah@example.com")
    shop = people.make_customer("sarah@example.com", login_id=sarah.login_id)

    def opened() -> int:
        done = accept(find("sarah@example.com"))
        assert done
        actor = actor_of(done.token)
        assert isinstance(actor, CustomerActor)
        return actor.contact_id

    assert opened() == sarah.contact_id
    start_session(shop)
    assert opened() == shop.contact_id
    change(Customer, shop.customer_id, portal_access=False)
    assert opened() == sarah.contact_id


def test_the_places_somebody_signed_in_from_are_known():
    people.make_customer("sarah@example.com")
    accept(find("sarah@example.com"), origin=Origin("192.0.2.7"))
    accept(find("sarah@example.com"), origin=Origin("2001:db8::1"))
    assert find("sarah@example.com").networks == {"192.0.2.0/24", "2001:db8::/64"}


def test_a_browser_that_never_signs_out_does_not_pile_up_sessions(monkeypatch):
    monkeypatch.setattr(sign_in, "MOST_SESSIONS", 3)
    sarah = people.make_customer("sarah@example.com")
    tokens = []
    for _ in range(5):
        done = accept(find("sarah@example.com"))
        assert done
        tokens.append(done.token)
    assert [actor_of(token) is not None for token in tokens] == [False, False, True, True, True]
    with database.reading() as session:
        assert len(sessions.live_sessions(session, sarah.login_id)) == 3


def test_signing_out_ends_the_session_once():
    token = start_session(people.make_customer("sarah@example.com"))
    for _ in range(2):
        with database.transaction() as session:
            sign_in.sign_out(session, token, HOME)
    assert actor_of(token) is None
    assert kinds() == ["session.ended", "login.signed_out"]


@pytest.mark.parametrize(
    ("wanted", "customer", "staff"),
    [
        (None, "/home", "/office/customers"),
        ("", "/home", "/office/customers"),
        ("/", "/home", "/office/customers"),
        ("/invoices/abc?tab=paid", "/invoices/abc?tab=paid", "/office/customers"),
        ("/office/sync", "/home", "/office/sync"),
        ("/office/customers/x", "/home", "/office/customers/x"),
        ("/office", "/home", "/office/customers"),
        ("/office/", "/home", "/office/customers"),
        ("/%6fffice/sync", "/home", "/%6fffice/sync"),
        ("/OFFICE/sync", "/home", "/office/customers"),
        ("/./office/sync", "/home", "/office/customers"),
        ("/jobs/../office", "/home", "/office/customers"),
        ("/jobs/%2e%2e/office", "/home", "/office/customers"),
        ("/%2foffice", "/home", "/office/customers"),
        ("//evil.example", "/home", "/office/customers"),
        ("/\\evil.example", "/home", "/office/customers"),
        ("/%5cevil.example", "/home", "/office/customers"),
        ("https://evil.example/", "/home", "/office/customers"),
        ("javascript:alert(1)", "/home", "/office/customers"),
        ("/jobs\r\nset-cookie:a=b", "/home", "/office/customers"),
        ("/auth/logout", "/home", "/office/customers"),
        ("/login", "/home", "/office/customers"),
        ("/setup/x", "/home", "/office/customers"),
        ("/" + "x" * 400, "/home", "/office/customers"),
    ],
)
def test_where_signing_in_leads(wanted, customer, staff):
    assert sign_in.landing(wanted, in_office=False) == customer
    assert sign_in.landing(wanted, in_office=True) == staff
