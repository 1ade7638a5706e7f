"""Stamps: whatever a source may write is read exactly or refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_app.demo.crm.context import Clock
from portal_app.demo.crm.stamps import read_rfc3339, rfc3339


def test_it_works() -> None:
    assert rfc3339(read_rfc3339("2026-11-22T10:42:00Z")) == "2026-11-22T10:42:00.000000Z"
    assert rfc3339(read_rfc3339("2026-11-22t10:42:00.5+01:00")) == "2026-11-22T09:42:00.500000Z"
    assert rfc3339(read_rfc3339("2026-11-22T10:42:00.123456789Z")) == "2026-11-22T10:42:00.123456Z"


@given(st.datetimes())
def test_every_moment_comes_back(moment: object) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")
    assert rfc3339(read_rfc3339(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-22",
        "2026-11-22 10:42:00Z",
        "2026-11-22T10:42:00",
        "2026-13-01T00:00:00Z",
        None,
        5,
        [],
        "0001-01-01T00:00:00+01:00",
        "2026-11-22T24:61:00Z",
        "2026-11-22T10:42:00.Z",
        "٢٠٢٦-11-22T10:42:00Z",
    ],
)
def test_anything_else_is_refused_in_words(text: object) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_rfc3339(text)


def test_a_clock_never_leaves_the_calendar() -> None:
    last = read_rfc3339("9999-12-31T23:59:59Z")
    assert Clock(offset=10**12).shown(last).startswith("9999-12-31T23:59:59")
    first = read_rfc3339("0001-01-01T00:00:00Z")
    assert Clock(offset=-(10**12)).shown(first) == "0001-01-01T00:00:00.000000Z"
