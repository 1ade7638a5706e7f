"""Money that pays no invoice is used for one by the office: once, within reason, and everybody is told."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.models import Allocation, Contact, ContactLocation, Customer, Invoice, Location, Outbox, Payment
from portal_app.models.base import new_public_id
from portal_app.money import Money
from portal_app.services import accounting, credit_use, crm_connection, ledger, mail_words, papers, payments, statements
from portal_app.services.actors import Staff
from portal_app.services.business import look
from portal_app.services.mails import Mail
from portal_app.services.recorded_payments import Recorded, record
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from portal_app.tasks.payments import reconcile
from portal_app.workflows.deliver import deliver, take_due
from portal_app.workflows.read_back import read_back
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money as Till
from tests.workflows.money import money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """Two invoices over 240.00 and 100.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000) as ready:
        yield ready


def staff(role: StaffRole = StaffRole.OFFICE) -> Staff:
    """Return one more of the office."""
    actor = people.actor_of(people.start_session(people.make_staff(f"{new_public_id()}@example.com", role)))
    assert isinstance(actor, Staff)
    return actor


@pytest.fixture
def office(till: Till) -> Staff:
    return staff()


def cash(till: Till, office: Staff, amount: int, *shares: tuple[str, int]) -> str:
    """Record cash that pays these invoices, the rest of it nothing; returns the payment's id."""
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        wanted = Recorded(shares, amount, "GBP", "cash", clock.now().date())
        return record(session, office, customer, wanted).public_id


def spare(office: Staff, payment: str) -> credit_use.Spare | None:
    with reading() as session:
        return credit_use.offered(session, office, payment)


def use(office: Staff, payment: str, invoice: str, amount: Any, puts: int = 0) -> None:
    with transaction() as session:
        credit_use.use(session, office, payment, invoice, amount, puts)


def credit(payment: str) -> int:
    with reading() as session:
        return ledger.credit_minor(session, session.exec(select(Payment).where(Payment.public_id == payment)).one())


def mails(name: Mail) -> list[tuple[str, dict[str, Any]]]:
    found = [row for row in rows(select(Outbox).where(Outbox.kind == "mail")) if row.payload["mail"] == name]
    return [(row.payload["to"], row.payload["facts"]) for row in found]


def receipt(till: Till, payment: str) -> Any:
    with reading() as session:
        return papers.receipt(session, till.payer, payment).paper


def posted() -> list[tuple[str, Money]]:
    days = accounting.period(clock.now().date() - timedelta(days=9), clock.now().date() + timedelta(days=1), "UTC")
    boss, found = staff(StaffRole.MANAGER), []
    with reading() as session:
        for source in accounting.SOURCES:
            found += [(row.kind, row.amount) for row in accounting.batch(session, boss, source, days)]
    return found


def statement(till: Till) -> tuple[Money, str]:
    today = clock.today("Europe/London")
    with reading() as session:
        found = statements.get(session, till.payer, date(2026, 1, 1), today, today)
    return found.ledgers[0].closing, found.paper.note


def test_it_works(till: Till, office: Staff):
    payment = cash(till, office, 5004)
    issued, books = receipt(till, payment), posted()
    assert (statement(till)[0], "£50.04 pays no invoice yet" in statement(till)[1]) == (Money(34000, "GBP"), True)
    offer = spare(office, payment)
    assert offer is not None
    assert (offer.credit, [one.left.minor for one in offer.invoices]) == (Money(5004, "GBP"), [24000, 10000])
    use(office, payment, till.invoices[1], 5004, offer.puts)
    assert (till.left(0), till.left(1), credit(payment), spare(office, payment)) == (24000, 4996, 0, None)
    (_, first), (kind, then) = till.commands()
    assert kind == "payments"
    assert then == first | {
        "allocations": [{"invoice_id": "inv_1", "amount": {"amount_minor": 5004, "currency": "GBP"}}],
        "payment_id": till.payments()[0].command_id,
    }
    assert (receipt(till, payment), posted()) == (issued, books)
    assert statement(till) == (Money(28996, "GBP"), "")
    assert "payment.used" in people.kinds()
    [(to, facts)] = mails(Mail.CREDIT_USED)
    said = mail_words.words_of(Mail.CREDIT_USED, facts, {"path": "/x"}, look())
    assert (to, said.subject) == ("ann@example.com", "£50.04 that you had with us was used for invoice 2291")
    assert said.before[1] == "£49.96 of it is still to be paid."
    with reading() as session:
        [facts] = payments.of_invoice(session, till.payer, till.invoices[1])
    assert [(part.number, part.amount.minor) for part in facts.parts] == [("2291", 5004)]


def test_a_second_press_and_a_colleague_use_no_more(till: Till, office: Staff):
    payment = cash(till, office, 9000)
    offer = spare(office, payment)
    assert offer is not None

    def press(_: int) -> str:
        try:
            use(office, payment, till.invoices[0], 2000, offer.puts)
        except Invalid as refusal:
            return refusal.sentence
        return ""

    with ThreadPoolExecutor(4) as colleagues:
        said = sorted(colleagues.map(press, range(4)))
    assert said[0] == ""
    assert all(one.startswith("This payment was used or changed meanwhile.") for one in said[1:])
    assert (till.left(0), credit(payment), len(mails(Mail.CREDIT_USED))) == (22000, 7000, 1)
    again = spare(office, payment)
    assert again is not None
    use(office, payment, till.invoices[0], 2000, again.puts)
    assert (till.left(0), credit(payment)) == (20000, 5000)


@pytest.mark.parametrize("amount", [-1, 0, 9001, 10**15, float("nan"), float("inf"), 12.5, "5", None, True])
def test_amounts_that_cannot_be(till: Till, office: Staff, amount: Any):
    payment = cash(till, office, 9000)
    with pytest.raises(credit_use.AmountRefused):
        use(office, payment, till.invoices[0], amount)
    assert (till.left(0), credit(payment), len(till.commands())) == (24000, 9000, 1)


def test_no_more_than_is_left_and_not_with_the_bank(till: Till, office: Staff):
    payment = cash(till, office, 50000)
    attempt, page = till.begin(0, amount=20000)
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    with pytest.raises(credit_use.AmountRefused, match=r"At most £40\.00 is left to pay"):
        use(office, payment, till.invoices[0], 4001)
    use(office, payment, till.invoices[0], 4000)
    assert till.left(0) == 20000
    with pytest.raises(Invalid, match="with the bank"):
        use(office, payment, till.invoices[0], 1, 1)
    offer = spare(office, payment)
    assert offer is not None
    assert [one.public_id for one in offer.invoices] == [till.invoices[1]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hidden_at": clock.now()}, "hidden from the customer"),
        ({"deleted_at": clock.now()}, "no such invoice"),
        ({"status": "paid", "balance_minor": 0}, "Nothing is left"),
        ({"status": "void"}, "Nothing is left"),
        ({"currency": "EUR"}, "in EUR, and this payment in GBP"),
    ],
)
def test_invoices_it_cannot_be_used_for(till: Till, office: Staff, change: dict[str, Any], words: str):
    payment = cash(till, office, 9000)
    people.change(Invoice, 1, **change)
    offer = spare(office, payment)
    assert offer is not None
    assert [one.public_id for one in offer.invoices] == [till.invoices[1]]
    with pytest.raises(Invalid, match=words):
        use(office, payment, till.invoices[0], 100)
    assert credit(payment) == 9000


def test_another_customer_s_invoice_and_made_up_ones(till: Till, office: Staff):
    payment, stranger = cash(till, office, 9000), people.make_customer("eve@example.com")
    people.change(Invoice, 2, customer_id=stranger.customer_id)
    for invoice in (till.invoices[1], "nobody", "", "x" * 300, "' OR 1=1 --"):
        with pytest.raises(Invalid, match="no such invoice"):
            use(office, payment, invoice, 100)
    for unknown in ("nobody", "", till.invoices[0]):
        with pytest.raises(NotFound):
            use(office, unknown, till.invoices[0], 100)
    assert credit(payment) == 9000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dispute": "open"}, "bank asks for this money"),
        ({"dispute": "asked"}, "bank asks for this money"),
        ({"held": "Please decide."}, "decide that first"),
        ({"status": "pending"}, "money that is here"),
        ({"status": "failed"}, "money that is here"),
        ({"status": "refunded"}, r"At most £0\.00|At most"),
    ],
)
def test_payments_that_cannot_be_used(till: Till, office: Staff, change: dict[str, Any], words: str):
    payment = cash(till, office, 9000)
    if change.get("status") == "refunded":
        run(give_back(staff(StaffRole.OWNER), payment, 9000, REOPEN, ""))
    people.change(Payment, 1, **change)
    assert spare(office, payment) is None
    with pytest.raises(Invalid, match=words):
        use(office, payment, till.invoices[0], 100)
    assert till.left(0) == 24000


def test_what_went_back_meanwhile_is_not_used_as_well(till: Till, office: Staff):
    payment = cash(till, office, 9000)
    run(give_back(staff(StaffRole.OWNER), payment, 8000, CREDIT_NOTE, ""))
    with pytest.raises(credit_use.AmountRefused, match=r"At most £10\.00 of this payment"):
        use(office, payment, till.invoices[0], 9000)
    use(office, payment, till.invoices[0], 1000)
    run(give_back(staff(StaffRole.MANAGER), payment, 1000, REOPEN, ""))
    assert (till.left(0), credit(payment)) == (24000, 0)


@pytest.mark.parametrize("role", [StaffRole.READER, None])
def test_who_may_not(till: Till, office: Staff, role: StaffRole | None):
    payment, actor = cash(till, office, 9000), staff(role) if role else till.payer
    for act in (
        lambda session: credit_use.offered(session, actor, payment),
        lambda session: credit_use.use(session, actor, payment, till.invoices[0], 100, 0),
    ):
        with pytest.raises(NotAllowed), transaction() as session:
            act(session)
    assert credit(payment) == 9000


def test_a_page_at_stripe_is_shut(till: Till, office: Staff):
    payment = cash(till, office, 9000)
    attempt, page = till.begin(0)
    run(reconcile(None))
    assert till.attempt(attempt).state == "open"
    use(office, payment, till.invoices[0], 9000)
    run(reconcile(None))
    assert till.attempt(attempt).state == "expired"
    assert till.stripe.client.post(f"/demo/sessions/{page}/pay", json={"choice": "card_ok"}).status_code == 400
    again, _ = till.begin(0)
    assert till.attempt(again).amount_minor == 15000


def test_a_dispute_takes_back_what_was_used_as_well(till: Till, office: Staff):
    attempt, page = till.begin(0)
    people.change(Invoice, 1, balance_minor=20000, status="partially_paid")
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert credit(payment.public_id) == 4000
    use(office, payment.public_id, till.invoices[1], 4000, 1)
    assert (till.left(0), till.left(1)) == (0, 6000)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    assert (till.left(0), till.left(1)) == (20000, 10000)
    [dispute] = [one for one in till.stripe.state.find("dispute") if one["payment_intent"] == payment.intent_id]
    till.stripe.act(f"disputes/{dispute['id']}/won")
    run(sync_attempt(attempt))
    assert (till.left(0), till.left(1), credit(payment.public_id)) == (0, 6000, 0)


def _narrow(till: Till) -> None:
    """Let the payer see another property than that of the second invoice, with somebody else who sees all."""
    with transaction() as session:
        owner = till.payer.customer_id
        places = [Location(customer_id=owner, label=label) for label in ("Here", "There")]
        session.add_all(places)
        session.flush()
        session.add(ContactLocation(contact_id=till.payer.contact_id, location_id=places[0].id or 0))
        session.get_one(Contact, till.payer.contact_id).all_locations = False
        session.get_one(Invoice, 2).location_id = places[1].id


@pytest.mark.parametrize(("number", "told"), [(0, ["ann@example.com"]), (1, [])])
def test_the_mail_goes_only_to_who_may_see_the_invoice(till: Till, office: Staff, number: int, told: list[str]):
    _narrow(till)
    people.change(Invoice, 1, location_id=1)
    payment = cash(till, office, 9000)
    use(office, payment, till.invoices[number], 9000)
    assert [to for to, _ in mails(Mail.CREDIT_USED)] == told


def test_what_a_guest_has_paid_is_told_to_the_main_person(till: Till, office: Staff):
    payment = cash(till, office, 9000)
    people.change(Payment, 1, contact_id=None)
    use(office, payment, till.invoices[1], 9000)
    assert [to for to, _ in mails(Mail.CREDIT_USED)] == ["ann@example.com"]


def test_the_crm_agrees_to_the_cent(till: Till, office: Staff, empty_crm: RunningCrm, monkeypatch: pytest.MonkeyPatch):
    _known_to(empty_crm, till, monkeypatch)
    payment = cash(till, office, 30000, (till.invoices[0], 24000))
    use(office, payment, till.invoices[1], 6000, 1)
    assert rows(select(Invoice.paid_here_minor).order_by(col(Invoice.id))) == [24000, 6000]
    run(_tell(empty_crm))
    assert [one["balance"]["amount_minor"] for one in empty_crm.walk("invoices")] == [0, 4000]
    [theirs] = empty_crm.walk("payments")
    assert [part["minor"] for part in theirs["pays"]] == [24000, 6000]
    assert rows(select(Invoice.paid_here_minor).order_by(col(Invoice.id))) == [0, 0]
    assert (till.left(0), till.left(1)) == (0, 4000)
    assert rows(select(Allocation.id).where(col(Allocation.booked_at).is_(None))) == []


def _known_to(crm: RunningCrm, till: Till, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PORTAL_CRM_URL", crm.url)
    patch.setenv("PORTAL_CRM_TOKEN", crm.token)
    forget_settings()
    crm.post("customers", external_id="cust_1", kind="person", name="Ann")
    with transaction() as session:
        connection = crm_connection.ensure(session, crm.url)
        session.get_one(Customer, till.payer.customer_id).connection_id = connection
        for invoice in session.exec(select(Invoice)):
            invoice.connection_id = connection
    for number, total in enumerate((24000, 10000)):
        amount = {"amount_minor": total, "currency": "GBP"}
        crm.post(
            "invoices",
            external_id=f"inv_{number}",
            number=str(2290 + number),
            customer_id="cust_1",
            status="open",
            lines=[],
            subtotal=amount,
            tax=amount | {"amount_minor": 0},
            total=amount,
            balance=amount,
        )


async def _tell(crm: RunningCrm) -> None:
    """Tell the CRM what waits for it, in order, and read back what it was told."""
    adapter = RestAdapter(crm.url, crm.token)
    try:
        while jobs := take_due(most_mails=0, most_commands=10):
            for job in jobs:
                await deliver(job, adapter)
        await read_back(adapter)
    finally:
        await adapter.close()
