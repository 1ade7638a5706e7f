"""What was typed is set apart in what was found, whatever its letters, and nothing of a title is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_app.components.palette_views import pieces
from portal_app.services.customer_words import terms


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("Sarah Whitcombe", "whit", ["Whit"]),
        ("Sarah Whitcombe", "whit sa", ["Sa", "Whit"]),
        ("Søren Müller", "soren MULL", ["Søren", "Müll"]),
        ("INV-2291", "inv 22", ["INV", "22"]),
        ("Boiler boilers", "boiler", ["Boiler", "boiler"]),
        ("Straße 9", "strass", ["Straß"]),
        ("Leak", "eak", []),
        ("Leak", "", []),
        ("", "leak", []),
    ],
)
def test_the_letters_that_were_typed(text: str, typed: str, marked: list[str]):
    assert [piece.text for piece in pieces(text, terms(typed, "")) if piece.hit] == marked


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=5), max_size=3))
def test_the_pieces_are_the_whole_title(text: str, asked: list[str]):
    found = pieces(text, asked)
    assert "".join(piece.text for piece in found) == text
    assert found
