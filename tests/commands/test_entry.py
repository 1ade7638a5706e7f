import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal_app import __main__ as entry
from portal_app.commands import COMMANDS

ROOT = Path(entry.__file__).resolve().parents[1]
STUB = "import sys\nprint('handed over', sys.prefix, sys.argv[1:])\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout without `.venv` whose requirements are empty and whose command line only reports."""
    root = tmp_path / "check out"
    (root / "portal_app" / "commands").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py", "commands/__init__.py"):
        shutil.copy(ROOT / "portal_app" / name, root / "portal_app" / name)
    (root / "portal_app" / "cli.py").write_text(STUB)
    (root / "requirements.txt").write_text("# nothing\n")
    (root / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return root


def portal(root: Path, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portal_app", *words],
        cwd=root,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [("--help",), ()])
def test_help_lists_every_command_and_installs_nothing(checkout: Path, words: tuple[str, ...]) -> None:
    answer = portal(checkout, *words)
    assert answer.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^ +{command.name}\s+\S", answer.stdout, re.M), command.name
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("words", [("frobnicate",), ("demo", "--port", "http"), ("demo", "--port", "65535"), ("--x",)])
def test_a_wrong_command_line_is_refused_before_anything_is_installed(checkout: Path, words: tuple[str, ...]) -> None:
    answer = portal(checkout, *words)
    assert answer.returncode == 2
    assert answer.stderr.startswith("usage: portal")
    assert "Traceback" not in answer.stderr
    assert not (checkout / ".venv").exists()


def test_first_start_makes_the_environment_and_the_second_only_hands_over(checkout: Path) -> None:
    first = portal(checkout, "demo", "--reset")
    assert first.returncode == 0, first.stderr
    assert "Making the virtual environment" in first.stdout
    assert f"handed over {checkout / '.venv'} ['demo', '--reset']" in first.stdout

    second = portal(checkout, "demo")
    assert second.stdout == f"handed over {checkout / '.venv'} ['demo']\n"

    (checkout / "requirements.txt").write_text("# changed\n")
    third = portal(checkout, "run")
    assert "Installing" in third.stdout
    assert "Making" not in third.stdout


def test_words_for_pytest_are_handed_over_as_they_are(checkout: Path) -> None:
    answer = portal(checkout, "test", "-k", "demo", "--maxfail=1", "tests/x.py")
    assert "['test', '-k', 'demo', '--maxfail=1', 'tests/x.py']" in answer.stdout


def test_a_broken_environment_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    answer = portal(checkout, "run")
    assert answer.returncode == 0, answer.stderr
    assert "handed over" in answer.stdout


def test_two_first_starts_at_once_make_one_environment(checkout: Path) -> None:
    command = [sys.executable, "-m", "portal_app", "run"]
    both = [subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Making the virtual environment" in output for output in outputs) == 1
    assert all("handed over" in output for output in outputs)


def test_no_network_is_one_sentence_and_the_next_start_tries_again(checkout: Path) -> None:
    (checkout / "requirements.txt").write_text("porchlight-needs-this==1.0\n")
    unreachable = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    for _ in range(2):
        answer = portal(checkout, "run", env=unreachable)
        assert answer.returncode == 1
        assert answer.stderr.strip() == (
            "The packages could not be fetched: there is no way to the package index from here. Check the network."
        )


def test_a_missing_venv_module_names_what_to_install(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(entry.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(entry, "PYTHON", checkout / ".venv" / "bin" / "python")
    with pytest.raises(entry.CannotStart, match=r"sudo apt-get install python3\.\d+-venv"):
        entry._make_environment()


def test_an_old_python_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry.sys, "version_info", (3, 10, 12))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        entry.main()
