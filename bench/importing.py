"""The first import: how fast, and how much memory."""

from bench.processes import environment, inside, running_crm
from bench.report import Row, megabytes, times
from bench.stage import Stage
from portal_app.commands.processes import say

GOAL_PER_SECOND = 2_500
GOAL_BYTES = 400_000_000


def measure(stage: Stage) -> list[Row]:
    """Import the large CRM, then walk it plainly."""
    went = stage.first_import
    say("  walking it plainly …")
    with running_crm(stage.crm_file.parent, stage.crm_file) as crm:
        file = str(stage.folder / "plain.db")
        plain = inside("plain_walk", crm.url, crm.token, file, env=environment(stage.folder / "none"))
    speed, least = went["records"] / went["seconds"], plain["records"] / plain["seconds"]
    cpu = f"{went['cpu'] / went['records'] * 1e6:.0f} µs of CPU a record"
    plain_cpu = f"{plain['cpu'] / plain['records'] * 1e6:.0f} µs"
    return [
        Row(
            f"First import of {went['records']:,} records",
            f"≥ {GOAL_PER_SECOND:,} records/s",
            f"{speed:,.0f} records/s ({cpu})",
            f"{least:,.0f} records/s ({plain_cpu})",
            times(speed, least),
            speed >= GOAL_PER_SECOND,
            _how_fast(stage),
        ),
        Row(
            "Memory of that import",
            f"< {megabytes(GOAL_BYTES)}",
            megabytes(went["peak"]),
            megabytes(plain["peak"]),
            times(went["peak"], plain["peak"]),
            went["peak"] < GOAL_BYTES,
            "the most the importing process ever had resident, beside the same of the plain walk.",
        ),
    ]


def _how_fast(stage: Stage) -> str:
    sizes = stage.sizes
    return (
        f"{sizes.customers:,} customers each with a contact and a location, {sizes.visits:,} visits of "
        f"{sizes.visits // 2:,} jobs, {sizes.invoices:,} invoices with lines, and one customer of "
        f"{sizes.large_jobs:,} jobs, served by the reference CRM in a process of its own and read by one pass of the "
        "poller, as `portal sync-now` runs it, into an empty database in another. The floor walks the same pages over "
        "HTTP, parses the JSON and puts each raw record into one plain SQLite table, one commit a page."
    )
