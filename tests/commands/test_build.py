import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal_app.commands import build
from portal_app.commands.build import BuildFailed, build_sources, ensure_build, fingerprint

SCRIPT = "var e={PING:`https://portal.invalid/ping`,EVENT:`wss://portal.invalid/_event`};export{e as t};"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A root with a few files of each kind."""
    root = tmp_path / "root"
    for name in (
        "portal_app/settings.py",
        "portal_app/pages/dashboard/page.py",
        "portal_app/commands/run.py",
        "portal_app/demo/seed.py",
        "assets/portal.css",
        "assets/external/linked.js",
        "reflex.lock/package.json",
        "rxconfig.py",
        "requirements.txt",
        "tests/test_it.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.mark.parametrize(
    "name",
    [
        "portal_app/settings.py",
        "portal_app/pages/dashboard/page.py",
        "assets/portal.css",
        "reflex.lock/package.json",
        "rxconfig.py",
        "requirements.txt",
        "portal_app/pages/new.py",
    ],
)
def test_what_the_pages_are_made_of_asks_for_a_new_build(sources: Path, name: str) -> None:
    before = fingerprint(build_sources(sources))
    (sources / name).write_text("changed")
    assert fingerprint(build_sources(sources)) != before


@pytest.mark.parametrize(
    "name", ["portal_app/commands/run.py", "portal_app/demo/seed.py", "tests/test_it.py", "assets/external/linked.js"]
)
def test_what_they_are_not_made_of_does_not(sources: Path, name: str) -> None:
    before = fingerprint(build_sources(sources))
    (sources / name).write_text("changed")
    assert fingerprint(build_sources(sources)) == before


def test_staging_follows_the_sources_and_drops_what_is_gone(sources: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    build._stage(sources, work)
    (sources / "portal_app/pages/dashboard/page.py").unlink()
    (sources / "rxconfig.py").write_text("changed")
    name = build._stage(sources, work)
    assert name == fingerprint(build_sources(sources))
    assert not (work / "portal_app/pages/dashboard/page.py").exists()
    assert (work / "rxconfig.py").read_text() == "changed"
    assert not (work / "portal_app/demo").exists()


def made_by_reflex(web: Path, script: str = SCRIPT) -> None:
    """Write what Reflex leaves behind, as far as publishing looks at it."""
    client = web / "work" / ".web" / "build" / "client"
    (client / "assets").mkdir(parents=True)
    (client / "assets" / "reflex-env-x.js").write_text(script)
    (web / "work" / ".web" / "backend").mkdir()
    (web / "builds").mkdir()


def test_a_build_appears_whole_under_its_name(tmp_path: Path) -> None:
    made_by_reflex(tmp_path)
    finished = build._publish(tmp_path, "abc")
    assert finished == tmp_path / "builds" / "abc"
    assert "location.origin" in (finished / "build" / "client" / "assets" / "reflex-env-x.js").read_text()
    assert [path.name for path in (tmp_path / "builds").iterdir()] == ["abc"]


def test_a_build_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    made_by_reflex(tmp_path)
    (tmp_path / "work/.web/build/client/index.html").write_text("https://portal.invalid/")
    with pytest.raises(BuildFailed, match=r"index\.html"):
        build._publish(tmp_path, "abc")
    assert list((tmp_path / "builds").iterdir()) == []


def test_only_the_builds_used_last_are_kept(tmp_path: Path) -> None:
    for number in range(build.KEPT_BUILDS + 3):
        (tmp_path / "builds" / str(number)).mkdir(parents=True)
        os.utime(tmp_path / "builds" / str(number), (number, number))
    build._forget_old_builds(tmp_path, keep=tmp_path / "builds" / "0")
    kept = {path.name for path in (tmp_path / "builds").iterdir()}
    assert kept == {"0", *(str(3 + number) for number in range(build.KEPT_BUILDS))}


def test_sources_that_do_not_compile_give_the_reason_and_no_build(sources: Path, tmp_path: Path) -> None:
    shutil.copy(build.ROOT / "rxconfig.py", sources / "rxconfig.py")
    web = tmp_path / "web"
    with pytest.raises(BuildFailed, match=r"could not be built. The whole output is in .*build\.log"):
        ensure_build(web, sources)
    assert not (web / "builds").exists()


def test_settings_of_this_installation_do_not_reach_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CRM_TOKEN", "secret-of-a-real-portal")
    monkeypatch.setenv("REFLEX_API_URL", "http://elsewhere")
    environment = build._build_environment(tmp_path, tmp_path)
    assert "secret-of-a-real-portal" not in environment.values()
    assert "REFLEX_API_URL" not in environment
    assert environment["PORTAL_ENV_FILE"] == os.devnull


def test_the_node_of_the_environment_comes_first() -> None:
    environment = {**os.environ, **build.node_environment()}
    answer = subprocess.run(["node", "--version"], env=environment, capture_output=True, text=True, check=True)
    assert Path(shutil.which("node", path=build.node_environment()["PATH"]) or "").parent == Path(sys.executable).parent
    assert int(answer.stdout.strip().removeprefix("v").split(".")[0]) >= 22


def test_the_real_build_is_reused_and_holds_no_address() -> None:
    web = ensure_build()
    assert ensure_build() == web
    scripts = list((web / "build" / "client" / "assets").glob("reflex-env-*.js"))
    assert len(scripts) == 1
    assert "location.origin" in scripts[0].read_text()
