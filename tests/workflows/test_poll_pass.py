"""The portal ends equal to the CRM, whatever happens on the way."""

import errno
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from portal_app.database import reading, transaction
from portal_app.demo.crm import volume
from portal_app.models import (
    Activity,
    CrmConnection,
    CrmCursor,
    Invoice,
    Job,
    Quote,
    Technician,
    Visit,
    VisitStatusChange,
)
from portal_app.services import crm_cursors, crm_refused
from portal_app.settings import get_settings
from portal_app.workflows import crm_photos
from tests.workflows.compare import differences, repeated_activity
from tests.workflows.conftest import Portal, rows


def kinds(after: int = 0) -> list[str]:
    with reading() as session:
        return list(session.exec(select(Activity.kind).where(col(Activity.id) > after).order_by(col(Activity.id))))


def newest_activity() -> int:
    with reading() as session:
        return session.exec(select(Activity.id).order_by(col(Activity.id).desc()).limit(1)).first() or 0


def cursor_of(stream: str) -> CrmCursor:
    return rows(select(CrmCursor).where(CrmCursor.stream == stream))[0]


async def test_it_works(portal: Portal) -> None:
    result = await portal.poll()
    assert result.complete, result.sentence()
    assert differences(portal.crm.store) == []
    assert kinds().count("crm.imported") == 10
    assert not [kind for kind in kinds() if kind.startswith(("visit.", "invoice.", "customer."))]


async def test_a_second_pass_changes_nothing(portal: Portal) -> None:
    await portal.poll()
    before = newest_activity()
    result = await portal.poll()
    assert result.complete
    assert sum(stream.changed for stream in result.streams) == 0
    assert kinds(before) == []


async def test_travel_updates_stand_oldest_first_however_the_crm_tells_them(portal: Portal) -> None:
    visit = next(key for key, fields in portal.crm.store.all("visits") if fields["status"] == "scheduled")
    said = [{"at": f"2026-11-22T{hour}:00:00Z", "text": hour} for hour in ("10", "08", "09")]
    portal.crm.patch("visits", visit, travel_updates=said)
    await portal.poll()
    (row,) = rows(select(Visit).where(Visit.external_id == visit))
    assert [update["text"] for update in row.travel_updates] == ["08", "09", "10"]
    assert differences(portal.crm.store) == []


async def test_a_visit_moves_along(portal: Portal) -> None:
    await portal.poll()
    before = newest_activity()
    visit = next(key for key, fields in portal.crm.store.all("visits") if fields["status"] == "scheduled")
    people = [key for key, _ in portal.crm.store.all("technicians")][:2]
    portal.crm.patch("visits", visit, status="on_the_way", technician_ids=people[:1])
    await portal.poll()
    portal.crm.patch("visits", visit, technician_ids=people[::-1])
    portal.crm.patch("visits", visit, status="in_progress")
    portal.crm.patch("visits", visit, status="completed")
    await portal.poll()
    assert differences(portal.crm.store) == []
    row = rows(select(Visit).where(Visit.external_id == visit))[0]
    of_visit = select(VisitStatusChange).where(VisitStatusChange.visit_id == row.id)
    steps = rows(of_visit.order_by(col(VisitStatusChange.id)))
    events = rows(select(Activity).where(col(Activity.id) > before).order_by(col(Activity.id)))
    assert [(step.was, step.status) for step in steps] == [
        ("", "scheduled"),
        ("scheduled", "on_the_way"),
        ("on_the_way", "in_progress"),
        ("in_progress", "completed"),
    ]
    known = {row.id: row.external_id for row in rows(select(Technician))}
    who = [[known[one] for one in step.technician_ids or ()] for step in steps]
    assert who[1:] == [people[:1], people[::-1], people[::-1]]
    assert [event.kind for event in events] == ["visit.changed", "visit.changed"]
    assert events[0].customer_id == row.customer_id
    assert (events[0].facts["was"], events[0].facts["status"]) == ("scheduled", "on_the_way")
    assert (events[1].facts["was"], events[1].facts["status"]) == ("on_the_way", "completed")


async def test_what_the_office_hides_stays_hidden_whatever_the_crm_says(portal: Portal) -> None:
    await portal.poll()
    hidden_at = datetime(2026, 11, 20, tzinfo=UTC)
    streams = {"jobs": Job, "quotes": Quote, "invoices": Invoice}
    chosen = {stream: portal.crm.store.all(stream)[0][0] for stream in streams}
    with transaction() as session:
        for stream, table in streams.items():
            session.exec(select(table).where(table.external_id == chosen[stream])).one().hidden_at = hidden_at

    def found() -> set[tuple[str, datetime | None, bool]]:
        return {
            (row.title, row.hidden_at, row.deleted_at is None)
            for stream, table in streams.items()
            for row in rows(select(table).where(table.external_id == chosen[stream]))
        }

    for stream, key in chosen.items():
        portal.crm.patch(stream, key, title="Said anew")
    await portal.poll()
    assert found() == {("Said anew", hidden_at, True)}
    portal.crm.delete("quotes", chosen["quotes"])
    await portal.poll()
    portal.crm.patch("quotes", chosen["quotes"], title="Said anew")
    await portal.poll()
    assert {one[:2] for one in found()} == {("Said anew", hidden_at)}


async def test_deletions_mark_and_a_return_restores(portal: Portal) -> None:
    await portal.poll()
    before = newest_activity()
    invoice, fields = portal.crm.store.all("invoices")[0]
    portal.crm.delete("invoices", invoice)
    await portal.poll()
    assert differences(portal.crm.store) == []
    portal.crm.post("invoices", external_id=invoice, **fields)
    await portal.poll()
    assert differences(portal.crm.store) == []
    assert kinds(before) == ["invoice.deleted", "invoice.restored"]


async def test_five_hundred_records_with_one_stamp(small: Portal) -> None:
    await small.poll()
    stamp = datetime.now(UTC).replace(microsecond=0)
    records = [
        {"external_id": f"same_{n:03}", "updated_at": stamp.isoformat(), "name": f"Same {n}", "active": True}
        for n in range(500)
    ]
    small.crm.store.put_many("customers", [record | {"kind": "person"} for record in records])
    await small.poll()
    assert differences(small.crm.store) == []
    small.crm.store.put_many("customers", [records[0] | {"kind": "company"}])
    await small.poll()
    assert differences(small.crm.store) == []


async def test_a_row_that_appears_late_inside_the_overlap_is_found(small: Portal) -> None:
    small.crm.patch("customers", "cus_v000001", name="Newest of all")
    await small.poll()
    late = datetime.now(UTC) - timedelta(seconds=100)
    small.crm.patch("customers", "cus_v000002", name="Written slowly", updated_at=late.isoformat())
    small.crm.post("customers", external_id="cus_late", kind="person", name="Late", updated_at=late.isoformat())
    await small.poll()
    assert differences(small.crm.store) == []


async def test_a_failed_or_empty_run_does_not_move_the_cursor(small: Portal) -> None:
    await small.poll()
    since = cursor_of("visits").since
    assert since is not None
    await small.poll()
    assert cursor_of("visits").since == since
    small.crm.patch("visits", "vis_v000001", work_summary="Changed")
    small.crm.fault(kind="status", status=500, stream="visits")
    result = await small.poll()
    assert [stream.stream for stream in result.streams if stream.error] == ["visits"]
    assert cursor_of("visits").since == since
    assert "500" in cursor_of("visits").last_error
    assert len(result.streams) == 10
    await small.poll()
    moved = cursor_of("visits").since
    assert moved is not None
    assert moved > since
    assert cursor_of("visits").last_error == ""
    assert differences(small.crm.store) == []


async def test_a_stale_row_is_ignored(small: Portal) -> None:
    small.crm.patch("customers", "cus_v000001", name="New")
    await small.poll()
    old = datetime.now(UTC) - timedelta(seconds=60)
    small.crm.patch("customers", "cus_v000001", name="Old", updated_at=old.isoformat())
    await small.poll()
    with reading() as session:
        names = session.connection().execute(text("SELECT name FROM customer WHERE external_id = 'cus_v000001'"))
        assert names.scalar() == "New"


async def test_seconds_cut_stamps(small: Portal) -> None:
    small.crm.fault(kind="seconds")
    await small.poll()
    for turn in range(4):
        small.crm.patch("customers", "cus_v000003", name=f"Turn {turn}")
        await small.poll()
    assert differences(small.crm.store, whole_seconds=True) == []


@pytest.mark.parametrize("offset", [600, -600])
async def test_a_clock_ten_minutes_off_and_set_right_again(small: Portal, offset: int) -> None:
    await small.poll()
    small.crm.fault(kind="clock", offset=offset)
    small.crm.patch("visits", "vis_v000001", work_summary="While wrong")
    await small.poll()
    small.crm.patch("visits", "vis_v000002", work_summary="While wrong too")
    await small.poll()
    assert differences(small.crm.store, clock_offset=timedelta(seconds=offset))[:3] == _only_stamps(small, offset)
    small.crm.clear_faults()
    small.crm.patch("visits", "vis_v000001", work_summary="Set right")
    small.crm.patch("jobs", "job_v000001", title="Set right")
    await small.poll()
    small.crm.patch("visits", "vis_v000002", work_summary="Set right")
    await small.poll()
    visits = rows(select(Visit).where(Visit.work_summary == "Set right"))
    jobs = rows(select(Job).where(Job.title == "Set right"))
    assert len(visits) == 2
    assert len(jobs) == 1
    assert [line for line in differences(small.crm.store) if "its stamp" not in line] == []
    assert repeated_activity() == []


def _only_stamps(portal: Portal, offset: int) -> list[str]:
    """Stamps of records that did not come again are as they were; nothing else may differ."""
    found = differences(portal.crm.store, clock_offset=timedelta(seconds=offset))
    assert [line for line in found if "its stamp" not in line] == []
    return found[:3]


async def test_one_record_stamped_in_the_future_hides_nothing(small: Portal) -> None:
    ahead = datetime.now(UTC) + timedelta(days=400)
    small.crm.patch("customers", "cus_v000001", name="From the future", updated_at=ahead.isoformat())
    await small.poll()
    small.crm.patch("customers", "cus_v000002", name="From today")
    await small.poll()
    small.crm.patch("customers", "cus_v000001", name="Back again")
    await small.poll()
    assert differences(small.crm.store) == []


async def test_a_refused_page_cursor_starts_the_walk_afresh(small: Portal) -> None:
    await small.poll()
    with transaction() as session:
        row = session.exec(select(CrmCursor).where(CrmCursor.stream == "visits")).one()
        row.page_cursor, row.walk_since, row.max_seen = "worn-out", row.since, row.since
    small.crm.patch("visits", "vis_v000001", work_summary="Changed")
    result = await small.poll()
    assert result.complete
    assert differences(small.crm.store) == []


async def test_an_unfinished_walk_is_gone_on_with(small: Portal) -> None:
    small.crm.store.put_many(
        "customers",
        [{"external_id": f"more_{n:05}", "kind": "person", "name": f"More {n}", "active": True} for n in range(1200)],
    )
    small.crm.fault(kind="status", status=500, stream="customers", after=1)
    result = await small.poll()
    assert [stream.stream for stream in result.streams if stream.error][:1] == ["customers"]
    stands = cursor_of("customers")
    assert stands.page_cursor is not None
    assert stands.since is None
    assert stands.rows_read == 500
    await small.poll_until_quiet()
    assert cursor_of("customers").rows_read == 1240
    assert differences(small.crm.store) == []
    assert repeated_activity() == []


async def test_a_refused_token_stops_the_connection_with_one_alarm(small: Portal) -> None:
    small.crm.fault(kind="status", status=401, times=2)
    assert (await small.poll()).stopped
    assert (await small.poll()).stopped
    row = rows(select(CrmConnection))[0]
    assert row.state == "stopped"
    assert "token" in row.last_error
    assert kinds().count("crm.stopped") == 1


async def test_retry_after_is_kept(small: Portal) -> None:
    await small.poll()
    small.crm.fault(kind="status", status=429, retry_after=7, stream="jobs")
    before = datetime.now(UTC)
    result = await small.poll()
    assert result.retry_after == 7
    assert [stream.stream for stream in result.streams][-1] == "jobs"
    not_before = rows(select(CrmConnection))[0].not_before
    assert not_before is not None
    assert timedelta(seconds=6) < not_before - before < timedelta(seconds=9)
    await small.poll()
    assert differences(small.crm.store) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop", "times": 3},
        {"kind": "drop_after", "times": 3},
        {"kind": "half", "times": 3},
        {"kind": "status", "status": 500, "times": 3},
        {"kind": "status", "status": 503, "times": 2, "retry_after": 0},
        {"kind": "status", "status": 429, "times": 3},
        {"kind": "slow", "delay": 0.05, "trickle": 0.1, "times": 5},
        {"kind": "random", "p": 0.3, "seed": 5, "delay": 0.01, "retry_after": 0},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
async def test_trouble_on_the_line_ends_equal(small: Portal, fault: dict[str, object]) -> None:
    small.crm.fault(method="GET", **fault)
    await small.poll()
    small.crm.patch("visits", "vis_v000007", work_summary="Changed meanwhile")
    small.crm.delete("invoices", "inv_v000007")
    await small.poll()
    small.crm.clear_faults()
    await small.poll_until_quiet()
    assert differences(small.crm.store) == []
    assert repeated_activity() == []


async def test_down_for_a_while(small: Portal) -> None:
    await small.poll()
    small.crm.stop()
    small.crm.store.put_many("customers", [{"external_id": "cus_new", "kind": "person", "name": "While down"}])
    for _ in range(3):
        result = await small.poll()
        assert result.failed
        assert result.error == "The CRM cannot be reached."
    assert rows(select(CrmConnection))[0].consecutive_failures == 3
    small.crm.start()
    assert (await small.poll()).complete
    assert rows(select(CrmConnection))[0].consecutive_failures == 0
    assert differences(small.crm.store) == []


async def test_photos_are_our_own_copies(portal: Portal) -> None:
    await portal.poll()
    technicians = rows(select(Technician).where(Technician.photo_url != ""))
    assert len(technicians) == 3
    for technician in technicians:
        assert technician.photo_error == ""
        copy = get_settings().data_dir / "files" / f"{technician.photo_hash}.webp"
        assert copy.read_bytes()[8:12] == b"WEBP"
    assert [path.suffix for path in (get_settings().data_dir / "files").iterdir()] == [".webp"] * 3


async def test_a_bad_photo_keeps_the_old_one_and_says_why(portal: Portal) -> None:
    await portal.poll()
    key, _ = next((key, one) for key, one in portal.crm.store.all("technicians") if one["photo_url"])
    old = rows(select(Technician).where(Technician.external_id == key))[0]
    portal.crm.patch("technicians", key, photo_url="http://169.254.169.254/latest/meta-data")
    assert (await portal.poll()).complete
    new = rows(select(Technician).where(Technician.external_id == key))[0]
    assert new.photo_hash == old.photo_hash
    assert "not a host" in new.photo_error


async def test_a_photo_that_our_own_disk_does_not_take_is_tried_again_and_stops_nothing(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/portal/files")

    with monkeypatch.context() as patch:
        patch.setattr(crm_photos.tempfile, "mkstemp", full)
        assert (await portal.poll()).complete
    waiting = rows(select(Technician).where(Technician.photo_url != ""))
    assert all("/srv" not in one.photo_error and one.photo_error and one.photo_try_at for one in waiting)
    with transaction() as session:
        crm_refused.ask_again(session, portal.connection_id)
    assert (await portal.poll()).complete
    assert all(
        one.photo_hash and not one.photo_error for one in rows(select(Technician).where(Technician.photo_url != ""))
    )


async def test_reading_everything_again_believes_what_it_reads(small: Portal) -> None:
    await small.poll()
    with transaction() as session:
        crm_cursors.read_everything_again(session, small.connection_id)
    old = datetime.now(UTC) - timedelta(days=30 * 365)
    small.crm.patch("customers", "cus_v000001", name="Older stamp", updated_at=old.isoformat())
    await small.poll()
    assert differences(small.crm.store) == []
    assert not cursor_of("customers").rereading


async def test_records_of_different_streams_may_share_an_id(bare: Portal) -> None:
    key = volume.fill_customer(bare.crm.store, jobs=3, email="one@example.com")
    result = await bare.poll()
    assert [stream.set_aside for stream in result.streams] == [0] * len(result.streams)
    visit, job = (rows(select(table).where(table.external_id == f"{key}_000001"))[0] for table in (Visit, Job))
    assert visit.job_id == job.id
    assert differences(bare.crm.store) == []
