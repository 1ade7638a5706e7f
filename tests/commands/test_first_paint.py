import gzip
from pathlib import Path

import brotli
import pytest

from portal_app.commands.first_paint import NoModules, let_modules_wait

PAGE = '<head><link rel="modulepreload" href="/a.js"/><link href="/a.css" rel="stylesheet"/></head>'


@pytest.fixture
def client(tmp_path: Path) -> Path:
    page = tmp_path / "jobs" / "one.html"
    page.parent.mkdir()
    page.write_text(PAGE)
    page.with_name("one.html.gz").write_bytes(b"old")
    page.with_name("one.html.br").write_bytes(b"old")
    return tmp_path


def test_modules_wait_for_what_is_painted_first_in_every_copy_of_a_page(client: Path) -> None:
    let_modules_wait(client)
    page = client / "jobs" / "one.html"
    wanted = PAGE.replace('<link rel="modulepreload"', '<link fetchpriority="low" rel="modulepreload"')
    assert page.read_text() == wanted
    assert gzip.decompress(page.with_name("one.html.gz").read_bytes()).decode() == wanted
    assert brotli.decompress(page.with_name("one.html.br").read_bytes()).decode() == wanted


def test_no_copy_is_made_of_a_page_that_has_none(client: Path) -> None:
    (client / "jobs" / "one.html.br").unlink()
    let_modules_wait(client)
    assert sorted(path.name for path in (client / "jobs").iterdir()) == ["one.html", "one.html.gz"]


def test_doing_it_again_changes_nothing(client: Path) -> None:
    let_modules_wait(client)
    before = (client / "jobs" / "one.html").read_bytes()
    let_modules_wait(client)
    assert (client / "jobs" / "one.html").read_bytes() == before


def test_a_page_that_names_its_modules_otherwise_stops_the_build(client: Path) -> None:
    (client / "new.html").write_text("<head></head>")
    with pytest.raises(NoModules, match=r"new\.html"):
        let_modules_wait(client)
