"""The front door of a whole running portal, its mail read in the demo's mailbox."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.demo.running_mailbox import RunningMailbox
from tests.running import wait_for
from tests.site import CUSTOMER, NEIGHBOUR, Site, running_site
from tests.socket_client import Tab, cookie_header

pytestmark = pytest.mark.timeout(240)
# The promise is one second; this only tells "at once" from "some day" on a machine busy with other things.
WITHIN = 8.0
FORM = {"content-type": "application/x-www-form-urlencoded"}
BOOKKEEPER = "bea@example.com"

_OFFICE = """
import time
from sqlmodel import select
from portal_app.database import transaction
from portal_app.models import Contact, Customer, Invoice
from portal_app.services import access, invitations, links
from portal_app.services.actors import System
actor = System("test")
with transaction() as session:
    contact = session.exec(select(Contact).where(Contact.email == {email!r}).order_by(Contact.id)).first()
    customer = session.get(Customer, contact.customer_id)
    {act}
print(time.time())
"""
_THEIR_INVOICE = (
    "SELECT invoice.public_id FROM invoice JOIN contact USING (customer_id) "
    "WHERE contact.email = ? AND invoice.status NOT IN ('draft', 'unknown') AND invoice.deleted_at IS NULL"
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, RunningMailbox]]:
    folder = tmp_path_factory.mktemp("door")
    with RunningMailbox(folder) as mailbox, running_site(folder, **mailbox.settings) as site:
        yield site, mailbox


def office(site: Site, email: str, act: str) -> str:
    """Let the office do something about somebody; returns what it printed."""
    return site.portal.python(_OFFICE.format(email=email, act=act))


def path_in(mail: dict, site: Site, prefix: str) -> str:
    """Return the path of the mail's link; both parts hold the same one, on the portal's own address."""
    paths = {
        path
        for part in ("text", "html")
        for path in re.findall(re.escape(site.url) + rf"({prefix}[A-Za-z0-9_-]+)", mail[part])
    }
    assert len(paths) == 1
    return paths.pop()


def code_in(mail: dict) -> str:
    found = re.search(r"\b(\d{3}) ?(\d{3})\b", mail["text"])
    assert found, mail["text"]
    return found.group(1) + found.group(2)


def come_in(site: Site, mailbox: RunningMailbox, path: str, email: str) -> tuple[httpx.Client, httpx.Response]:
    """Open a link, ask for the code, type it in."""
    client = site.portal.client()
    assert client.get(path).status_code == 200
    assert client.post(path, headers=FORM).headers["location"] == "/auth/code"
    mail = mailbox.wait_for(email, "code")
    assert client.get("/auth/code").status_code == 200
    answer = client.post("/auth/code", data={"code": code_in(mail)})
    return client, answer


async def test_link_from_the_mailbox_to_the_invoice_and_revoked_while_it_is_open(door):
    site, mailbox = door
    with site.portal.rows() as rows:
        owed = wait_for(lambda: rows.execute(_THEIR_INVOICE, [NEIGHBOUR]).fetchone(), "their invoice to be imported")
    invoice = owed["public_id"]
    wanted = f"target_kind='invoice', target_public_id={invoice!r}"
    link_id, _ = office(site, NEIGHBOUR, f"print(links.send(session, actor, customer.public_id, {wanted}))").split()
    mail = mailbox.wait_for(NEIGHBOUR)
    client, answer = come_in(site, mailbox, path_in(mail, site, "/l/"), NEIGHBOUR)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/invoices/{invoice}")
    again = client.get(path_in(mail, site, "/l/"))
    assert (again.status_code, again.headers["location"]) == (303, f"/invoices/{invoice}")
    by_password = site.portal.sign_in(NEIGHBOUR)
    async with Tab(site.url, cookie_header(client)) as tab, Tab(site.url, cookie_header(by_password)) as other:
        await tab.until(lambda tab: tab.value("loaded"))
        await other.until(lambda tab: tab.value("loaded"))
        done_at = float(office(site, NEIGHBOUR, f"links.revoke(session, actor, {link_id!r})").split()[-1])
        await tab.until(lambda tab: tab.redirects)
        assert tab.arrived[-1] - done_at < WITHIN
        await other.settled()
        assert other.redirects == []
    assert client.get("/home").status_code == 303
    assert site.portal.client().get(path_in(mail, site, "/l/")).status_code == 410


async def test_invitation_password_sign_in_and_two_customers_under_one_address(door):
    site, mailbox = door
    everybody = (
        "found = session.exec(select(Contact).where(Contact.email == contact.email)).all(); "
        "[access.set_portal_access(session, actor, session.get(Customer, one.customer_id).public_id, on=True) "
        "for one in found]; invitations.invite(session, actor, contact.public_id)"
    )
    office(site, BOOKKEEPER, everybody)
    path = path_in(mailbox.wait_for(BOOKKEEPER), site, "/auth/invite/")
    client = site.portal.client()
    assert client.get(path).status_code == 200
    answer = client.post(path, data={"password": "three blue kettles"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    again = site.portal.sign_in(BOOKKEEPER, "three blue kettles")
    async with Tab(site.url, cookie_header(again)) as tab:
        await tab.until(lambda tab: tab.value("others"))
        (other,) = tab.value("others")
        assert again.post("/auth/switch", data={"to": other["public_id"]}).headers["location"] == "/home"
        await tab.until(lambda tab: tab.redirects)
    async with Tab(site.url, cookie_header(again)) as tab:
        await tab.until(lambda tab: tab.value("others"))
        assert tab.value("others")[0]["name"] != other["name"]
    assert again.post("/auth/switch", data={"to": "somebody else's"}).status_code == 404


def test_a_link_asked_for_at_the_sign_in_page(door):
    site, mailbox = door
    client = site.portal.client()
    for email in ("nobody@example.com", CUSTOMER):
        answer = client.post("/auth/link", data={"email": email, "next": "/home"}, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/auth/code")
    mail = mailbox.wait_for(CUSTOMER, "code")
    assert mailbox.messages("nobody@example.com") == []
    assert "evil" not in mail["text"] + mail["html"] + str(mail)
    assert client.post("/auth/code", data={"code": code_in(mail)}).headers["location"] == "/home"
    assert client.get("/home").status_code == 200


def test_no_secret_of_a_mail_is_in_the_log(door):
    site, mailbox = door
    assert mailbox.messages()
    told = "".join(mail["text"] for mail in mailbox.messages())
    secrets = re.findall(r"/(?:l|auth/invite|auth/reset)/([A-Za-z0-9_-]{43})", told)
    assert secrets
    assert [secret for secret in secrets if secret in site.portal.log] == []
