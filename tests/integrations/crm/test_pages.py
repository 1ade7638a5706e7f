"""Reading a page: one bad record never spoils the others, and no page is better than half a one."""

import json
from typing import Any

import pytest

from portal_app.integrations.crm.errors import CrmBroken
from portal_app.integrations.crm.pages import Rejected, Tombstone, read_ids, read_page
from portal_app.integrations.crm.records import Customer

GOOD = {"external_id": "cus_1", "updated_at": "2026-11-20T10:00:00.123456789Z", "name": "Good"}


def page(*records: str, end: str = '"next_cursor":null,"server_time":"2026-11-22T10:00:00Z"') -> bytes:
    return f'{{"data":[{",".join(records)}],{end}}}'.encode()


def names(found: Any) -> list[str]:
    return [item.name for item in found.items if isinstance(item, Customer)]


def test_it_works() -> None:
    found = read_page("customers", page(json.dumps(GOOD)))
    assert names(found) == ["Good"]
    assert found.next_cursor is None
    assert found.items[0].updated_at == found.max_stamp
    assert found.max_stamp is not None
    assert found.max_stamp.microsecond == 123456


@pytest.mark.parametrize(
    "bad",
    [
        '{"external_id":"x","updated_at":"2026-11-20T10:00:00Z","name":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"external_id":"x","updated_at":"2026-11-20T10:00:00Z","name":"n","number":' + "9" * 10_000 + "}",
        '{"a": tru }',
        '{"a": "\\x"}',
    ],
    ids=["deep", "endless number", "no JSON", "bad escape"],
)
def test_what_no_parser_reads_is_cut_out(bad: str) -> None:
    found = read_page("customers", page(json.dumps(GOOD), bad, json.dumps(GOOD | {"external_id": "cus_2"})))
    assert names(found) == ["Good", "Good"]
    rejected = [item for item in found.items if isinstance(item, Rejected)]
    assert len(rejected) == 1
    assert "not JSON" in rejected[0].reason
    assert rejected[0].external_id.startswith("?")
    assert 0 < len(rejected[0].excerpt) <= 500


def test_not_a_number_is_read_where_it_does_not_matter() -> None:
    record = '{"external_id":"x","updated_at":"2026-11-20T10:00:00Z","name":"n","shoe":NaN,"big":1e999}'
    assert names(read_page("customers", page(record))) == ["n"]
    money = (
        '{"external_id":"x","updated_at":"2026-11-20T10:00:00Z","customer_id":"c","balance":{"amount_minor":NaN,'
        '"currency":"GBP"},"total":{"amount_minor":1e999,"currency":"GBP"}}'
    )
    found = read_page("invoices", page(money)).items[0]
    assert isinstance(found, Rejected)
    assert "not a whole number" in found.reason


@pytest.mark.parametrize("raw", [b'{"name": "\xed\xa0\x80"}', b'{"name": "\\uD800"}', b'{"name": "a\\u0000b"}'])
def test_what_no_database_keeps_is_replaced(raw: bytes) -> None:
    record = raw[:-1] + b', "external_id":"x", "updated_at":"2026-11-20T10:00:00Z"}'
    whole = b'{"data":[' + record + b'],"next_cursor":null}'
    kept = names(read_page("customers", whole))
    assert len(kept) == 1
    assert "\ufffd" in kept[0]
    kept[0].encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in</html>",
        b"[]",
        b"null",
        b'{"data":{},"next_cursor":null}',
        b'{"data":[]}',
        b'{"data":[],"next_cursor":7}',
        b'{"data":[],"next_cursor":""}',
        b'{"data":[{"external_id":"x"',
        b'{"data":[{"external_id":"x"}],"next',
        b'{"data":[{"external_id":"x"}],"next_cursor":null',
        page(json.dumps(GOOD))[:-30],
        b"{" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_no_page_is_said_so(body: bytes) -> None:
    with pytest.raises(CrmBroken) as caught:
        read_page("customers", body)
    assert caught.value.sentence.endswith(".")


def test_the_newest_of_an_id_counts() -> None:
    old = GOOD | {"updated_at": "2026-11-01T10:00:00Z", "name": "Old"}
    bad = GOOD | {"updated_at": "no time"}
    found = read_page("customers", page(json.dumps(GOOD), json.dumps(old), json.dumps(bad)))
    assert names(found) == ["Good"]
    gone = {"external_id": "cus_1", "updated_at": "2026-11-21T10:00:00Z", "deleted": True}
    found = read_page("customers", page(json.dumps(GOOD), json.dumps(gone)))
    assert [type(item) for item in found.items] == [Tombstone]


def test_ids() -> None:
    assert read_ids(b'{"data":["a","b"],"next_cursor":"n"}') == (["a", "b"], "n")
    with pytest.raises(CrmBroken):
        read_ids(b'{"data":[{"id":"a"}],"next_cursor":null}')
