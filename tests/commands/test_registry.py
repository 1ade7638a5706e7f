import importlib

import pytest

from portal_app.commands import COMMANDS, command_named, parse


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_is_carried_out_by_a_module_of_its_name(command) -> None:
    assert callable(importlib.import_module(command.module).main)


def test_options_are_read() -> None:
    arguments = parse(["demo", "--port", "9000", "--reset"])
    assert (arguments.command, arguments.port, arguments.reset, arguments.rest) == ("demo", 9000, True, [])


def test_words_behind_test_belong_to_pytest() -> None:
    assert parse(["test", "--lf", "-x"]).rest == ["--lf", "-x"]


def test_abbreviations_are_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["demo", "--res"])
    assert "unrecognized arguments: --res" in capsys.readouterr().err


def test_an_unknown_command_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        command_named("frobnicate")
