"""Whether a job has a finished visit is noted with each page of the CRM's records, whatever becomes of its visits."""

from typing import Any

from sqlmodel import select

from portal_app.models import Job
from tests.workflows.compare import wrongly_visited
from tests.workflows.conftest import Portal, rows

COMPLETED = {"status": "completed", "completed_at": "2026-11-20T10:00:00Z"}


def visited(key: str) -> bool:
    (job,) = rows(select(Job).where(Job.external_id == key))
    return job.visited


async def test_it_works(portal: Portal) -> None:
    await portal.poll_until_quiet()
    assert wrongly_visited() == []
    assert (visited("job_3101"), visited("job_3136")) == (True, False)
    changes: list[tuple[str, str, dict[str, Any], dict[str, bool]]] = [
        ("visits", "vis_4108", COMPLETED, {"job_3136": True}),
        ("visits", "vis_4108", {"job_id": "job_3139"}, {"job_3136": False, "job_3139": True}),
        ("visits", "vis_4108", {"status": "canceled", "completed_at": None}, {"job_3139": False}),
        ("visits", "vis_4108", COMPLETED, {"job_3139": True}),
        # The CRM moves a job to another customer before its visits, and then these.
        ("jobs", "job_3139", {"customer_id": "cus_1002"}, {"job_3139": False}),
        ("visits", "vis_4108", {"customer_id": "cus_1002"}, {"job_3139": True}),
    ]
    for stream, key, fields, expected in changes:
        portal.crm.patch(stream, key, **fields)
        await portal.poll_until_quiet()
        assert {job: visited(job) for job in expected} == expected, fields
        assert wrongly_visited() == []
    portal.crm.client.delete("/v1/visits/vis_4108")
    await portal.poll_until_quiet()
    assert not visited("job_3139")
    assert wrongly_visited() == []
