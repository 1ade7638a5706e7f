"""Nothing lost, nothing twice: whatever comes in whatever order, Stripe, the portal and the CRM agree to the cent."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Customer, Invoice, StripeCustomer
from portal_app.services import crm_connection
from portal_app.services.rights import StaffRole
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.soaking import runs, seed
from tests.workflows.conftest import rows
from tests.workflows.money_books import Books, everything_agrees, happened
from tests.workflows.money_process import ACCEPTS, OFFICE_TOKEN, ROUNDS, TOKEN, WEBHOOK_PORT

ROOT = Path(__file__).resolve().parents[2]
RUNS = runs(40, 300)
TOTALS = (24000, 10000, 6000)
CHOICES = ("card_ok", "card_ok", "card_declined", "bacs_clears", "bacs_fails")
# A life is killed after some rounds of acts, or seconds where nothing goes on.
MOST_ROUNDS, LONGEST_LIFE = 5, 20.0
# What must come up in some run of many, or the dice try too little.
EVERYTHING = {
    "paid with a saved method",
    "refund at Stripe",
    "credit_note",
    "reopen",
    "returned",
    "disputed",
    "dispute_won",
    "dispute lost",
    "cash",
    "credit used",
}


class Lives:
    """Starts one process after another and kills it when told."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def begin(self, **order: Any) -> int:
        """Start a life and return its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return int(self._line())

    def ended(self) -> str:
        """Wait for the life's end and return how it was."""
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()


@contextmanager
def lives() -> Iterator[Lives]:
    """The nursery, with nothing left in it afterwards."""
    command = [sys.executable, "-m", "tests.workflows.money_process"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield Lives(process)
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.timeout(max(300, RUNS * 30))
def test_the_books_agree_to_the_cent(
    empty_crm: RunningCrm, portal_env: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
):
    with RunningStripe() as stripe, lives() as nursery:
        port = _free_port()
        stripe.send_events_to(f"http://127.0.0.1:{port}/webhooks/stripe")
        seen: Counter[str] = Counter()
        for number in range(RUNS):
            dice = random.Random(f"{seed()} {number}")
            one = Run(number, dice, empty_crm, stripe, portal_env.parent / f"run{number}")
            one.prepare(migrated_file, monkeypatch, port)
            one.live(nursery)
            seen += one.check(f"run {number} of seed {seed()}")
    print(f"nothing twice, seed {seed()}, {RUNS} runs: {dict(seen)}")  # noqa: T201 - what `portal soak` is read for
    # So few runs may leave out one or two by chance.
    assert len(EVERYTHING - set(seen)) <= (2 if RUNS <= 40 else 0), seen


class Run:
    """One household's money through everything that can happen to it."""

    def __init__(self, number: int, dice: random.Random, crm: RunningCrm, stripe: RunningStripe, folder: Path) -> None:
        self.number, self.dice, self.crm, self.stripe, self.folder = number, dice, crm, stripe, folder
        self.env: dict[str, str] = {}

    def prepare(self, migrated: Path, patch: pytest.MonkeyPatch, port: int) -> None:
        """Write the household into a fresh portal and into the CRM."""
        self.folder.mkdir()
        shutil.copy(migrated, self.folder / "portal.db")
        self.env = {
            "PORTAL_DATA_DIR": str(self.folder),
            "PORTAL_CRM_URL": self.crm.url,
            "PORTAL_CRM_TOKEN": self.crm.token,
            WEBHOOK_PORT: str(port),
            # A CRM applies all at once, or tells of all that it will, or has just been changed from one to the other.
            ACCEPTS: str(self.dice.choice([0, 0, 1, 0.5])),
            **self.stripe.settings,
        }
        for name, value in self.env.items():
            patch.setenv(name, value)
        forget_settings()
        people.make_business()
        person = people.make_customer("ann@example.com")
        self.env[TOKEN] = people.start_session(person)
        self.env[OFFICE_TOKEN] = people.start_session(people.make_staff("office@example.com", StaffRole.OWNER))
        customer = f"cus_{self.number}"
        self.crm.post("customers", external_id=customer, kind="person", name="Ann")
        with transaction() as session:
            connection = crm_connection.ensure(session, self.crm.url)
            owner = session.get_one(Customer, person.customer_id)
            owner.connection_id, owner.external_id = connection, customer
            # One Stripe serves all runs: its customers are told apart by this.
            session.get_one(Contact, person.contact_id).public_id = f"contact{seed()}x{self.number}"[:24]
            for index, total in enumerate(TOTALS):
                self._add_invoice(session, connection, owner.id or 0, customer, index, total)

    def _add_invoice(self, session: Any, connection: int, owner: int, customer: str, index: int, total: int) -> None:
        external_id, amount = f"inv_{self.number}_{index}", {"amount_minor": total, "currency": "GBP"}
        nothing = {"amount_minor": 0, "currency": "GBP"}
        self.crm.post(
            "invoices",
            external_id=external_id,
            number=external_id,
            customer_id=customer,
            status="open",
            lines=[],
            subtotal=amount,
            tax=nothing,
            total=amount,
            balance=amount,
        )
        session.add(
            Invoice(
                customer_id=owner,
                number=external_id,
                currency="GBP",
                total_minor=total,
                balance_minor=total,
                issued_on=clock.now().date(),
                connection_id=connection,
                external_id=external_id,
            )
        )

    def live(self, nursery: Lives) -> None:
        """Let processes live and die, while people and banks do what they like; then let one finish."""
        mode = self.dice.choice(["normal", "twice", "held"])
        self.stripe.act("webhooks", mode=mode)
        for life in range(self.dice.randint(1, 3)):
            process = nursery.begin(seed=self._seed(life), last=False, env=self.env)
            enough, end = self._rounds() + self.dice.randint(1, MOST_ROUNDS), time.monotonic() + LONGEST_LIFE
            while self._rounds() < enough and time.monotonic() < end:
                self._something_happens()
                time.sleep(self.dice.uniform(0.0, 0.05))
            os.kill(process, signal.SIGKILL)
            assert nursery.ended() == f"ended -{signal.SIGKILL.value}"
        self.stripe.act("trouble", lose=0)
        self.crm.clear_faults()
        self._banks_answer()
        nursery.begin(seed=self._seed("first end"), last=True, env=self.env)
        assert nursery.ended() == "ended 0", f"run {self.number} of seed {seed()}"
        # What was paid in the last moment may have gone to the bank.
        self._banks_answer()
        nursery.begin(seed=self._seed("end"), last=True, env=self.env)
        assert nursery.ended() == "ended 0", f"run {self.number} of seed {seed()}"

    def _seed(self, life: object) -> str:
        """Return what the dice of one life start from: other ones for another seed."""
        return f"{seed()} {self.number} {life}"

    def _rounds(self) -> int:
        counted = self.folder / ROUNDS
        return counted.stat().st_size if counted.exists() else 0

    def _something_happens(self) -> None:
        fate = self.dice.random()
        if fate < 0.5:
            self._pay_somewhere()
        elif fate < 0.62:
            self._banks_answer(all_of_them=False)
        elif fate < 0.74:
            self._money_goes_back()
        elif fate < 0.82:
            self.stripe.act("trouble", lose=self.dice.choice([1, 3]))
        elif fate < 0.9:
            self.crm.fault(kind=self.dice.choice(["drop", "drop_after"]), times=1)

    def _mine(self, kind: str) -> list[dict[str, Any]]:
        """Return what Stripe has of this household; refunds and disputes by the payment they are about."""
        if kind in ("refund", "dispute"):
            paid = {intent["id"] for intent in self._mine("payment_intent")}
            return [dict(thing) for thing in list(self.stripe.state.find(kind)) if thing["payment_intent"] in paid]
        known = {row.stripe_id for row in rows(select(StripeCustomer))}
        return [dict(thing) for thing in list(self.stripe.state.find(kind)) if thing.get("customer") in known]

    def _pay_somewhere(self) -> None:
        open_pages = [page for page in self._mine("checkout.session") if page["status"] == "open"]
        if open_pages:
            page = self.dice.choice(open_pages)
            answer = self.stripe.client.post(
                f"/demo/sessions/{page['id']}/pay",
                json={"choice": self.dice.choice(CHOICES), "save": self.dice.random() < 0.5},
            )
            assert answer.status_code in (200, 400), answer.text

    def _money_goes_back(self) -> None:
        """Refund at Stripe itself, or have the payer's bank want money back; of a debit that is final at once."""
        arrived = [intent for intent in self._mine("payment_intent") if intent["amount_received"]]
        if not arrived:
            return
        intent = self.dice.choice(arrived)
        if self.dice.random() < 0.5:
            part = self.dice.choice((900, 1300, intent["amount"]))
            self._try(f"payments/{intent['id']}/refund", amount=part)
        elif len(self._disputes_of(intent)) < 3:
            # Of the rest, or of a part: then another may follow.
            self._try(f"payments/{intent['id']}/dispute", amount=self.dice.choice((0, 0, 1900)))
            for dispute in self._disputes_of(intent):
                method = self.stripe.state.things[intent["payment_method"]]
                if method["type"] != "card" and dispute["status"] == "needs_response":
                    self._try(f"disputes/{dispute['id']}/lost")

    def _disputes_of(self, intent: dict[str, Any]) -> list[dict[str, Any]]:
        return [one for one in self._mine("dispute") if one["payment_intent"] == intent["id"]]

    def _try(self, path: str, **wanted: Any) -> None:
        """Do what Stripe may refuse, since things have moved on."""
        answer = self.stripe.client.post(f"/demo/{path}", json=wanted)
        assert answer.status_code in (200, 400), answer.text

    def _banks_answer(self, *, all_of_them: bool = True) -> None:
        for intent in self._mine("payment_intent"):
            if intent["status"] == "processing" and (all_of_them or self.dice.random() < 0.5):
                act = self.dice.choice(["settle", "settle", "fail"])
                self._try(f"payments/{intent['id']}/{act}")
        for refund in self._mine("refund"):
            if refund["status"] == "pending" and (all_of_them or self.dice.random() < 0.5):
                self._try(f"refunds/{refund['id']}/{self.dice.choice(['settle', 'fail'])}")
        for dispute in self._mine("dispute"):
            # Some are still open at the end.
            if dispute["status"] == "needs_response" and self.dice.random() < 0.5:
                self._try(f"disputes/{dispute['id']}/{self.dice.choice(['won', 'lost'])}")

    def check(self, which: str) -> Counter[str]:
        """Hold Stripe's money, the portal's ledger and the CRM against each other; returns what has happened."""
        stripe = Books({kind: self._mine(kind) for kind in ("payment_intent", "refund", "dispute")})
        everything_agrees(stripe, self.crm, which)
        return Counter(happened())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
