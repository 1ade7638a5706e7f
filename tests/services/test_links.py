"""Secure links as the office makes them and as the customer sees them."""

import itertools
from datetime import timedelta

import pytest
from sqlmodel import select

from portal_app import clock, database, routes
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Business, Contact, Customer, Invoice, Job, LinkToken, Location, Outbox, SecureLink, Visit
from portal_app.services import link_opens, links, sealed, sessions
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Staff
from portal_app.services.rights import Role, StaffRole
from tests.services import people
from tests.services.people import actor_of, change, kinds, make_customer, make_staff, start_session
from tests.services.work import TODAY, add, invoice, visit

_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _business(database_file):
    people.make_business()


@pytest.fixture
def sarah() -> people.Person:
    return make_customer("sarah@example.com")


def staff(role: StaffRole = StaffRole.OWNER) -> Staff:
    actor = actor_of(start_session(make_staff(f"{next(_NUMBERS)}@office.example", role)))
    assert isinstance(actor, Staff)
    return actor


def customer(person: people.Person) -> CustomerActor:
    actor = actor_of(start_session(person))
    assert isinstance(actor, CustomerActor)
    return actor


def public(table, row_id) -> str:
    with database.reading() as session:
        return session.get_one(table, row_id).public_id


def household(person: people.Person) -> str:
    return public(Customer, person.customer_id)


def mailed() -> list[Outbox]:
    with database.transaction() as session:
        return list(session.exec(select(Outbox).order_by(Outbox.id)))  # type: ignore[arg-type]


def act(function, *args, **kwargs):
    with database.transaction() as session:
        return function(session, *args, **kwargs)


def test_it_works(sarah):
    made = act(links.create, staff(), household(sarah))
    token = made.path.removeprefix("/l/")
    assert len(token) == 43
    with database.reading() as session:
        assert session.exec(select(LinkToken.token_hash)).one() == sessions.hash_of(token)
        (facts,) = links.of_customer(session, staff(StaffRole.READER), household(sarah))
    assert (facts.state, facts.target, facts.contact, facts.copied, facts.times_sent) == ("live", "", "", True, 0)
    assert timedelta(days=13, hours=23) < facts.until - clock.now() <= timedelta(days=14)
    assert kinds(lambda kind: kind.startswith("link.")) == ["link.created"]


def test_a_sent_link_goes_to_the_owner_with_its_path_sealed(sarah):
    other = make_customer("zoe@example.com", role=Role.BOOKKEEPER)
    change(Contact, other.contact_id, customer_id=sarah.customer_id)
    owed = invoice(1000, TODAY, customer_id=sarah.customer_id, number="1042")
    act(links.send, staff(), household(sarah), target_kind="invoice", target_public_id=public(Invoice, owed))
    (mail,) = mailed()
    assert mail.payload == {"mail": "link", "to": "sarah@example.com", "facts": {"what": "invoice 1042", "days": 14}}
    path = sealed.unseal(mail.sealed)["path"]
    assert path.startswith("/l/")
    assert path not in mail.model_dump_json()


def test_copies_and_mails_have_tokens_of_their_own_and_share_an_end(sarah):
    office = staff()
    act(links.send, office, household(sarah), days=1)
    link_id = act(lambda session: session.exec(select(SecureLink.public_id)).one())
    change(SecureLink, 1, expires_at=clock.now() - timedelta(days=1))
    act(links.resend, office, link_id)
    paths = [sealed.unseal(mail.sealed)["path"] for mail in mailed()]
    assert len(set(paths)) == 2
    with database.reading() as session:
        (facts,) = links.of_customer(session, office, household(sarah))
    assert (facts.times_sent, facts.state) == (2, "live")
    act(links.revoke, office, link_id)
    with pytest.raises(Invalid):
        act(links.resend, office, link_id)


def test_revoking_ends_the_sessions_that_came_by_it_and_no_other(sarah):
    office = staff()
    made = act(links.create, office, household(sarah))
    by_link, by_password = start_session(sarah), start_session(sarah)
    change(people.LoginSession, people.session_of(by_link).id, link_id=1)
    act(links.revoke, office, made.public_id)
    act(links.revoke, office, made.public_id)
    assert actor_of(by_link) is None
    assert actor_of(by_password)
    assert kinds(lambda kind: kind == "link.revoked") == ["link.revoked"]
    act(links.create, office, household(sarah))
    assert act(links.revoke_all, office, household(sarah)) == 1


@pytest.mark.parametrize("role", [StaffRole.READER])
def test_who_may_not_invite_makes_no_links(sarah, role):
    for function in (links.create, links.send, links.revoke_all):
        with pytest.raises(NotAllowed):
            act(function, staff(role), household(sarah))
    with pytest.raises(NotAllowed):
        act(links.create, customer(sarah), household(sarah))
    with pytest.raises(NotAllowed):
        act(links.of_customer, customer(sarah), household(sarah))


@pytest.mark.parametrize(
    ("table", "changes", "says"),
    [
        (Customer, {"portal_access": False}, "Portal access is off"),
        (Customer, {"active": False}, "no longer an active customer"),
        (Contact, {"email": "", "login_id": None}, "no valid e-mail"),
        (Contact, {"email": "not an address", "login_id": None}, "no valid e-mail"),
        (Contact, {"disabled_at": clock.now()}, "no valid e-mail"),
    ],
)
def test_a_link_that_could_bring_nobody_in_is_not_made(sarah, table, changes, says):
    change(table, 1, **changes)
    for function in (links.create, links.send):
        with pytest.raises(Invalid, match=says):
            act(function, staff(), household(sarah))
    assert not mailed()


def test_targets_of_others_drafts_and_deleted_ones_are_not_found(sarah):
    neighbour = make_customer("tom@example.com")
    theirs = invoice(1000, TODAY, customer_id=neighbour.customer_id)
    draft = invoice(1000, TODAY, customer_id=sarah.customer_id, status="draft")
    gone = invoice(1000, TODAY, customer_id=sarah.customer_id, deleted_at=clock.now())
    for row in (theirs, draft, gone):
        with pytest.raises(NotFound):
            act(
                links.create,
                staff(),
                household(sarah),
                target_kind="invoice",
                target_public_id=public(Invoice, row),
            )
    with pytest.raises(NotFound):
        act(links.create, staff(), household(sarah), contact_public_id=public(Contact, neighbour.contact_id))
    with pytest.raises(Invalid):
        act(links.create, staff(), household(sarah), target_kind="customer", target_public_id="x")


def test_a_link_to_what_its_reader_may_not_see_is_not_made(sarah):
    tenant = make_customer("tenant@example.com", role=Role.VIEWER)
    change(Contact, tenant.contact_id, customer_id=sarah.customer_id)
    place = add(Location(customer_id=sarah.customer_id or 0, label="The mill")).id
    owed = public(Invoice, invoice(1000, TODAY, customer_id=sarah.customer_id, location_id=place))
    wanted = {"target_kind": "invoice", "target_public_id": owed}
    who = public(Contact, tenant.contact_id)
    with pytest.raises(Invalid, match="may not see this invoice"):
        act(links.create, staff(), household(sarah), contact_public_id=who, **wanted)
    change(Contact, tenant.contact_id, rights=["view_money"], all_locations=False)
    with pytest.raises(Invalid, match="property"):
        act(links.create, staff(), household(sarah), contact_public_id=who, **wanted)
    change(Contact, tenant.contact_id, all_locations=True)
    act(links.create, staff(), household(sarah), contact_public_id=who, **wanted)


def test_the_owner_sees_and_ends_all_links_others_their_own(sarah):
    office = staff()
    tenant = make_customer("tenant@example.com", role=Role.VIEWER)
    change(Contact, tenant.contact_id, customer_id=sarah.customer_id)
    mine = act(links.create, office, household(sarah))
    theirs = act(links.create, office, household(sarah), contact_public_id=public(Contact, tenant.contact_id))
    assert {facts.public_id for facts in act(links.of_account, customer(sarah))} == {mine.public_id, theirs.public_id}
    limited = actor_of(start_session(people.Person("", tenant.login_id, tenant.contact_id, sarah.customer_id)))
    assert [facts.public_id for facts in act(links.of_account, limited)] == [theirs.public_id]
    with pytest.raises(NotFound):
        act(links.end, limited, mine.public_id)
    with pytest.raises(NotFound):
        act(links.end, customer(make_customer("tom@example.com")), mine.public_id)
    act(links.end, limited, theirs.public_id)
    act(links.end, customer(sarah), mine.public_id)
    assert act(links.of_account, customer(sarah)) == []


GONE = {
    "moved": lambda: {"customer_id": make_customer("tom@example.com").customer_id},
    "draft": lambda: {"status": "draft"},
    "deleted": lambda: {"deleted_at": clock.now()},
    "hidden": lambda: {"hidden_at": clock.now()},
}


@pytest.mark.parametrize("how", GONE)
def test_what_is_no_longer_shown_is_named_in_no_list_and_no_mail(sarah, how):
    owed = invoice(1000, TODAY, customer_id=sarah.customer_id, number="1042")
    wanted = {"target_kind": "invoice", "target_public_id": public(Invoice, owed)}
    made = act(links.create, staff(), household(sarah), **wanted)
    change(Invoice, owed, **GONE[how]())
    (mine,) = act(links.of_account, customer(sarah))
    (theirs,) = act(links.of_customer, staff(), household(sarah))
    assert (mine.target, mine.path) == ("", routes.HOME)
    assert theirs.target == ("invoice of another customer" if how == "moved" else "invoice 1042")
    with pytest.raises(Invalid, match="hidden" if how == "hidden" else "no longer there"):
        act(links.resend, staff(), made.public_id)
    assert mailed() == []
    change(SecureLink, 1, expires_at=clock.now() - timedelta(days=1))
    assert act(lambda session: link_opens.send_fresh(session, session.get_one(SecureLink, 1)))
    assert [mail.payload["facts"]["what"] for mail in mailed()] == [""]


def test_a_visit_is_not_named_by_a_job_that_another_customer_has_by_now(sarah):
    row = visit("scheduled", customer_id=sarah.customer_id or 0, title="Kestrel boiler")
    wanted = {"target_kind": "visit", "target_public_id": public(Visit, row)}
    made = act(links.create, staff(), household(sarah), **wanted)
    assert act(links.of_account, customer(sarah))[0].target == "the visit for “Kestrel boiler”"
    change(Job, 1, customer_id=make_customer("tom@example.com").customer_id)
    assert act(links.of_account, customer(sarah))[0].target == ""
    with pytest.raises(Invalid, match="no longer there"):
        act(links.resend, staff(), made.public_id)


@pytest.mark.parametrize("how", ["right", "portal", "property"])
def test_a_link_names_to_nobody_what_they_may_not_see_by_now(sarah, how):
    places = [add(Location(customer_id=sarah.customer_id or 0, label=label)).id for label in ("Mill", "Barn")]
    owed = invoice(1000, TODAY, customer_id=sarah.customer_id, number="1042", location_id=places[0])
    wanted = {"target_kind": "invoice", "target_public_id": public(Invoice, owed)}
    made = act(links.create, staff(), household(sarah), **wanted)
    if how == "right":
        change(Contact, sarah.contact_id, rights=["view_jobs"])
    elif how == "portal":
        change(Business, 1, rights_off=["view_money"])
    else:
        change(Contact, sarah.contact_id, right_locations={"view_money": [places[1]]})
    (mine,) = act(links.of_account, customer(sarah))
    assert (mine.target, mine.path) == ("", routes.HOME)
    with pytest.raises(Invalid, match=r"may (not )?see"):
        act(links.resend, staff(), made.public_id)
    with pytest.raises(Invalid, match=r"may (not )?see"):
        act(links.create, staff(), household(sarah), **wanted)
    change(SecureLink, 1, expires_at=clock.now() - timedelta(days=1))
    assert act(lambda session: link_opens.send_fresh(session, session.get_one(SecureLink, 1)))
    assert [mail.payload["facts"]["what"] for mail in mailed()] == [""]


def test_who_has_never_signed_in_is_told_what_a_link_leads_to(sarah):
    change(Contact, sarah.contact_id, login_id=None)
    owed = invoice(1000, TODAY, customer_id=sarah.customer_id, number="1042")
    act(links.send, staff(), household(sarah), target_kind="invoice", target_public_id=public(Invoice, owed))
    assert [mail.payload["facts"]["what"] for mail in mailed()] == ["invoice 1042"]
