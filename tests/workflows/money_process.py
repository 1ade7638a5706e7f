"""Processes that pay, give back, take webhooks, reconcile and tell the CRM, in any order; made to be killed at will.

Like `poll_process`, one is forked for each line read; the line is `{"seed": …, "last": …}`. The last one goes on until
nothing is left to do.
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import uvicorn
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select
from starlette.applications import Starlette

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.endpoints import stripe_webhook
from portal_app.errors import PortalError
from portal_app.integrations.crm.adapter import CommandAnswer, Item
from portal_app.integrations.crm.errors import CrmError
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.models import Allocation, Invoice, Outbox, Payment, PaymentAttempt, Refund
from portal_app.models import Customer as CustomerRow
from portal_app.services import (
    attempts,
    credit_use,
    crm_connection,
    mistakes,
    open_pages,
    outbox,
    payment_settings,
    recorded_payments,
    refunds,
    sessions,
)
from portal_app.services.actors import Customer, Origin, Staff
from portal_app.services.attempts import Wanted
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import store_items
from portal_app.services.recorded_payments import Recorded
from portal_app.settings import get_settings
from portal_app.workflows import pay, payment_methods
from portal_app.workflows import sync_attempt as sync
from portal_app.workflows.deliver import deliver, take_due
from portal_app.workflows.read_back import read_back
from portal_app.workflows.refund import give_back, send
from portal_app.workflows.sync_attempt import end_page, sync_attempt
from tests.conftest import forget_settings
from tests.sharing import share_certificates
from tests.workflows import poll_process
from tests.workflows.poll_process import say

WEBHOOK_PORT = "PORTAL_TEST_WEBHOOK_PORT"
TOKEN = "PORTAL_TEST_TOKEN"
ACCEPTS = "PORTAL_TEST_ACCEPTS"
ROUNDS = "rounds"
OFFICE_TOKEN = "PORTAL_TEST_OFFICE_TOKEN"
PARTS = (None, None, 3000)


class Accepting(RestAdapter):
    """A CRM that answers that it will apply what it is told, as one does that works through a queue of its own."""

    async def apply(self, command: str, portal_id: str, body: Mapping[str, Any]) -> CommandAnswer:
        """Tell the CRM, and take its yes for a promise."""
        answer = await super().apply(command, portal_id, body)
        return replace(answer, status="accepted") if answer.status == "applied" else answer


class Life:
    """One process: what its people, Stripe's events and its own tasks do."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)
        settings = get_settings()
        kind = Accepting if self.dice.random() < float(os.environ[ACCEPTS]) else RestAdapter
        self.adapter = kind(settings.crm_url, settings.crm_token.get_secret_value())

    async def somebody_pays(self) -> None:
        """Press the button on one or several invoices, at times for a part of one."""
        actor, invoices = _household()
        chosen = self.dice.sample(invoices, self.dice.randint(1, len(invoices)))
        part = self.dice.choice(PARTS) if len(chosen) == 1 else None
        await pay.pay_on_page(actor, Wanted(tuple(chosen), part))

    async def somebody_pays_at_once(self) -> None:
        """Press the button of something saved; at times take it away afterwards."""
        actor, invoices = _household()
        saved = await pay.saved_methods(actor)
        if not saved:
            await pay.pay_on_page(actor, Wanted((self.dice.choice(invoices),)))
            return
        method = self.dice.choice(saved).id
        await pay.pay_with_saved(actor, Wanted((self.dice.choice(invoices),)), method)
        if self.dice.random() < 0.2:
            await payment_methods.remove(actor, method)

    async def office_gives_back(self) -> None:
        """Refund some of a payment, or all of it, one way or the other; now and then two colleagues at once."""
        office, arrived = _office(), _arrived()
        if not arrived:
            return
        payment, amount = self.dice.choice(arrived)
        part = self.dice.choice((amount, 1500, 700))
        treatment = self.dice.choice(refunds.TREATMENTS)
        times = self.dice.choice((1, 1, 2))
        acts = (lambda: give_back(office, payment, part, treatment, "Too much") for _ in range(times))
        await asyncio.gather(*(_quietly(act) for act in acts))

    async def office_records_cash(self) -> None:
        """Now and then write down money taken at the door, at times more than is owed, at times for no invoice."""
        if self.dice.random() < 0.5:
            await asyncio.to_thread(_record, _office(), _household()[1], self.dice)

    async def office_takes_cash_back(self) -> None:
        """Now and then find that money was recorded by mistake."""
        if self.dice.random() < 0.25:
            await asyncio.to_thread(_take_back, _office(), self.dice)

    async def office_uses_credit(self) -> None:
        """Use money that pays nothing for an invoice, all of it or some; now and then two colleagues at once."""
        office = _office()
        for payment, _ in _arrived():
            with reading() as session:
                spare = credit_use.offered(session, office, payment)
            if spare is not None and spare.invoices:
                invoice = self.dice.choice(spare.invoices)
                most = min(spare.credit.minor, invoice.left.minor)
                asked = (payment, invoice.public_id, self.dice.choice((most, most, min(most, 1100))), spare.puts)
                times = self.dice.choice((1, 1, 2))
                await asyncio.gather(
                    *(_quietly(lambda asked=asked: asyncio.to_thread(_use, office, *asked)) for _ in range(times))
                )

    async def office_decides(self) -> None:
        """Say of refunds that were made at Stripe itself how they count."""
        await asyncio.to_thread(_decide, _office(), self.dice)

    async def somebody_comes_back(self) -> None:
        """Open the page to which Stripe leads back, in two tabs."""
        found = _attempts()
        if found:
            attempt = self.dice.choice(found)
            await asyncio.gather(sync_attempt(attempt), sync_attempt(attempt))

    async def reconcile(self) -> None:
        """Do what the task does, without its patience."""
        with reading() as session:
            asked = session.exec(select(Refund.public_id).where(Refund.status == "asked")).all()
        for refund in asked:
            await send(refund)
        for attempt in await asyncio.to_thread(_outdated):
            await end_page(attempt)
        for attempt in _attempts():
            await sync_attempt(attempt)

    async def tell_crm(self, most: int = 1) -> None:
        """Send what waits for the CRM, at most so many of this household in order, and read back what it was told."""
        for _ in range(most):
            jobs = await asyncio.to_thread(lambda: take_due(most_mails=0, most_commands=10))
            if not jobs:
                break
            await asyncio.gather(*(deliver(job, self.adapter) for job in jobs))
        if self.dice.random() < 0.5:
            await self.poll()
        await read_back(self.adapter)

    async def poll(self) -> None:
        """Bring what the CRM says of the invoices by now, as its poll does."""
        for external_id in await asyncio.to_thread(_of_crm):
            item = await self.adapter.get("invoices", external_id)
            await asyncio.to_thread(_store, item)

    async def go_on(self) -> None:
        """Do these in random order, some at once, until killed."""
        while True:
            acts = (
                self.somebody_pays,
                self.somebody_pays_at_once,
                self.somebody_comes_back,
                self.office_gives_back,
                self.office_records_cash,
                self.office_takes_cash_back,
                self.office_uses_credit,
                self.office_uses_credit,
                self.office_decides,
                self.reconcile,
                self.tell_crm,
                self.tell_crm,
                self.tell_crm,
            )
            await asyncio.gather(*(_quietly(self.dice.choice(acts)) for _ in range(3)))
            await asyncio.to_thread(_count_round)

    async def finish(self) -> None:
        """Shut the pages nobody paid, and go on until everything is in step."""
        for _ in range(200):
            for attempt in _attempts(attempts.CREATED, attempts.OPEN):
                await _quietly(lambda attempt=attempt: end_page(attempt))
            await _quietly(self.reconcile)
            await _quietly(self.office_decides)
            await _quietly(lambda: self.tell_crm(20))
            await _quietly(self.poll)
            if not _waits():
                return
            await asyncio.to_thread(_make_due)
        raise AssertionError(f"It never came to rest: {_waits()}")


def _count_round() -> None:
    """Let the test see how far this has come: machines are of different speeds."""
    with (get_settings().data_dir / ROUNDS).open("ab") as file:
        file.write(b".")


def _of_crm() -> list[str]:
    with reading() as session:
        return [external_id for external_id in session.exec(select(Invoice.external_id)) if external_id]


def _store(item: Item | None) -> None:
    with transaction() as session:
        connection = crm_connection.get(session)
        if connection is not None and item is not None:
            store_items(session, Reading(connection.id or 0, connection.status_map), "invoices", [item])


def _outdated() -> list[str]:
    with reading() as session:
        keys = payment_settings.keys(session)
        return open_pages.outdated(session, keys.mark) if keys else []


def _make_due() -> None:
    """Let everything leave at once: what the dead held, and what waits for a better moment."""
    with transaction() as session:
        statement = select(Outbox).where(
            Outbox.kind != outbox.MAIL, col(Outbox.state).in_((outbox.PENDING, outbox.SENDING))
        )
        for row in session.exec(statement):
            row.next_at, row.lease_until = clock.now(), clock.now() if row.lease_until else None


async def _quietly(act: Callable[[], Awaitable[object]]) -> None:
    """Act; what people and tasks would simply try again is nothing to stop for."""
    try:
        await act()
    except (PortalError, CrmError, OperationalError):
        await asyncio.sleep(0)


def _household() -> tuple[Customer, list[str]]:
    with reading() as session:
        actor = sessions.actor_for(session, os.environ[TOKEN], Origin())
        assert isinstance(actor, Customer)
        return actor, list(session.exec(select(Invoice.public_id).order_by(col(Invoice.id))))


def _office() -> Staff:
    with reading() as session:
        actor = sessions.actor_for(session, os.environ[OFFICE_TOKEN], Origin())
        assert isinstance(actor, Staff)
        return actor


def _arrived() -> list[tuple[str, int]]:
    with reading() as session:
        statement = select(Payment.public_id, Payment.amount_minor).where(Payment.status == "succeeded")
        return [(public_id, amount) for public_id, amount in session.exec(statement.order_by(col(Payment.id)))]


def _record(office: Staff, invoices: list[str], dice: random.Random) -> None:
    amount, share = dice.choice((1500, 4000)), dice.choice((None, 1500))
    shares = () if share is None else ((dice.choice(invoices), share),)
    with transaction() as session:
        customer = session.exec(select(CustomerRow.public_id)).one()
        # No two are alike: the very same money is refused as a second press.
        reference = f"{dice.random()}"
        wanted = Recorded(shares, amount, "GBP", "cash", clock.now().date(), reference)
        recorded_payments.record(session, office, customer, wanted)


def _take_back(office: Staff, dice: random.Random) -> None:
    with transaction() as session:
        recorded = select(Payment.public_id).where(col(Payment.recorded_by).is_not(None), Payment.status == "succeeded")
        found = session.exec(recorded.order_by(col(Payment.id))).all()
        if found:
            mistakes.take_back(session, office, dice.choice(found), "It never came")


def _use(office: Staff, payment: str, invoice: str, amount: int, puts: int) -> None:
    with transaction() as session:
        credit_use.use(session, office, payment, invoice, amount, puts)


def _undecided() -> Any:
    return select(Refund.public_id).where(Refund.treatment == "", Refund.status != refunds.FAILED)


def _decide(office: Staff, dice: random.Random) -> None:
    with reading() as session:
        waiting = list(session.exec(_undecided().order_by(col(Refund.id))))
    for refund in waiting:
        with transaction() as session:
            refunds.treat(session, office, refund, dice.choice(refunds.TREATMENTS))


def _attempts(*states: str) -> list[str]:
    with reading() as session:
        statement = select(PaymentAttempt.public_id).where(
            col(PaymentAttempt.state).in_(states or (*attempts.UNSETTLED, attempts.SUCCEEDED))
        )
        return list(session.exec(statement))


def _waits() -> list[Any]:
    """Return what is still to be done, each as a row that says so."""
    with reading() as session:
        untold = select(Outbox.kind, Outbox.state, Outbox.last_error).where(
            Outbox.kind != outbox.MAIL, col(Outbox.state).in_((outbox.PENDING, outbox.SENDING))
        )
        asked = select(Refund.public_id, Refund.status).where(Refund.status == refunds.ASKED)
        unbooked = select(Allocation).where(col(Allocation.booked_at).is_(None))
        found = [*session.exec(untold), *session.exec(_undecided()), *session.exec(asked)]
        found += [one.model_dump() for one in session.exec(unbooked)]
        return found + _attempts(*attempts.UNSETTLED)


async def live(order: dict[str, Any]) -> None:
    """Live one life, with the webhook's address open."""
    os.environ.update(order["env"])
    forget_settings()
    # Whoever asked before is dead, and nobody waits minutes for what they may have asked.
    sync._ON_ITS_WAY = timedelta(seconds=1)
    config = uvicorn.Config(
        Starlette(routes=stripe_webhook.ROUTES),
        host="127.0.0.1",
        port=int(os.environ[WEBHOOK_PORT]),
        log_level="critical",
        lifespan="off",
    )
    server = asyncio.create_task(uvicorn.Server(config).serve())
    life = Life(order["seed"])
    await (life.finish() if order["last"] else life.go_on())
    server.cancel()
    await life.adapter.close()


def main() -> None:
    """Fork one life per line read."""
    share_certificates()
    say("ready")
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            # What it logs is nothing that the test reads.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            poll_process.live(lambda order=line: asyncio.run(live(json.loads(order))))
        say(process)
        _, status = os.waitpid(process, 0)
        say("ended", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
