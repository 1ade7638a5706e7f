"""Reads form-encoded requests and refuses what Stripe would: the SDK's typed parameters say what each request may hold.

So a parameter that is misspelt, in the wrong place, or was removed from the API fails here as it would at Stripe.
"""

import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NotRequired, Required
from urllib.parse import parse_qsl

from stripe import RequestOptions
from typing_extensions import get_type_hints, is_typeddict

from portal_app.demo.stripe.problems import Problem

# Names that the SDK imports for type checkers only.
_UNIMPORTED = {"StripeContext": str, "Mapping": Mapping}
_MOST_FIELDS = 1000
_LONGEST = 5000
_LONGEST_METADATA = 500
_METADATA_KEYS = 50


def read(encoded: str, shape: type) -> dict[str, Any]:
    """Return the parameters of a request as `shape`, a typed dictionary of the SDK, has them; raises Problem."""
    tree: dict[str, Any] = {}
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Problem(f"A request takes up to {_MOST_FIELDS} parameters.") from None
    for name, value in pairs:
        _place(tree, name, value)
    return _read_fields(tree, shape, "")


def _place(tree: dict[str, Any], name: str, value: str) -> None:
    """Put `a[b][0]=c` where it belongs."""
    first, *rest = name.split("[")
    path = [first, *(part.removesuffix("]") for part in rest)]
    for part in path[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            raise Problem(f"Invalid parameter: {name}", param=name)
        tree = below
    tree[path[-1]] = value


@cache
def _fields(shape: type) -> dict[str, Any]:
    hints = get_type_hints(shape, localns=_UNIMPORTED, include_extras=True)
    # What belongs to the request itself, such as its idempotency key, is never sent as a parameter.
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


def _read_fields(tree: dict[str, Any], shape: type, place: str) -> dict[str, Any]:
    fields = _fields(shape)
    for name in tree:
        if name not in fields:
            full = _full(place, name)
            raise Problem(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    for name, hint in fields.items():
        if typing.get_origin(hint) is not NotRequired and name not in tree:
            full = _full(place, name)
            raise Problem(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: _read(value, fields[name], _full(place, name)) for name, value in tree.items()}


def _read(value: Any, hint: Any, place: str) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (NotRequired, Required):
        return _read(value, inner[0], place)
    choices = inner if origin in (typing.Union, types.UnionType) else (hint,)
    return _read_nested(value, choices, place) if isinstance(value, dict) else _read_text(value, choices, place)


def _read_nested(tree: dict[str, Any], choices: tuple[Any, ...], place: str) -> Any:
    for choice in choices:
        origin, inner = typing.get_origin(choice), typing.get_args(choice)
        if is_typeddict(choice):
            return _read_fields(tree, choice, place)
        if origin is list:
            return _read_list(tree, inner[0], place)
        if origin is dict:
            return _read_words(tree, place)
    raise Problem(f"Invalid object: {place} takes a single value", param=place)


def _read_list(tree: dict[str, Any], hint: Any, place: str) -> list[Any]:
    if set(tree) != {str(number) for number in range(len(tree))}:
        raise Problem(f"Invalid array: {place}", param=place)
    return [_read(tree[str(number)], hint, f"{place}[{number}]") for number in range(len(tree))]


def _read_words(tree: dict[str, Any], place: str) -> dict[str, str]:
    if len(tree) > _METADATA_KEYS:
        raise Problem(f"{place} can have up to {_METADATA_KEYS} keys.", param=place)
    for name, value in tree.items():
        if not isinstance(value, str) or len(value) > _LONGEST_METADATA or len(name) > 40:
            full = _full(place, name)
            raise Problem(f"{full} must be a text of up to {_LONGEST_METADATA} characters.", param=full)
    return dict(tree)


def _read_text(value: str, choices: tuple[Any, ...], place: str) -> Any:
    """Read a single value; where the SDK lists words, no others are taken, although it allows for later ones."""
    words = [word for choice in choices if typing.get_origin(choice) is Literal for word in typing.get_args(choice)]
    if value in words:
        return value
    for choice in choices:
        if choice is bool and value in ("true", "false"):
            return value == "true"
        if choice is int and value.isascii() and value.removeprefix("-").isdecimal() and len(value) < 20:
            return int(value)
        if choice in (float, str) and not any(words):
            return _text(value, place)
    why = f"must be one of {', '.join(words[:20])}" if any(words) else "is of another kind"
    raise _invalid(value, why, place)


def _text(value: str, place: str) -> str:
    if value == "":
        raise Problem(
            f"You passed an empty string for '{place}'. We assume empty values are an attempt to unset a parameter.",
            code="parameter_invalid_empty",
            param=place,
        )
    if len(value) > _LONGEST:
        raise _invalid(value[:20] + "…", f"must have at most {_LONGEST} characters", place)
    return value


def _invalid(value: str, why: str, place: str) -> Problem:
    return Problem(f"Invalid {place}: {why}, not {value!r}", param=place)


def _full(place: str, name: str) -> str:
    return f"{place}[{name}]" if place else name
