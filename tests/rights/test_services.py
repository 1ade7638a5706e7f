"""Every service that a customer's contact can reach, with every right taken away in every way."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, get_type_hints

import pytest
from sqlmodel import Session, select

from portal_app import clock, database, services
from portal_app.errors import PortalError
from portal_app.models import Job, Visit
from portal_app.services import (
    account,
    actors,
    attempts,
    booking_notes,
    contact_changes,
    dashboard,
    email_change,
    failed_tries,
    files,
    guests,
    invoice_search,
    invoices,
    job_search,
    job_visits,
    jobs,
    links,
    memberships,
    owed,
    papers,
    payable,
    payers,
    payment_history,
    payments,
    properties,
    series,
    service_requests,
    statements,
    taken_back,
    technicians,
    timeline,
    timeline_parts,
    timeline_search,
    visibility,
    visits,
)
from portal_app.services.attempts import Wanted
from portal_app.services.guests import Invited
from portal_app.services.rights import Right
from tests.rights.test_pages import WAYS
from tests.rights.world import MARKS, World, make_world, stands_in, switch_off
from tests.services import people

pytestmark = pytest.mark.usefixtures("database_file")
ZONE = "Europe/London"
Call = Callable[[Session, Any, World], Any]


def _today() -> Any:
    return clock.now().date()


def _around() -> tuple[Any, Any]:
    return clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)


def _job_row(session: Session, world: World) -> int:
    return session.exec(select(Job.id).where(Job.public_id == world.job)).one() or 0


def _visit_rows(session: Session) -> list[int]:
    return [row_id or 0 for row_id in session.exec(select(Visit.id))]


def _served(session: Session, actor: Any, public_id: str) -> Any:
    try:
        return files.get(session, actor, public_id, "large")
    except PortalError:
        return None


# What reads a customer's records for one of their people.
READS: dict[Callable[..., Any], Call] = {
    dashboard.home: lambda session, actor, _: dashboard.home(session, actor, ZONE, now=clock.now(), rows=50),
    visits.around_now: lambda session, actor, _: visits.around_now(
        session, actor, clock.now() - timedelta(hours=12), clock.now() + timedelta(hours=12)
    ),
    timeline.page: lambda session, actor, _: [
        timeline.page(session, actor, ZONE, wanted=timeline.Wanted(show)) for show in timeline.SHOWS
    ],
    timeline_parts.advice_of: lambda session, actor, _: timeline_parts.advice_of(session, actor, _visit_rows(session)),
    timeline_parts.jobs_of: lambda session, actor, world: timeline_parts.jobs_of(
        session, actor, [_job_row(session, world)]
    ),
    timeline_parts.oldest_year: lambda session, actor, _: timeline_parts.oldest_year(session, actor, ZONE),
    files.entries: lambda session, actor, _: files.entries(session, actor, ()),
    timeline.quotes_to_decide: lambda session, actor, _: timeline.quotes_to_decide(session, actor, _today(), 5),
    owed.owed: lambda session, actor, _: owed.owed(session, actor, _today()),
    jobs.page: lambda session, actor, _: [
        jobs.page(session, actor, ZONE, which="active"),
        jobs.page(session, actor, ZONE, which="past"),
    ],
    job_visits.of_job: lambda session, actor, _: [
        job_visits.of_job(session, actor, number, clock.now()) for number in range(1, 20)
    ],
    job_visits.of_jobs: lambda session, actor, _: job_visits.of_jobs(session, actor, range(1, 20), *_around()),
    jobs.get: lambda session, actor, world: jobs.get(session, actor, ZONE, world.job),
    booking_notes.of_actor: lambda session, actor, _: booking_notes.of_actor(session, actor),
    booking_notes.at_location: lambda session, actor, world: booking_notes.at_location(session, actor, world.here),
    series.of_customer: lambda session, actor, _: series.of_customer(session, actor, ZONE),
    series.get: lambda session, actor, world: series.get(session, actor, ZONE, world.plan),
    invoices.page: lambda session, actor, _: invoices.page(session, actor, which="all"),
    invoices.get: lambda session, actor, world: invoices.get(session, actor, world.invoice),
    guests.of_invoice: lambda session, actor, world: guests.of_invoice(session, actor, world.invoice),
    guests.send: lambda session, actor, world: guests.send(
        session, actor, world.invoice, Invited("A", "a@example.com")
    ),
    invoices.of_job: lambda session, actor, world: invoices.of_job(session, actor, _job_row(session, world)),
    payments.get: lambda session, actor, world: payments.get(session, actor, world.payment),
    payment_history.on_account: lambda session, actor, _: payment_history.on_account(session, actor),
    payment_history.page: lambda session, actor, _: payment_history.page(session, actor),
    attempts.may_be_paid: lambda session, actor, world: attempts.may_be_paid(session, actor, Wanted((world.invoice,))),
    payable.bundles: lambda session, actor, _: payable.bundles(session, actor, _today() + timedelta(days=30)),
    payable.picked: lambda session, actor, world: payable.picked(session, actor, [world.invoice]),
    failed_tries.latest: lambda session, actor, world: failed_tries.latest(session, actor, world.invoice),
    taken_back.of_invoice: lambda session, actor, world: taken_back.of_invoice(session, actor, world.invoice),
    papers.receipt: lambda session, actor, world: papers.receipt(session, actor, world.payment),
    papers.invoice: lambda session, actor, world: papers.invoice(session, actor, world.invoice),
    statements.get: lambda session, actor, _: statements.get(session, actor, date(2020, 1, 1), _today(), _today()),
    files.of_job: lambda session, actor, world: files.of_job(session, actor, _job_row(session, world)),
    files.page: lambda session, actor, _: [files.page(session, actor, kind) for kind in visibility.KINDS],
    files.get: lambda session, actor, world: [_served(session, actor, public_id) for public_id in world.files],
    links.of_account: lambda session, actor, _: links.of_account(session, actor),
    technicians.photo_hash: lambda session, actor, world: technicians.photo_hash(session, actor, world.photo),
}
# What a contact reaches of their own account: no right hides one's own name, addresses, browsers or memberships.
OWN: set[Callable[..., Any]] = {
    # Tries are the contact's own; what may be paid by them is asked of `may_be_paid`.
    attempts.begin,
    attempts.of_actor,
    attempts.offers,
    attempts.same_open,
    payers.get,
    # Tells nothing of an invoice: a payer's own method is refused, by what became of its debits.
    failed_tries.refuse_third,
    # The words of their own search; what is found by them is `invoices.page`'s.
    invoice_search.places,
    invoice_search.wanted,
    timeline_search.sought,
    job_search.wanted,
    account.details,
    account.devices,
    account.end_device,
    account.end_other_devices,
    account.rename,
    account.set_address,
    account.set_billing_address,
    account.set_phones,
    contact_changes.open_of_contact,
    contact_changes.propose,
    email_change.ask,
    email_change.confirm,
    email_change.give_up,
    email_change.waiting,
    # Begins with what `of_invoice` reads, and finds nothing else.
    guests.revoke,
    # What may be noted has been given out by `files.get`.
    # Tried with every right by tests of their own.
    service_requests.ask_for_quote,
    booking_notes.write,
    files.note_download,
    papers.note_download,
    properties.those_with,
    properties.row_of,
    properties.remember,
    properties.remembered,
    links.end,
    memberships.others,
    memberships.switch,
    visibility.of_customer,
}


def test_every_service_for_customers_is_named_here():
    found = set()
    for module in pkgutil.iter_modules(services.__path__):
        loaded = importlib.import_module(f"portal_app.services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and {"session", "actor"} <= set(inspect.signature(function).parameters) and _for_customers(function):
                found.add(function)
    assert found - set(READS) - OWN == set()


def _for_customers(function: Callable[..., Any]) -> bool:
    """Return whether the function takes a customer's contact, and is not one of the office's that take any actor."""
    hint = get_type_hints(function).get("actor")
    return hint is actors.Customer or (
        actors.Customer in getattr(hint, "__args__", ()) and actors.System not in getattr(hint, "__args__", ())
    )


def outcome(call: Call, actor: Any, world: World) -> str:
    """Return what a service answers as text; a refusal's sentence when it refuses."""
    with database.reading() as session:
        try:
            return repr(call(session, actor, world))
        except PortalError as refusal:
            return refusal.sentence


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("right", list(Right))
def test_without_a_right_no_service_answers_with_what_it_covers(right: Right, how: str):
    world = make_world()
    switch_off(right, how, world)
    actor = people.actor_of(people.start_session(world.person))
    for service, call in READS.items():
        answer = outcome(call, actor, world)
        leaks = [mark for mark in _raw(right) if stands_in(mark, answer)]
        assert leaks == [], service.__qualname__


def _raw(right: Right) -> list[str]:
    """Return the words of a right as services give them: money in minor units."""
    return [mark.replace(".", "") if "." in mark else mark for mark in MARKS.get(right, ())]


def test_with_all_rights_the_services_answer_with_all_of_it(each_database: str):
    world = make_world()
    actor = people.actor_of(people.start_session(world.person))
    answers = " ".join(outcome(call, actor, world) for call in READS.values())
    assert [mark for right in MARKS for mark in _raw(right) if not stands_in(mark, answers)] == []


@pytest.mark.parametrize("how", WAYS)
def test_a_technician_s_photo_goes_with_the_jobs(how: str):
    world = make_world()
    seen = people.actor_of(people.start_session(world.person))
    assert outcome(READS[technicians.photo_hash], seen, world) == repr("0" * 64)
    switch_off(Right.VIEW_JOBS, how, world)
    hidden = people.actor_of(people.start_session(world.person))
    assert "0" * 64 not in outcome(READS[technicians.photo_hash], hidden, world)


_OF_FILES = {Right.VIEW_JOBS: "Gannet", Right.DOCUMENTS: "Wigeon"}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("right", sorted(_OF_FILES))
def test_photos_go_with_the_jobs_and_documents_with_their_own_right(right: Right, how: str):
    world = make_world()
    calls = [READS[service] for service in (files.of_job, files.page, files.get)]
    for off, expected in (("nothing", set(Right) & set(_OF_FILES)), (how, set(_OF_FILES) - {right})):
        switch_off(right, off, world)
        actor = people.actor_of(people.start_session(world.person))
        for call in calls:
            answer = outcome(call, actor, world)
            assert {one for one, mark in _OF_FILES.items() if mark in answer} == expected
