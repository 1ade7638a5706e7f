"""Which allocations a balance shows, by the balance that was known before each of them."""

import random
from collections.abc import Sequence

import pytest

from portal_app import clock
from portal_app.models import Allocation
from portal_app.services import balance_seen
from tests.services.balance_histories import History
from tests.soaking import runs, seed

# Amount, the balance before it, and whether somebody entered it by hand.
Told = tuple[int, int | None, bool]


def rows(told: Sequence[Told]) -> list[Allocation]:
    return [
        Allocation(
            id=number,
            payment_id=1,
            invoice_id=1,
            amount_minor=amount,
            cause="payment",
            told_at=clock.now(),
            balance_before_minor=before,
            by_hand=by_hand,
        )
        for number, (amount, before, by_hand) in enumerate(told, start=1)
    ]


def shown(told: Sequence[Told], balance: int) -> list[int]:
    found = rows(told)
    return sorted(balance_seen.look(found, found, balance).shown)


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize(("balance", "expected"), [(200, [1]), (100, [1, 2]), (101, [1, 2]), (199, [1])])
def test_a_second_payment_begins_at_the_balance_that_shows_the_first(by_hand: bool, balance: int, expected: list[int]):
    assert shown([(100, 300, by_hand), (100, 200, False)], balance) == expected


@pytest.mark.parametrize(("balance", "expected"), [(300, [1]), (100, [1, 2])])
def test_a_payment_begins_at_the_balance_that_shows_what_went_back(balance: int, expected: list[int]):
    assert shown([(-100, 200, False), (200, 300, False)], balance) == expected


@pytest.mark.parametrize(("balance", "expected"), [(300, [1]), (200, [1, 2])])
def test_one_entered_by_hand_after_the_second_began_is_taken_off_it(balance: int, expected: list[int]):
    assert shown([(100, 400, True), (100, 400, False)], balance) == expected


def test_another_change_between_two_payments_is_not_taken_for_the_first():
    assert shown([(60, 100, False), (40, 105, False)], 45) == [1]
    assert shown([(60, 100, False), (40, 105, False)], 5) == [1, 2]


def test_what_came_and_went_while_nothing_was_read_is_looked_for_still():
    together = [(60, 100, False), (-60, 100, False), (40, 100, False)]
    assert shown(together, 40) == [1]
    assert shown(together, 100) == [1, 2]
    assert shown(together, 60) == [1, 2, 3]


def test_what_was_seen_once_stays_seen_when_the_balance_comes_back():
    each = [(60, 100, False), (-60, 40, False), (40, 100, False)]
    assert shown(each, 100) == [1, 2]
    assert shown(each, 60) == [1, 2, 3]


def test_what_moves_no_balance_is_shown_by_any():
    assert shown([(-40, None, False), (40, None, False), (100, 300, False)], 300) == [1, 2]


def test_what_moves_no_balance_changes_nothing_for_one_that_is_not_told():
    found = rows([(100, 300, False), (-40, None, False), (40, None, False), (-70, 300, False)])
    seen = balance_seen.look(found, found[:3], 200)
    assert (seen.shown, seen.balances_before) == ([1, 2, 3], {4: 200})


def test_only_what_is_not_in_the_balance_before_a_row_is_taken_off_it():
    """Three are told; a fourth began before any was applied, a fifth when the first had been."""
    found = rows([(100, 1000, False), (100, 1000, False), (50, 1000, False), (70, 1000, False), (80, 900, False)])
    seen = balance_seen.look(found, found[:3], 800)
    assert sorted(seen.shown) == [1, 2]
    assert [row.id for row in seen.hidden] == [3]
    assert seen.balances_before == {3: 800, 4: 800, 5: 800}


@pytest.mark.parametrize(
    ("told", "unheard", "balance"),
    [
        ((-19000, 70000, False), (20800, 70000, False), 68200),
        ((22000, 100000, False), (-15700, 78000, False), 93700),
    ],
)
def test_one_that_was_applied_is_seen_although_the_next_hides_it_whose_answer_is_lost(
    told: Told, unheard: Told, balance: int
):
    found = rows([told, unheard])
    assert balance_seen.look(found, found[:1], balance).shown == [1]
    left = found[1]
    left.balance_before_minor = balance_seen.look(found, found[:1], balance).balances_before[2]
    assert balance_seen.look([left], [left], balance).shown == [2]


def test_one_that_is_not_heard_of_explains_nothing_where_nothing_has_moved():
    found = rows([(60, 100, False), (-60, 100, False)])
    seen = balance_seen.look(found, found[:1], 100)
    assert (seen.shown, seen.balances_before) == ([], {1: 100, 2: 100})


@pytest.mark.soak
@pytest.mark.timeout(runs(60))
def test_a_history_ends_with_what_is_owed():
    """What cannot be told is only whether payments and what went back, the same to the cent, came to pass at all."""
    count = runs(400, 4000)
    found = [lived(f"{seed()} {number}") for number in range(count)]
    print(f"histories of a balance, seed {seed()}, {count} runs")  # noqa: T201 - what `portal soak` is read for
    wrong = [one for one in found if one.shown() != one.debt()]
    assert ["\n".join(one.said) for one in wrong if not one.guessed] == []
    assert len(wrong) <= count / 100


@pytest.mark.soak
@pytest.mark.timeout(runs(60))
def test_a_history_with_credit_notes_ends_with_what_is_owed():
    count = runs(200, 2000)
    found = [lived(f"{seed()} {number}", credit_notes=True) for number in range(count)]
    assert ["\n".join(one.said) for one in found if one.shown() != one.debt() and not one.guessed] == []
    assert all(row.booked_at for one in found for row in one.rows if row.cause == "credit_note")


@pytest.mark.parametrize("dice", ["x 267", "x 497", "x 562", "x 1491"])
def test_a_history_that_once_ended_wrong_ends_right(dice: str):
    one = lived(dice)
    assert one.shown() == one.debt(), "\n".join(one.said)
    assert all(row.booked_at for row in one.rows)


@pytest.mark.soak
@pytest.mark.timeout(runs(60))
def test_where_the_office_changes_the_invoice_at_the_same_time_few_are_left_to_it():
    count = runs(400, 4000)
    found = [lived(f"{seed()} {number}", edits=True) for number in range(count)]
    left = [one for one in found if any(row.booked_at is None for row in one.rows)]
    assert [one for one in found if one.shown() != one.debt() and one not in left] == []
    assert len(left) <= count / 10


def lived(dice: str, *, edits: bool = False, credit_notes: bool = False) -> History:
    """Return a history that has come to rest."""
    one = History(random.Random(dice), edits, credit_notes)
    one.live()
    return one


def test_many_that_were_entered_by_hand_are_all_shown():
    assert shown([(100, 3000, True)] * 24, 600) == list(range(1, 25))
    assert shown([(100, 3000, True)] * 24, 601) == list(range(1, 25))
