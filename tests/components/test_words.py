"""Amounts and hours as people read them."""

import pytest

from portal_app.components.words import Words
from portal_app.money import Money
from tests.pages.facts import NOW, UK, at, pounds, visit


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (pounds(180), pounds(240), "£180.00 to £240.00"),
        (pounds(240), pounds(180), "£180.00 to £240.00"),
        (pounds(180), pounds(180), "£180.00"),
        (pounds(180), None, "From £180.00"),
        (None, pounds(240), "Up to £240.00"),
        (pounds(0), None, "From £0.00"),
        (None, None, ""),
    ],
)
def test_a_price_that_is_known_in_part_says_so(low: Money | None, high: Money | None, said: str):
    assert Words(UK, NOW).price_range(low, high) == said


def test_a_window_of_several_days_names_whole_times():
    long = visit(start=at(8), window_end=at(12, days=4))
    assert Words(UK, NOW).span(long) == "between 08:00 on 26 Nov and 12:00 on 30 Nov"
