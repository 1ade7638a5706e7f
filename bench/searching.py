"""Finding customers: a portal of many beside one of few."""

from typing import Any

from bench.processes import environment, inside
from bench.report import Row, milliseconds, percentile, times
from bench.stage import Stage
from portal_app.commands.processes import say

GOAL_SECONDS = 0.100
GOAL_RATIO = 1.5


def measure(stage: Stage) -> list[Row]:
    """Search both portals for the same kinds of things."""
    sizes = stage.sizes
    say("  filling and searching …")
    few = _searched(stage, sizes.few_customers)
    many = _searched(stage, sizes.many_customers)
    slow, fast = (percentile([one[0] for one in found["taken"]], 0.95) for found in (many, few))
    floor = percentile(many["floor"], 0.95)
    return [
        Row(
            f"Customers search at {sizes.many_customers:,} customers, 95 %",
            f"≤ {milliseconds(GOAL_SECONDS)}",
            milliseconds(slow),
            f"{milliseconds(floor)} bare driver",
            times(slow, floor),
            slow <= GOAL_SECONDS,
            "the service behind the office's list, each search with its page of rows (portal, balance, last seen): "
            "nothing, one letter, beginnings of names, whole names, towns, streets, postcodes, e-mail addresses, "
            "telephone numbers, customer numbers and what nobody has, with every filter. The floor reads 25 customers "
            "with a contact and a property each by their keys, with SQLite's driver alone.",
        ),
        Row(
            "The same beside a small portal",
            f"≤ {GOAL_RATIO} × that with {sizes.few_customers:,}",
            milliseconds(slow),
            f"{milliseconds(fast)} with {sizes.few_customers:,} customers",
            times(slow, fast),
            slow <= GOAL_RATIO * fast,
            "the same questions in a portal of few customers, 95th percentiles; without the socket, the gate and the "
            "browser, which cost the same in both.",
        ),
    ]


def _searched(stage: Stage, count: int) -> dict[str, Any]:
    env = environment(stage.folder / f"search-{count}")
    return inside("search_customers", str(count), str(stage.sizes.searches), env=env)
