"""Which allocations an invoice's balance shows, when the CRM may apply what it is told at once, later or never.

Each allocation knows the balance as it was read last before it was written. A balance read by then may show what was
written earlier, although its answer had not come: what it shows is not looked for again in what has moved since.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import sub

from portal_app.models import Allocation

_Rows = Sequence[Allocation]
# By row, by how much each has moved a balance; by row, which others the balance before it shows.
_Shown = dict[int, int]
_Within = Mapping[int, Collection[int]]


@dataclass(slots=True)
class Seen:
    """What a balance read back shows: rows that it shows, told ones that it does not, and balances before others."""

    shown: list[int]
    hidden: list[Allocation]
    balances_before: dict[int, int]


def look(rows: _Rows, told: _Rows, balance_minor: int) -> Seen:
    """Hold what the CRM was `told` of an invoice, out of all `rows` not booked yet, against a balance read back.

    Both oldest first, as the CRM is told.
    """
    within = _within(rows, told)
    final = {_id(row): row.amount_minor for row in told if is_final(row)}
    waiting = [row for row in told if not is_final(row)]
    newest = max((_id(row) for row in told), default=0)
    unheard = [row for row in rows if _id(row) > newest and row.balance_before_minor is not None]
    shown = _hold(waiting, balance_minor, final, within, unheard)
    hidden = [row for row in waiting if _id(row) not in shown]
    # What these wait for is yet to come; what is told next may be in the balance already.
    balances = {_id(row): balance_minor for row in hidden}
    for row in rows:
        if _id(row) not in shown and _id(row) not in balances and row.balance_before_minor is not None:
            balances[_id(row)] = row.balance_before_minor - _since(row, shown, within)
    return Seen(list(shown), hidden, balances)


def is_final(row: Allocation) -> bool:
    """Return whether nothing has to be seen of an allocation: somebody has entered it, or it moves no balance."""
    return row.by_hand or row.balance_before_minor is None


def _within(rows: _Rows, told: _Rows) -> _Within:
    """Return by row which of those told the balance before it shows.

    Between two rows with the same balance nothing is taken to have happened; what was seen once stays seen.
    """
    within: dict[int, Collection[int]] = {}
    contained: _Shown = {}
    earlier: list[Allocation] = []
    candidates, last = {_id(row) for row in told}, None
    for row in rows:
        before = row.balance_before_minor
        if before is None:
            within[_id(row)] = ()
            continue
        if last is not None and before != last:
            contained = _hold([one for one in earlier if _id(one) not in contained], before, contained, within)
        within[_id(row)], last = frozenset(contained), before
        if _id(row) in candidates:
            earlier.append(row)
    return within


def _hold(waiting: _Rows, balance_minor: int, already: _Shown, within: _Within, unheard: _Rows = ()) -> _Shown:
    """Return what a balance shows beside what it shows `already`; it may show of the `unheard` whose answers are lost.

    Those count only where they bring it to what it is to the cent, and nothing else does.
    """
    shown = dict(already)
    exact = None
    if waiting:
        moved_to = balance_minor + _since(waiting[0], already, within)
        exact = _exactly(waiting, moved_to)
        if exact is None:
            exact = _exactly([*waiting, *unheard], moved_to)
    exact = exact or 0
    shown.update((_id(row), row.amount_minor) for row in waiting[:exact])
    for row in waiting[exact:]:
        moved = (row.balance_before_minor or 0) - balance_minor - _since(row, shown, within)
        if _is_shown(row.amount_minor, moved, balance_minor):
            shown[_id(row)] = min(row.amount_minor, moved) if moved > 0 else max(row.amount_minor, moved)
    return shown


def _since(row: Allocation, shown: _Shown, within: _Within) -> int:
    """Return by how much of what is shown the balance has moved since it was what it was before a row."""
    return sum(amount for other, amount in shown.items() if other not in within[_id(row)])


def _exactly(waiting: _Rows, balance_minor: int) -> int | None:
    """Return how many of the oldest bring the balance from what it was to what it is, to the cent; as many as can.

    None where no number does. What came and went meanwhile is among them, although the balance never was seen to move.
    """
    balances = accumulate((row.amount_minor for row in waiting), sub, initial=waiting[0].balance_before_minor or 0)
    return max((count for count, balance in enumerate(balances) if balance == balance_minor), default=None)


def _is_shown(amount_minor: int, moved: int, balance_minor: int) -> bool:
    """Return whether a balance that went down by `moved` has an amount in it.

    Most of it is enough: a CRM may round, or somebody may have changed the invoice at the same time.
    """
    if amount_minor < 0:
        return 2 * moved <= amount_minor
    return 2 * moved >= amount_minor or (moved > 0 and balance_minor == 0)


def _id(row: Allocation) -> int:
    return row.id or 0
