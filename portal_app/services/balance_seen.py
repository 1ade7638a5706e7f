"""Which allocations an invoice's balance shows, when the CRM may apply what it is told at once, later or never.

Each allocation knows the balance as it was read last before it was written. So there are readings, up to that of now,
and what is looked for is the story that explains them best: which allocations each of them shows. What one has shown,
the next ones show as well. What no allocation explains is a change that the office has made at the CRM.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from portal_app.models import Allocation

_Rows = Sequence[Allocation]
_Set = frozenset[int]
# Of more allocations at once only the first ones, in the order in which the CRM is told, are tried.
_MOST_TRIED = 8
_NOTHING: _Set = frozenset()


@dataclass(slots=True)
class Seen:
    """What a balance read back shows: rows that it shows, told ones that it does not, and balances before others."""

    shown: list[int]
    hidden: list[Allocation]
    balances_before: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Story:
    """Which rows each reading shows, the last one that of now, and how the readings differ from that.

    `changes` is how often they do, `unlike` by how much together, `rounded` the same where a CRM lets no balance fall
    below zero; `last` is by how much that of now does.
    """

    shows: tuple[_Set, ...]
    changes: int = 0
    unlike: int = 0
    rounded: int = 0
    last: int = 0

    @property
    def now(self) -> _Set:
        """The rows that the balance of now shows."""
        return self.shows[-1]


def look(rows: _Rows, told: _Rows, balance_minor: int) -> Seen:
    """Hold what the CRM was `told` of an invoice, out of all `rows` not booked yet, against a balance read back.

    Both oldest first, as the CRM is told.
    """
    moving = [row for row in rows if row.balance_before_minor is not None]
    still = {_id(row) for row in told if row.balance_before_minor is None}
    ids_told = {_id(row) for row in told}
    readings = _readings(moving, balance_minor)
    story = _best(moving, ids_told, readings)
    moved = story.now & ids_told
    shown = still | moved
    unheard = story.now - ids_told
    amounts = {_id(row): row.amount_minor for row in moving}
    untouched = balance_minor + _sum(amounts, unheard)
    before: dict[int, int] = {}
    for row in moving:
        # What is told and not shown is yet to come. Of others the answer may be lost: what they were before counts.
        if _id(row) in ids_told or _id(row) in unheard:
            before[_id(row)] = untouched
        else:
            shows = next(story.shows[at] for at, reading in enumerate(readings) if _id(row) in reading.of)
            since = _sum(amounts, moved - shows) - _sum(amounts, shows - moved)
            before[_id(row)] = (row.balance_before_minor or 0) - since
    hidden = [row for row in told if _id(row) not in shown]
    return Seen(sorted(shown), hidden, {row_id: value for row_id, value in before.items() if row_id not in shown})


def is_final(row: Allocation) -> bool:
    """Return whether nothing has to be seen of an allocation: somebody has entered it, or it moves no balance."""
    return row.by_hand or row.balance_before_minor is None


@dataclass(frozen=True, slots=True)
class _Reading:
    """A balance as it was read, the rows that were written upon it (`of`), and all that were there before (`after`)."""

    balance: int
    of: _Set
    after: _Set


def _readings(moving: _Rows, balance_minor: int) -> list[_Reading]:
    """Return the readings, that of now last; between two of the same balance nothing is taken to have happened."""
    found: list[_Reading] = []
    there: _Set = _NOTHING
    for row in moving:
        if found and found[-1].balance == row.balance_before_minor:
            found[-1] = _Reading(found[-1].balance, found[-1].of | {_id(row)}, found[-1].after)
        else:
            found.append(_Reading(row.balance_before_minor or 0, frozenset({_id(row)}), there))
        there |= {_id(row)}
    return [*found, _Reading(balance_minor, _NOTHING, there)]


def _best(moving: _Rows, told: Iterable[int], readings: list[_Reading]) -> _Story:
    """Return the story that explains the readings best.

    It is the one with the fewest changes that nothing explains to the cent, of those the one with the fewest lost
    answers, then one with the first ones rather than others and with as many as can be. Where the reading of now is
    not explained, it is as many of the first ones as leave least of it: a CRM may round, or somebody may have changed
    the invoice at the same time.
    """
    heard = [row for row in moving if _id(row) in told]
    lost = frozenset(_id(row) for row in moving if _id(row) not in told)
    final = frozenset(_id(row) for row in heard if is_final(row))
    found: list[_Story] = []
    for rows in (heard, moving):
        stories = _stories(_some_of(rows), moving, readings, final, lambda one: (one.changes, one.unlike))
        found.append(
            min(
                stories,
                key=lambda one: (one.changes, len(one.now & lost), _skipped(heard, one.now), one.unlike, -len(one.now)),
            )
        )
    best = min(found, key=lambda one: one.changes)
    if not best.last:
        return best
    first_ones, entered = ([row for row in heard if is_final(row) is one] for one in (False, True))
    sets = {first | by_hand for first in _first_of(first_ones) for by_hand in _some_of(entered)}
    stories = _stories(sets, moving, readings, final, lambda one: (one.rounded, one.unlike))
    return min(stories, key=lambda one: (one.rounded, one.unlike, -len(one.now)))


def _stories(
    sets: Iterable[_Set],
    moving: _Rows,
    readings: list[_Reading],
    final: _Set,
    cost: Callable[[_Story], tuple[int, ...]],
) -> list[_Story]:
    """Return for each set that the last reading may show the story up to it that costs least."""
    amounts = {_id(row): row.amount_minor for row in moving}
    sums = {some: _sum(amounts, some) for some in sets}
    best = {_NOTHING: _Story((_NOTHING,))}
    for earlier, later in pairwise(readings):
        further: dict[_Set, _Story] = {}
        for shows, story in best.items():
            for wider, sum_ in sums.items():
                if not shows <= wider <= later.after:
                    continue
                one = _told_on(story, wider, earlier.balance - sum_ + sums[shows], earlier.balance, later.balance)
                if wider not in further or cost(one) < cost(further[wider]):
                    further[wider] = one
        best = further
    return [story for shows, story in best.items() if final <= shows]


def _told_on(story: _Story, shows: _Set, came: int, before: int, read: int) -> _Story:
    """Return a story with one more reading, which shows so much, ought to have `come` to something, and was `read`."""
    last, floor = abs(read - came), min(before, 0)
    return _Story(
        (*story.shows, shows),
        story.changes + (last > 0),
        story.unlike + last,
        story.rounded + abs(read - max(came, floor)),
        last,
    )


def _some_of(rows: _Rows) -> list[_Set]:
    """Return the sets of rows that are tried."""
    if len(rows) > _MOST_TRIED:
        return _first_of(rows)
    ids = [_id(row) for row in rows]
    return [frozenset(some) for count in range(len(ids) + 1) for some in combinations(ids, count)]


def _first_of(rows: _Rows) -> list[_Set]:
    return [frozenset(_id(row) for row in rows[:count]) for count in range(len(rows) + 1)]


def _skipped(rows: _Rows, shown: _Set) -> int:
    """Return how many rows are not shown although a later one is."""
    last = max((at for at, row in enumerate(rows) if _id(row) in shown), default=-1)
    return sum(_id(row) not in shown for row in rows[:last])


def _sum(amounts: dict[int, int], ids: Iterable[int]) -> int:
    return sum(amounts[row_id] for row_id in ids)


def _id(row: Allocation) -> int:
    return row.id or 0
