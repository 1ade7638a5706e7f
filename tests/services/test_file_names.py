"""Names of files lose their folders, tricks and control characters, and keep their words."""

import pytest

from portal_app.services.file_names import LONGEST, clean, one_line


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Boiler.JPG", "Boiler"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\dave\\flue outside.heic", "flue outside"),
        ("a/b/", "b"),
        ("..", "Photo"),
        (".pdf", "Photo"),
        ("", "Photo"),
        ("\0\r\n\t", "Photo"),
        ("before\r\nSet-Cookie: a=b.png", "before Set-Cookie a=b"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("zero\u200bwidth\ufeff.png", "zerowidth"),
        ('"><img src=x onerror=alert(1)>.png', "img src=x onerror=alert(1)"),
        ("Küche – größer.webp", "Küche – größer"),
        ("Cafe\u0301.png", "Caf\u00e9"),
        ("report.v2.final", "report.v2.final"),
        ("\ud800broken.png", "broken"),
        ("x" * 5000 + ".png", "x" * LONGEST),
    ],
    ids=range(17),
)
def test_it_works(given: str, shown: str):
    assert clean(given, "photo") == shown


def test_what_has_no_name_is_called_what_it_is():
    assert clean("???.pdf", "document") == "Document"


def test_captions_keep_what_people_write_on_one_line():
    assert (
        one_line(" The new\nvalve \u202e, fitted \u0007today 👩\u200d🔧 ", 100)
        == "The new valve , fitted today 👩\u200d🔧"
    )
    assert one_line("x" * 500, 300) == "x" * 300
