"""A picture of the brand is whole and in use, or the one before it still is."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app.database import reading
from portal_app.errors import NotAllowed
from portal_app.models import Activity
from portal_app.services import business
from portal_app.services.actors import System
from portal_app.services.brand_pictures import SENTENCES, PictureRefused
from portal_app.services.business import Picture
from portal_app.settings import ROOT
from portal_app.workflows import brand_pictures
from tests.pictures import PLAIN_SVG, SCRIPTED, bitmap, bomb
from tests.services import people

OFFICE = System("test")
_KILLED = """
import os, sys
from pathlib import Path
from portal_app.services.actors import System
from portal_app.workflows import brand_pictures
at, picture = sys.argv[1:]
if at == "rename":
    Path.rename = lambda *_: os._exit(9)
else:
    brand_pictures._use = lambda *_: os._exit(9)
brand_pictures.save(System("test"), "logo", Path(picture).read_bytes())
"""


@pytest.fixture(autouse=True)
def its_business(database_file: Path) -> None:
    people.make_business()
    business.forget_look()


def kept() -> dict[str, Picture]:
    with reading() as session:
        return business.pictures(session)


def folders() -> set[str]:
    place = brand_pictures.folder()
    return {found.name for found in place.iterdir()} if place.is_dir() else set()


def facts() -> list[dict]:
    with reading() as session:
        rows = session.exec(select(Activity).where(Activity.kind == "business.changed").order_by(col(Activity.id)))
        return [row.facts for row in rows]


def test_it_works():
    for kind, data in (("logo", PLAIN_SVG), ("logo_dark", bitmap(size=(600, 200))), ("cover", bitmap("JPEG"))):
        brand_pictures.save(OFFICE, kind, data)
    found = kept()
    assert folders() == {picture.digest for picture in found.values()}
    assert (found["cover"].width, found["cover"].height) == (1600, 900)
    assert facts() == [{"kind": "logo"}, {"kind": "logo_dark"}, {"kind": "cover"}]
    look = business.look()
    assert (look.logo, look.logo_dark, look.cover) == (found["logo"], found["logo_dark"], found["cover"])


def test_its_version_changes_with_every_picture():
    versions = {business.look().version}
    for colour in ("blue", "green"):
        brand_pictures.save(OFFICE, "cover", bitmap(left=colour))
        versions.add(business.look().version)
    brand_pictures.remove(OFFICE, "cover")
    assert len(versions | {business.look().version}) == 3
    assert kept()["cover"] == Picture()


def test_the_same_picture_is_made_anew_once_pictures_are_made_otherwise(monkeypatch: pytest.MonkeyPatch):
    brand_pictures.save(OFFICE, "logo", PLAIN_SVG)
    before = kept()["logo"].digest
    brand_pictures.save(OFFICE, "logo", PLAIN_SVG)
    assert folders() == {before}
    monkeypatch.setattr(brand_pictures, "MAKING", brand_pictures.MAKING + 1)
    brand_pictures.save(OFFICE, "logo", PLAIN_SVG)
    assert folders() == {before, kept()["logo"].digest}
    assert kept()["logo"].digest != before


def test_another_point_in_sight():
    brand_pictures.save(OFFICE, "cover", bitmap(size=(2000, 700)))
    first = kept()["cover"]
    brand_pictures.focus(OFFICE, 90, 10)
    second = kept()["cover"]
    assert (second.focal_x, second.focal_y, second.width) == (90, 10, first.width)
    files = [(brand_pictures.folder() / digest / "cover-tall.webp").read_bytes() for digest in sorted(folders())]
    assert files[0] != files[1]
    brand_pictures.remove(OFFICE, "cover")
    with pytest.raises(PictureRefused, match="no picture to change"):
        brand_pictures.focus(OFFICE, 1, 1)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"Dear Sir or Madam", "unknown"),
        (bitmap("GIF"), "unknown"),
        (bitmap("JPEG")[:4000], "damaged"),
        (bitmap("PNG", (8000, 5100)), "pixels"),
        (bomb(), "pixels"),
        (bitmap(size=(10, 10)), "small"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + PLAIN_SVG, "drawing"),
        (b"<?xml version='1.0'?><html/>", "drawing"),
    ],
    ids=["text", "gif", "half", "40 megapixels", "bomb", "tiny", "entities", "no svg"],
)
def test_what_is_refused_leaves_the_one_before(data: bytes, word: str):
    brand_pictures.save(OFFICE, "logo", PLAIN_SVG)
    before, there = kept(), folders()
    with pytest.raises(PictureRefused) as refusal:
        brand_pictures.save(OFFICE, "logo", data)
    assert (refusal.value.word, refusal.value.sentence) == (word, SENTENCES[word])
    assert (kept(), folders()) == (before, there)


def test_a_drawing_with_script_is_kept_without_it():
    brand_pictures.save(OFFICE, "logo", SCRIPTED)
    drawing = (brand_pictures.folder() / kept()["logo"].digest / "logo.svg").read_text()
    assert "alert" not in drawing
    assert "evil" not in drawing


def test_people_of_the_outside_do_nothing():
    sarah = people.actor_of(people.start_session(people.make_customer("sarah@example.com")))
    assert sarah is not None
    for act in (
        lambda: brand_pictures.save(sarah, "logo", PLAIN_SVG),
        lambda: brand_pictures.remove(sarah, "logo"),
        lambda: brand_pictures.focus(sarah, 1, 1),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert (kept(), folders()) == ({}, set())


@pytest.mark.parametrize("at", ["rename", "use"])
def test_killed_in_the_middle_the_old_one_stands(at: str, tmp_path: Path):
    brand_pictures.save(OFFICE, "logo", PLAIN_SVG)
    before, there = kept(), folders()
    new = tmp_path / "new.png"
    new.write_bytes(bitmap(size=(600, 200)))
    ran = subprocess.run([sys.executable, "-c", _KILLED, at, str(new)], cwd=ROOT, timeout=60, check=False)
    assert ran.returncode == 9
    assert kept() == before
    left = folders() - there
    assert len(left) == 1
    assert (next(iter(left)).startswith(".new-")) == (at == "rename")
    assert brand_pictures.remove_unused_files() == 0, "what may be about to be used stays for a day"
    brand_pictures.save(OFFICE, "logo", new.read_bytes())
    assert kept() != before


def test_what_no_page_shows_any_more_is_removed_a_day_later():
    for colour in ("blue", "green"):
        brand_pictures.save(OFFICE, "cover", bitmap(left=colour))
    place, used = brand_pictures.folder(), kept()["cover"].digest
    (place / "logo.svg").write_bytes(PLAIN_SVG)
    (place / "mine").mkdir()
    (place / ".new-abc").mkdir()
    assert brand_pictures.remove_unused_files() == 0
    long_ago = time.time() - 2 * brand_pictures.KEPT_SECONDS
    for found in place.iterdir():
        os.utime(found, (long_ago, long_ago))
    assert brand_pictures.remove_unused_files() == 2
    assert folders() == {used, "logo.svg", "mine"}
