"""The outbox as the office sees it: lists, masks, and what one may do with a row in each state."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Outbox
from portal_app.services import mails, outbox, outbox_hooks, outbox_office
from portal_app.services.actors import Actor, Staff
from portal_app.services.business import Look
from portal_app.services.mails import Mail
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.rights import StaffRole
from tests.services import people

TOKEN = "Zx9_-" * 9
ACTS: list[Callable[[Session, Actor, str], None]] = [
    outbox_office.retry,
    outbox_office.finish_by_hand,
    outbox_office.withdraw,
]


def staff(role: StaffRole = StaffRole.OWNER) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff(f"{role}@example.com", role)))
    assert isinstance(actor, Staff)
    return actor


@pytest.fixture
def owner(database_file: Path) -> Staff:
    people.make_business()
    return staff()


def a_mail(mail: Mail = Mail.CODE, state: str = "office", **values: Any) -> Outbox:
    with transaction() as session:
        row = mails.queue(
            session, mail, "kim@example.com", {"minutes": 10}, secrets={"code": "123456", "path": f"/l/{TOKEN}"}
        )
        row.state = state
        for name, value in values.items():
            setattr(row, name, value)
        return row


def a_command(subject: str = "contact:1", state: str = "office") -> Outbox:
    with transaction() as session:
        payload = {"base": {"name": "A"}, "change": {"name": "B", "phones": [{"kind": "home", "number": "1"}]}}
        row = outbox.put(session, "contact-changes", subject, payload)
        row.state = state
        return row


def act(how: Callable[[Session, Actor, str], None], actor: Actor, row: Outbox) -> Outbox:
    with transaction() as session:
        how(session, actor, row.public_id)
    return again(row)


def again(row: Outbox) -> Outbox:
    with reading() as session:
        found = session.get_one(Outbox, row.id)
        session.expunge(found)
        return found


def listed(actor: Actor, show: str = "open", before: str = "") -> outbox_office.OutboxPage:
    with reading() as session:
        return outbox_office.page(session, actor, show=show, before=before)


def test_each_filter_shows_its_own(owner: Staff) -> None:
    rows = {state: a_mail(state=state) for state in ("pending", "sending", "office", "dead", "done", "withdrawn")}

    def shown(show: str) -> set[str]:
        return {item.state for item in listed(owner, show).items}

    assert shown("open") == {"pending", "sending", "office", "dead"}
    assert shown("waiting") == {"pending", "sending"}
    assert shown("needs") == {"office", "dead"}
    assert shown("left") == {"done", "withdrawn"}
    assert shown("nonsense") == shown("open")
    page = listed(owner)
    assert (page.waiting, page.needs, page.mail_set, page.crm_stopped) == (2, 2, False, False)
    assert rows["office"].public_id in {item.public_id for item in page.items}


def test_pages_follow_each_other_without_gap_or_double(owner: Staff) -> None:
    wanted = [a_mail(state="done" if number % 2 else "withdrawn").public_id for number in range(120)]
    seen: list[str] = []
    before = ""
    while True:
        page = listed(owner, "left", before)
        assert len(page.items) <= outbox_office.PAGE
        seen += [item.public_id for item in page.items]
        before = page.older
        if not before:
            break
    assert seen == wanted[::-1]
    assert listed(owner, "left", "nobody").items[0].public_id == wanted[-1]


@pytest.mark.parametrize("mail", Mail)
def test_a_mail_is_read_without_its_code_and_link(owner: Staff, mail: Mail) -> None:
    row = a_mail(mail)
    with reading() as session:
        seen = outbox_office.read(session, owner, row.public_id, Look(name="Bell"))
    assert "123456" not in repr(seen)
    assert "123 456" not in repr(seen)
    assert TOKEN not in repr(seen)
    assert seen.item.to == "kim@example.com"
    assert seen.subject
    assert seen.text


def test_a_command_is_read_as_what_changes(owner: Staff) -> None:
    row = a_command()
    with reading() as session:
        seen = outbox_office.read(session, owner, row.public_id, Look())
    assert seen.fields == (("Name", "A → B"), ("Phones", "nothing → home, 1"))


def test_retry_lets_it_leave_with_all_its_tries(owner: Staff) -> None:
    row = act(outbox_office.retry, owner, a_mail(attempts=12, next_at=clock.now() + timedelta(days=1)))
    assert (row.state, row.attempts) == ("pending", 0)
    assert row.next_at <= clock.now()
    assert row.sealed
    command = act(outbox_office.retry, owner, a_command(state="dead"))
    assert command.state == "pending"
    assert people.kinds(lambda kind: kind.startswith("outbox.")) == ["outbox.retried"] * 2


def test_what_has_lost_its_code_or_is_too_old_is_not_sent_again(owner: Staff) -> None:
    for row in (
        a_mail(state="dead", sealed=""),
        a_mail(created_at=clock.now() - timedelta(minutes=11)),
    ):
        with pytest.raises(Invalid, match="send a new one"):
            act(outbox_office.retry, owner, row)
        [item] = [each for each in listed(owner).items if each.public_id == row.public_id]
        assert not item.may_retry


def test_done_by_hand_and_withdrawn_tell_those_who_listen(owner: Staff) -> None:
    heard: list[Outcome] = []
    outbox_hooks.on_outcome("contact-changes", hook := lambda _session, _row, outcome: heard.append(outcome))
    try:
        done = act(outbox_office.finish_by_hand, owner, a_command())
        gone = act(outbox_office.withdraw, owner, a_command("contact:2", "pending"))
    finally:
        outbox_hooks._hooks["contact-changes"].remove(hook)
    assert (done.state, done.done_by, gone.state) == ("done", owner.member_id, "withdrawn")
    assert [(each.state, each.by_hand) for each in heard] == [("done", True), ("withdrawn", False)]
    assert next(item for item in listed(owner, "left").items if item.public_id == done.public_id).done_by == "owner"


def test_a_withdrawn_mail_holds_no_secret_any_more(owner: Staff) -> None:
    assert act(outbox_office.withdraw, owner, a_mail()).sealed == ""
    with pytest.raises(Invalid, match="by hand"):
        act(outbox_office.finish_by_hand, owner, a_mail())


@pytest.mark.parametrize("how", ACTS)
@pytest.mark.parametrize("state", ["sending", "done", "withdrawn"])
def test_what_is_under_way_or_over_is_left_alone(owner: Staff, how: Any, state: str) -> None:
    row = a_command(state=state)
    with pytest.raises(Invalid):
        act(how, owner, row)
    assert again(row).state == state


def test_a_row_behind_an_undecided_one_says_so(owner: Staff) -> None:
    first, second, other = a_command(), a_command(state="pending"), a_command("contact:2", "pending")
    blocked = {item.public_id: item.blocked for item in listed(owner).items}
    assert blocked == {first.public_id: False, second.public_id: True, other.public_id: False}


@pytest.mark.parametrize("how", ACTS)
def test_only_those_who_may(owner: Staff, how: Any) -> None:
    row = a_command()
    reader = staff(StaffRole.READER)
    customer = people.actor_of(people.start_session(people.make_customer("kim@example.com")))
    assert customer is not None
    assert listed(reader).items
    for actor in (reader, customer):
        with pytest.raises(NotAllowed):
            act(how, actor, row)
    with pytest.raises(NotAllowed):
        listed(customer)
    with pytest.raises(NotAllowed), reading() as session:
        outbox_office.read(session, customer, row.public_id, Look())
    with pytest.raises(NotFound), transaction() as session:
        how(session, owner, "nobody")


def test_every_query_has_an_index(owner: Staff) -> None:
    plans = {
        "SELECT id FROM outbox WHERE state = 'done' AND id < 9 ORDER BY id DESC LIMIT 51": "ix_outbox_state_id",
        "SELECT id FROM outbox WHERE (state = 'pending' AND next_at <= 9) OR (state = 'sending' AND lease_until <= 9)"
        " ORDER BY next_at, id LIMIT 5": "ix_outbox_state_next_at",
        "SELECT 1 FROM outbox WHERE subject = 'a' AND id < 9 AND state IN ('pending', 'dead')": "ix_outbox_subject_id",
    }
    with reading() as session:
        for statement, index in plans.items():
            plan = " ".join(str(row) for row in session.connection().execute(text(f"EXPLAIN QUERY PLAN {statement}")))
            assert index in plan, plan
            assert "SCAN outbox'" not in plan
