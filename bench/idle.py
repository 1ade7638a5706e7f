"""The idle poll: what a pass costs that finds nothing."""

from pathlib import Path
from typing import Any

from bench.processes import environment, inside, running_crm
from bench.report import Row, milliseconds, times
from bench.stage import Stage
from portal_app.commands.processes import say

GOAL_SECONDS = 0.050


def measure(stage: Stage) -> list[Row]:
    """Poll the large CRM and the tiny one, in both of which nothing changes."""
    assert stage.first_import
    assert stage.tiny_import
    say("  polling while nothing changes …")
    large = _idle(stage, stage.crm_file)
    tiny = _idle(stage, stage.tiny_crm_file)
    return [
        Row(
            "Idle poll, CPU of a pass",
            f"≤ {milliseconds(GOAL_SECONDS)}",
            f"{milliseconds(large['cpu'])} ({milliseconds(tiny['cpu'])} on the tiny database)",
            milliseconds(large["floor_cpu"]),
            times(large["cpu"], large["floor_cpu"]),
            large["cpu"] <= GOAL_SECONDS,
            f"median of {stage.sizes.passes} passes after the large import; CPU of the process, threads included. "
            f"The floor is the same {large['requests']} requests made by httpx alone and their answers parsed.",
        ),
        Row(
            "Idle poll, SQL statements of a pass",
            "independent of size",
            _statements(large),
            f"{_statements(tiny)} on the tiny database",
            "",
            large["statements"] == tiny["statements"],
            "the same passes; the tiny database has ten customers.",
        ),
    ]


def _idle(stage: Stage, crm_file: Path) -> dict[str, Any]:
    with running_crm(crm_file.parent, crm_file) as crm:
        found = inside("idle_pass", str(stage.sizes.passes), env=environment(crm_file.parent / "data", crm))
    if found["changed"]:
        raise RuntimeError(f"An idle pass changed {found['changed']} records.")
    return found


def _statements(found: dict[str, Any]) -> str:
    return " to ".join(str(count) for count in sorted({found["statements"][0], found["statements"][-1]}))
