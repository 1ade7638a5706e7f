"""The pictures of the documentation: those that are named exist, those that exist are named, and none is heavy."""

import re

from portal_app.commands.screenshots import FOLDER, MOST_BYTES, SHOTS
from portal_app.settings import ROOT

DOCS = ROOT / "docs"
NAMED = set(re.findall(r"\(((?:mockups|screenshots)/[^)]+)\)", (DOCS / "look.md").read_text()))
THERE = {
    path.relative_to(DOCS).as_posix() for folder in ("mockups", "screenshots") for path in (DOCS / folder).iterdir()
}


def test_every_picture_that_is_named_exists_and_the_other_way_round():
    assert len(NAMED) > 20
    assert NAMED == THERE


def test_every_picture_that_the_command_takes_is_there():
    wanted = {f"{shot.name}-{width}-{scheme}.png" for shot in SHOTS for width, scheme in shot.takes}
    assert wanted <= {path.name for path in FOLDER.iterdir()}


def test_no_picture_is_heavy():
    assert [path.name for name in THERE if (path := DOCS / name).stat().st_size > MOST_BYTES] == []
