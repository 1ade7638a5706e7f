"""An invoice sent to somebody outside the account: who may send it, to whom, how often, and how long it stands."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import clock, database
from portal_app.errors import Invalid, NotAllowed, NotFound, TooMany
from portal_app.models import Business, Contact, ContactLocation, Customer, Invoice, Login
from portal_app.services import guests, invoices, links, mail_words, papers, payments
from portal_app.services.form_fields import FormRefused
from portal_app.services.guests import Invited
from portal_app.services.mails import Mail
from portal_app.services.rights import Right, Role, StaffRole
from tests.services import front_door, people
from tests.services.guests_at_work import ANN, actor, expire, listed, made_invoice, revoke, send, standing
from tests.services.people import Person, change, kinds, make_customer, make_staff
from tests.services.test_mail_words import LOOK


@pytest.fixture(autouse=True)
def _business(database_file):
    people.make_business()


@pytest.fixture
def sarah() -> Person:
    return make_customer("sarah@example.com")


def test_it_works(sarah):
    invoice = made_invoice(sarah)
    link = send(actor(sarah), invoice, Invited(" Ann\tLedger ", "Ann@Books.example ", "Please file.\n\nThanks"))
    mail = front_door.newest("ann@books.example", "shared")
    assert mail["path"].startswith("/l/")
    assert mail["facts"]["what"] == "invoice 2291"
    assert (mail["facts"]["sender"], mail["facts"]["by_customer"], mail["facts"]["days"]) == ("sarah", True, 14)
    (one,) = listed(actor(sarah), invoice)
    assert (one.public_id, one.name, one.email, one.state) == (link, "Ann Ledger", "ann@books.example", "live")
    assert (one.sent_by, one.opened_at, one.may_pay) == ("sarah", None, False)
    assert timedelta(days=13, hours=23) < one.until - clock.now() <= timedelta(days=14)
    guest = standing(link)
    assert (guest.invoice, guest.email, guest.may_pay) == (invoice, "ann@books.example", False)
    assert kinds(lambda kind: kind.startswith("link.")) == ["link.shared"]


def test_the_guest_reads_this_one_invoice_and_nothing_else(sarah):
    mine, other = made_invoice(sarah), made_invoice(sarah, "2292")
    guest: Any = standing(send(actor(sarah), mine))
    with database.reading() as session:
        assert invoices.get(session, guest, mine).head.number == "2291"
        assert papers.invoice(session, guest, mine).paper.number == "2291"
        for read in (invoices.get, papers.invoice):
            with pytest.raises(NotFound):
                read(session, guest, other)
        with pytest.raises(NotAllowed):
            payments.get(session, guest, "whatever")


def test_another_account_s_contact_is_sent_it_like_anybody(sarah):
    tom = make_customer("tom@example.com")
    invoice = made_invoice(sarah)
    send(actor(sarah), invoice, Invited("Tom", tom.email))
    send(actor(sarah), invoice)
    known, unknown = (front_door.newest(email, "shared")["facts"] for email in (tom.email, ANN.email))
    assert known | {"name": "", "link": ""} == unknown | {"name": "", "link": ""}
    assert front_door.mails(tom.email) != []


BAD = [
    ({"name": " "}, "name", "missing"),
    ({"name": "n" * 81}, "name", "at most 80"),
    ({"email": ""}, "email", "missing"),
    ({"email": "ann"}, "email", "does not look like"),
    ({"email": "ann@books.example\r\nBcc: all@example.com"}, "email", "does not look like"),
    ({"email": "ann@books.example,eve@example.com"}, "email", "does not look like"),
    ({"email": "a" * 250 + "@books.example"}, "email", "does not look like"),
    ({"note": "n" * 381}, "note", "at most 380"),
]


@pytest.mark.parametrize(("typed", "field", "words"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_sent_is_said_by_field(sarah, typed, field, words):
    given = {"name": ANN.name, "email": ANN.email, **typed}
    with pytest.raises(FormRefused) as refusal:
        send(actor(sarah), made_invoice(sarah), Invited(**given))
    assert words in refusal.value.fields[field]
    assert front_door.mails() == []


def test_names_and_notes_come_to_plain_words_in_the_mail(sarah):
    evil = Invited("Ann\r\nBcc: x@example.com", ANN.email, "<b>Hi</b>\nSee https://evil.example/x\r\nwww.evil.example")
    send(actor(sarah), made_invoice(sarah), evil)
    mail = front_door.newest(ANN.email, "shared")
    words = mail_words.words_of(Mail.SHARED, mail["facts"], {"path": mail["path"]}, LOOK)
    said = " ".join((words.subject, words.heading, *words.before, *words.after))
    assert not any(part in said for part in ("https:", "www.", "evil.example", "\r", "\n"))
    assert "“<b>Hi</b>”" in words.before
    assert "\n" not in mail["facts"]["name"]


def test_who_may_not_see_the_invoice_cannot_send_it(sarah):
    invoice = made_invoice(sarah)
    tom, viewer = make_customer("tom@example.com"), make_customer("vi@example.com", role=Role.VIEWER)
    change(Contact, viewer.contact_id, customer_id=sarah.customer_id)
    reader = make_staff("reader@example.com", StaffRole.READER)
    for who, refusal in ((tom, NotFound), (viewer, NotAllowed), (reader, NotAllowed)):
        with pytest.raises(refusal):
            send(actor(who), invoice)
        with pytest.raises(refusal):
            revoke(actor(who), invoice, "x" * 16)
    with pytest.raises(NotFound):
        send(actor(sarah), made_invoice(sarah, "2293", status="draft"))
    with pytest.raises(NotFound):
        listed(actor(tom), invoice)
    assert listed(actor(reader), invoice) == []


def test_who_may_not_pay_cannot_let_others_pay(sarah):
    change(Contact, sarah.contact_id, rights=[Right.VIEW_MONEY])
    with pytest.raises(FormRefused) as refusal:
        send(actor(sarah), made_invoice(sarah), Invited(ANN.name, ANN.email, may_pay=True))
    assert "may_pay" in refusal.value.fields


def test_the_office_sends_and_revokes_as_well(sarah):
    ruth, invoice = actor(make_staff("ruth@example.com", StaffRole.OFFICE)), made_invoice(sarah)
    link = send(ruth, invoice, Invited(ANN.name, ANN.email, may_pay=True))
    assert standing(link).may_pay
    assert listed(ruth, invoice)[0].sent_by == "ruth"
    revoke(ruth, invoice, link)
    assert standing(link) is None
    with pytest.raises(Invalid, match="draft"):
        send(ruth, made_invoice(sarah, "2293", status="draft"))
    change(Customer, sarah.customer_id, portal_access=False)
    with pytest.raises(Invalid, match="Portal access is off"):
        send(ruth, invoice)


def test_so_many_go_from_an_account_within_a_day_and_no_more(sarah):
    invoice = made_invoice(sarah)
    for number in range(guests.MOST_A_DAY):
        send(actor(sarah), invoice, Invited(f"G{number}", f"g{number}@example.com"))
    with pytest.raises(TooMany) as refusal:
        send(actor(sarah), invoice)
    assert 0 < refusal.value.retry_after <= 86400
    tom = make_customer("tom@example.com")
    assert send(actor(tom), made_invoice(tom, "2294"))


def test_a_revoked_or_expired_one_shows_nothing_and_says_so_in_the_list(sarah):
    invoice = made_invoice(sarah)
    first, second = send(actor(sarah), invoice), send(actor(sarah), invoice)
    revoke(actor(sarah), invoice, first)
    expire(second)
    assert [standing(link) for link in (first, second)] == [None, None]
    assert [one.state for one in listed(actor(sarah), invoice)] == ["expired", "revoked"]
    with pytest.raises(NotFound):
        revoke(actor(sarah), made_invoice(sarah, "2295"), first)


def test_links_of_the_account_cannot_be_revoked_as_if_they_were_a_guest_s(sarah):
    invoice = made_invoice(sarah)
    own = front_door.make_link(sarah.customer_id, target_kind="invoice", target_public_id=invoice)
    with pytest.raises(NotFound):
        revoke(actor(sarah), invoice, own.public_id)


def _elsewhere(sarah: Person) -> None:
    place = people.make_location(sarah, "Elsewhere", visible=False)
    change(Contact, sarah.contact_id, all_locations=False)
    with database.transaction() as session:
        session.add(ContactLocation(contact_id=sarah.contact_id or 0, location_id=place))


ENDS = {
    "disabled": lambda sarah, _: change(Contact, sarah.contact_id, disabled_at=clock.now()),
    "no login": lambda sarah, _: change(Login, sarah.login_id, disabled_at=clock.now()),
    "no money right": lambda sarah, _: change(Contact, sarah.contact_id, rights=[Right.VIEW_JOBS]),
    "another property": lambda sarah, _: _elsewhere(sarah),
    "access off": lambda sarah, _: change(Customer, sarah.customer_id, portal_access=False),
    "portal shut": lambda sarah, _: change(Business, 1, portal_open=False),
    "money off": lambda sarah, _: change(Business, 1, rights_off=["view_money"]),
    "deleted": lambda _, row: change(Invoice, row, deleted_at=clock.now()),
    "a draft again": lambda _, row: change(Invoice, row, status="draft"),
}


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_with_what_its_sender_may_see(sarah, end):
    invoice = made_invoice(sarah)
    guest: Any = standing(link := send(actor(sarah), invoice))
    ENDS[end](sarah, guest.invoice_id)
    assert standing(link) is None


@pytest.mark.parametrize("end", ["access off", "portal shut", "money off", "deleted"])
def test_what_the_office_sent_ends_with_the_portal(sarah, end):
    invoice = made_invoice(sarah)
    guest: Any = standing(link := send(actor(make_staff("ruth@example.com")), invoice))
    ENDS[end](sarah, guest.invoice_id)
    assert standing(link) is None


def test_paying_ends_with_its_sender_s_right(sarah):
    link = send(actor(sarah), made_invoice(sarah), Invited(ANN.name, ANN.email, may_pay=True))
    assert standing(link).may_pay
    change(Contact, sarah.contact_id, rights=[Right.VIEW_MONEY])
    assert (standing(link).invoice_id > 0, standing(link).may_pay) == (True, False)


def test_it_stands_among_the_links_of_the_account_and_of_the_customer(sarah):
    link = send(actor(sarah), made_invoice(sarah))
    ruth = actor(make_staff("ruth@example.com"))
    with database.reading() as session:
        (mine,) = links.of_account(session, actor(sarah))
        (office,) = links.of_customer(session, ruth, front_door.public_id(Customer, sarah.customer_id))
    assert (mine.target, mine.contact, office.contact) == ("invoice 2291", "Ann Ledger", "Ann Ledger")
    with database.transaction() as session, pytest.raises(Invalid):
        links.resend(session, ruth, link)
    with database.transaction() as session:
        links.end(session, actor(sarah), link)
    assert standing(link) is None
