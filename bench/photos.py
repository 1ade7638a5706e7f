"""Photos: how long the sizes of one take, in how much memory, and how free the event loop stays meanwhile."""

from typing import Any

from bench.processes import environment, inside
from bench.report import Row, megabytes, milliseconds, percentile, times
from bench.stage import Stage
from portal_app.commands.processes import say

GOAL_BYTES = 300e6
GOAL_LATE = 0.050


def measure(stage: Stage) -> list[Row]:
    """Keep photos of 12 megapixels, each another one, in a process that has the whole portal imported."""
    count, folder = stage.sizes.photos, stage.folder / "photos"
    folder.mkdir()
    say("  keeping photos …")
    env = environment(folder)
    inside("make_photos", str(folder), "draw", env=env)
    found: dict[str, Any] = inside("make_photos", str(folder), str(count), env=env)
    half, floor = percentile(found["taken"], 0.5), percentile(found["floor"], 0.5)
    late, usual = percentile(found["late"], 0.99), percentile(found["late"], 0.5)
    return [
        Row(
            f"Memory while {count} photos of 12 megapixels are kept",
            f"≤ {megabytes(GOAL_BYTES)}",
            megabytes(found["peak"]),
            f"{megabytes(found['before'])} before the first",
            times(found["peak"], found["before"]),
            found["peak"] <= GOAL_BYTES,
            "the most the process ever had resident, the whole portal imported: each photo is read, turned upright, "
            "written anew in three sizes and put into its folder, one after the other in the one thread for it.",
        ),
        Row(
            "How late the event loop is meanwhile, p99",
            f"≤ {milliseconds(GOAL_LATE)}",
            milliseconds(late),
            f"{milliseconds(usual)} the median",
            times(late, usual),
            late <= GOAL_LATE,
            "the loop that hands the photos to that thread sleeps for 5 ms again and again, and notes how much later "
            "it wakes up.",
        ),
        Row(
            "Keeping one such photo, p50",
            "–",
            milliseconds(half),
            f"{milliseconds(floor)} Pillow alone, read and written once",
            times(half, floor),
            None,
            "the same photos, until the folder with the three sizes is on the disk.",
        ),
    ]
