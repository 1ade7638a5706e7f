"""Text from outside as it can be set."""

from fontTools.ttLib import TTFont

from portal_app.integrations.paper.letters import FONTS, has_glyph, plain, printable, printable_lines
from portal_app.integrations.paper.logo import as_drawing
from tests.integrations.paper.samples import DRAWING
from tests.pictures import bitmap


def test_it_works():
    assert printable("  Sarah\t Whitcombe \n") == "Sarah Whitcombe"
    assert printable_lines("One\r\n\n two ") == ["One", "two"]


def test_the_list_of_letters_is_that_of_the_fonts():
    have: set[int] = set()
    for file in FONTS.glob("*.ttf"):
        with TTFont(file) as font:
            have |= set(font.getBestCmap() or ())
    listed = {code for code in range(0x110000) if has_glyph(chr(code))}
    assert listed == have


def test_what_cannot_be_seen_is_left_out():
    assert printable("a\x00b\x07c\u202ed\u2066e\ufeff") == "abcde"


def test_long_words_may_be_broken():
    assert printable("x" * 60) == "\u200b".join(["x" * 28, "x" * 28, "x" * 4])
    assert printable("x" * 20, longest=8).count("\u200b") == 2


def test_plain_letters_are_kept():
    assert plain("Zoë 王 😀 x\u0301") == "Zoë 王 □ x□"


def test_a_logo_fits_the_head():
    drawing, width, height = as_drawing(DRAWING)
    assert (drawing, width, height) == (DRAWING.decode(), 58.0, 14.5)
    drawing, width, height = as_drawing(bitmap(size=(300, 300)))
    assert (width, height) == (15.0, 15.0)
    assert drawing.startswith("<svg")
    assert as_drawing(b"nothing of the kind") == ("", 0.0, 0.0)
