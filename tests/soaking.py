"""How often a property is tried: usually a few times, many times under `portal soak`.

A test that uses `runs` carries the marker `soak`.
"""

import os

# Set by `portal soak`: how many times the usual number of runs, and what the dice start from.
TIMES = "PORTAL_TEST_TIMES"
SEED = "PORTAL_TEST_SEED"


def runs(usual: int, most: int | None = None) -> int:
    """Return how many runs to make where `usual` are made in the ordinary tests, at most `most` when soaking."""
    wanted = usual * int(os.environ.get(TIMES, "1"))
    return wanted if most is None else min(wanted, most)


def seed() -> int:
    """Return what the dice start from; the same in every ordinary run, so that a failure can be had again."""
    return int(os.environ.get(SEED, "20261122"))
