"""Which compression an answer is sent with, and when a browser is told that it has it already."""

import brotli
import pytest
from starlette.requests import Request

from portal_app.endpoints.cached import answer_cached, encoding_for

BODY = b"a { color: red }" * 40


def ask(headers: dict[str, str], media_type: str = "text/css"):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return answer_cached(Request({"type": "http", "method": "GET", "path": "/", "headers": raw}), BODY, media_type)


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;Q=1.0, BR; q=0.4", "gzip"),
        ("gzip;q=0.2,br;q=0.3", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("*, br;q=0", "gzip"),
        ("identity, gzip;q=0.5", ""),
        ("gzip;q=, br;q=x", ""),
        ("br;q=9, gzip;q=-1", ""),
        ("br;q=nan", ""),
        ("br;level=11", ""),
        (";;;,,=;q", ""),
    ],
)
def test_the_browser_says_what_it_takes(accepted: str, sent: str):
    assert encoding_for(accepted) == sent
    answer = ask({"accept-encoding": accepted})
    assert answer.headers.get("content-encoding", "") == sent
    assert answer.headers["vary"] == "accept-encoding"


def test_each_encoding_has_a_tag_of_its_own_and_is_sent_once():
    answers = {name: ask({"accept-encoding": name}) for name in ("identity", "gzip", "br")}
    tags = {name: answer.headers["etag"] for name, answer in answers.items()}
    assert len(set(tags.values())) == 3
    assert brotli.decompress(bytes(answers["br"].body)) == BODY
    assert len(answers["br"].body) < len(answers["gzip"].body) < len(BODY)
    for name, tag in tags.items():
        for known in (tag, f"W/{tag}", f'"other", {tag}'):
            again = ask({"accept-encoding": name, "if-none-match": known})
            assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
            assert "content-encoding" not in again.headers
        for foreign in set(tags.values()) - {tag}:
            assert ask({"accept-encoding": name, "if-none-match": foreign}).status_code == 200


def test_pictures_are_sent_as_they_are():
    answer = ask({"accept-encoding": "br, gzip"}, "image/png")
    assert (bytes(answer.body), answer.headers.get("vary")) == (BODY, None)
    assert "content-encoding" not in answer.headers
