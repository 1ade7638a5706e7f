"""Any sequence of edits, deletions, polls and faults ends with the portal equal to the CRM."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal_app import database
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.soaking import runs, seed
from tests.workflows.compare import differences, repeated_activity, wrongly_visited
from tests.workflows.conftest import Portal, connect

EXAMPLES = runs(12)
KEYS = st.integers(0, 3)
STATUSES = st.sampled_from(["scheduled", "on_the_way", "in_progress", "on_hold", "completed", "canceled"])
MONEY = st.integers(0, 10**6).map(lambda minor: {"amount_minor": minor, "currency": "GBP"})

ACTS = st.one_of(
    st.tuples(st.just("customer"), KEYS, st.text(max_size=10, min_size=1)),
    st.tuples(st.just("job"), KEYS, KEYS),
    st.tuples(st.just("visit"), KEYS, KEYS, STATUSES, st.lists(KEYS, max_size=2, unique=True)),
    st.tuples(st.just("invoice"), KEYS, KEYS, st.lists(MONEY, max_size=3)),
    st.tuples(st.just("technician"), KEYS, st.text(max_size=10, min_size=1)),
    st.tuples(st.just("delete"), st.sampled_from(["customers", "jobs", "visits", "invoices", "technicians"]), KEYS),
    st.tuples(st.just("fault"), st.sampled_from(["drop", "half", "status"]), st.integers(0, 12)),
    st.tuples(st.just("poll")),
)


class Office:
    """Carries out what hypothesis thought up, in the CRM."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.crm = portal.crm

    def do(self, act: tuple[Any, ...]) -> None:
        """Carry out one act."""
        name, *rest = act
        if name == "poll":
            asyncio.run(self.portal.poll())
        else:
            getattr(self, name)(*rest)

    def _put(self, stream: str, key: str, **fields: Any) -> None:
        self.crm.store.put_many(stream, [{"external_id": key, **fields}])

    def customer(self, key: int, name: str) -> None:
        self._put("customers", f"cus_{key}", kind="person", name=name)

    def technician(self, key: int, name: str) -> None:
        self._put("technicians", f"tec_{key}", name=name)

    def job(self, key: int, customer: int) -> None:
        self._put(
            "jobs",
            f"job_{key}",
            customer_id=f"cus_{customer}",
            title="Work",
            status="open",
            created_at="2026-11-01T10:00:00Z",
        )

    def visit(self, key: int, job: int, status: str, technicians: list[int]) -> None:
        stamps = {
            "on_the_way": "on_the_way_at",
            "in_progress": "started_at",
            "on_hold": "on_hold_at",
            "completed": "completed_at",
            "canceled": "canceled_at",
        }
        given = {stamps[status]: "2026-11-22T10:00:00Z"} if status in stamps else {}
        self._put(
            "visits",
            f"vis_{key}",
            job_id=f"job_{job}",
            customer_id=f"cus_{key}",
            status=status,
            technician_ids=[f"tec_{one}" for one in technicians],
            **given,
        )

    def invoice(self, key: int, customer: int, totals: list[dict[str, Any]]) -> None:
        lines = [
            {"id": f"l{n}", "name": "Line", "quantity": "1", "tax_rate": "20", "total": total}
            for n, total in enumerate(totals)
        ]
        whole = {"amount_minor": sum(total["amount_minor"] for total in totals), "currency": "GBP"}
        self._put(
            "invoices",
            f"inv_{key}",
            customer_id=f"cus_{customer}",
            number=str(key),
            status="open",
            lines=lines,
            subtotal=whole,
            total=whole,
            balance=whole,
        )

    def delete(self, stream: str, key: int) -> None:
        self.crm.client.delete(f"/v1/{stream}/{stream[:3]}_{key}")

    def fault(self, kind: str, after: int) -> None:
        self.crm.fault(kind=kind, after=after, method="GET")

    def settle(self) -> None:
        """End the trouble, and give everybody living parents: a child of one never seen alive can only wait."""
        self.crm.clear_faults()
        for key in range(4):
            for stream, act in (("customers", self.customer), ("technicians", self.technician)):
                if self.crm.store.fields(stream, f"{stream[:3]}_{key}") is None:
                    act(key, "Late parent")
            if self.crm.store.fields("jobs", f"job_{key}") is None:
                self.job(key, key)
        asyncio.run(self.portal.poll_until_quiet())


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.timeout(runs(300))
def test_any_order_ends_equal(migrated_file: Path) -> None:
    @hypothesis.seed(seed())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.lists(ACTS, min_size=5, max_size=40))
    def run(acts: list[tuple[Any, ...]]) -> None:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setenv("PORTAL_DATA_DIR", folder)
            patch.chdir(folder)
            forget_settings()
            (Path(folder) / "portal.db").write_bytes(migrated_file.read_bytes())
            try:
                with RunningCrm(Path(folder), seed=False) as crm:
                    office = Office(connect(crm, patch))
                    for act in acts:
                        office.do(act)
                    office.settle()
                    assert differences(crm.store) == []
                    assert repeated_activity() == []
                    assert wrongly_visited() == []
            finally:
                forget_settings()

    run()
    assert database.get_engine.cache_info().currsize == 0
