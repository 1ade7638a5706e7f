"""Delivery reports taken apart: as servers write them, what is none, and what somebody made to hurt."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_app.integrations.delivery_reports import Report, is_report, read_report
from tests.integrations.reports import ID, SHAPES, TO, exchange, exim, gmail, mime, postfix

REASONS = {
    "postfix": "550 5.1.1 <kim@example.com>: Recipient address rejected: User unknown in virtual table",
    "exchange": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "gmail": "550 5.1.1 The email account that you tried to reach does not exist. Please check for typing errors. "
    "More at https://support.example/?p=NoSuchUser",
    "exim": "550 No such user here",
}
STATUS = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
RETURNED = f"Content-Type: message/rfc822\n\nMessage-ID: <{ID}>\n\nHello"


def read(raw: bytes) -> Report:
    found = read_report(raw)
    assert found is not None
    return found


def about(fields: str, returned: str = RETURNED) -> bytes:
    return mime("From: x", "Content-Type: text/plain\n\nHello", STATUS + fields, returned)


def reason(fields: str) -> str:
    return read(about(f"Final-Recipient: rfc822; {TO}\nAction: failed\n{fields}")).failures[0].reason


@pytest.mark.parametrize("server", SHAPES)
def test_it_works(server: str) -> None:
    report = read(SHAPES[server]())
    assert report.message_ids == (ID,)
    [failure] = report.failures
    assert failure.addresses == {TO}
    assert failure.reason == REASONS[server]


def test_line_ends_do_not_matter() -> None:
    assert read(postfix()) == read(postfix().replace(b"\n", b"\r\n"))


def test_a_report_that_is_cut_off_in_the_mail_it_returns() -> None:
    raw = gmail()
    assert read(raw[: raw.index(b"message/rfc822")]).message_ids == (ID,)
    raw = exchange()
    assert read(raw[: raw.index(b"text/rfc822-headers")]).message_ids == (ID,)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "", "failed-not"])
def test_what_has_not_failed_for_good_is_no_failure(action: str) -> None:
    assert read_report(postfix(action=action)) is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("Status: 5.1.1", "5.1.1 (there is no such mailbox)"),
        ("Status: 5.9.9", "5.9.9 (no reason was given)"),
        ("Status: 4.4.1\nDiagnostic-Code: X-Postfix; connect to mx.example[192.0.2.1]:25: timed out",
         "connect to mx.example[192.0.2.1]:25: timed out"),
        ("Diagnostic-Code: smtp; 554 no.", "554 no"),
        ("Diagnostic-Code: 550 unknown", "550 unknown"),
        ("Status: 5.1.1 (bad)\nDiagnostic-Code: smtp; 550 5.1.1 a\u202eb\x07c", "550 5.1.1 a b c"),
        ("Status: 5.1.1\nDiagnostic-Code: smtp; " + "x" * 5000, "x" * 199 + "…"),
    ],
)  # fmt: skip
def test_why(fields: str, told: str) -> None:
    assert reason(fields) == told


@pytest.mark.parametrize("fields", ["", "Status: new", "Diagnostic-Code: smtp; 250 fine", "Status: 2.0.0"])
def test_a_failure_without_a_status_that_says_so_is_none(fields: str) -> None:
    assert read_report(about(f"Final-Recipient: rfc822; {TO}\nAction: failed\n{fields}")) is None


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("rfc822; <Kim@Example.COM>", "kim@example.com"),
        ("kim@example.com", "kim@example.com"),
        ("rfc822;kim+2Bx@example.com", "kim+x@example.com"),
        ("utf-8; kim@bücher.example", "kim@bücher.example"),
    ],
)
def test_addresses(written: str, address: str) -> None:
    report = read(about(f"Original-Recipient: {written}\nAction: failed\nStatus: 5.1.1"))
    assert address in report.failures[0].addresses


def test_several_recipients_in_one_report() -> None:
    blocks = "\n\n".join(f"Final-Recipient: rfc822; p{n}@example.com\nAction: failed\nStatus: 5.1.1" for n in range(80))
    assert len(read(about(blocks)).failures) == 50


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_status(encoding: str) -> None:
    import base64
    import quopri

    fields = f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {TO}\nAction: failed\nStatus: 5.1.1\n".encode()
    coded = (base64.encodebytes(fields) if encoding == "base64" else quopri.encodestring(fields)).decode()
    part = f"Content-Type: message/delivery-status\nContent-Transfer-Encoding: {encoding}\n\n{coded}"
    assert read(mime("From: x", part, RETURNED)).failures[0].addresses == {TO}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: hello\n\nhello",
        b"Content-Type: text/plain\nAuto-Submitted: auto-replied\nSubject: Out of office\n\nBack on Monday",
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\n\n--x--",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno boundary",
        mime("From: x", "Content-Type: text/plain\n\nHello", RETURNED),
        about("Final-Recipient: rfc822; nobody\nAction: failed\nStatus: 5.1.1"),
        about(f"Final-Recipient: rfc822; {TO}\nAction: failed\nStatus: 5.1.1", "Content-Type: text/plain\n\nHello"),
    ],
)
def test_everything_else_is_no_report(raw: bytes) -> None:
    assert read_report(raw) is None


HEAD = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
BLOCK = HEAD + b"--b\nContent-Type: message/delivery-status\n\nA: b\n\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b"Content-Type: multipart/report; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(4000)),
        HEAD + b"--b\n\n" * 60_000,
        HEAD + b"\n--b" + b" " * 199_000 + b"x",
        BLOCK + b"A: b\n\n" * 30_000,
        BLOCK + b"\n \t" * 60_000,
        BLOCK + b"Action:" + b"\n x" * 60_000,
        BLOCK + b"Diagnostic-Code: smtp; 550 " + b"550-" * 49_000,
        b"a:b\n" * 50_000,
        b"Content-Type: multipart/report; " + b'";' * 99_000 + b"\n\n--b",
        b"Content-Type: multipart/report; " + b"boundary*0*=a;" * 14_000 + b"\n\n--b",
        b"Content-Type: multipart/report; boundary*=klingon'x'%ff%00; report-type*=klingon'x'%ff\n\n--b\n",
        b"Content-Type: multipart/report; boundary*1=x\n\n--b\n",
        HEAD + b"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n=====\n",
        HEAD + b"--b\nContent-Type: message/delivery-status; charset=klingon\n\n\xff\xfe\x00\n",
        b"\0" * 200_000,
        b"\r" * 200_000,
    ],
    ids=range(16),
)
def test_what_was_made_to_hurt_is_read_in_no_time(raw: bytes) -> None:
    began = time.process_time()
    assert read_report(raw) is None
    assert time.process_time() - began < 2


@given(st.data())
def test_a_broken_report_never_trips(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([postfix(), exchange(), gmail(), exim()])))
    for _ in range(data.draw(st.integers(1, 20))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    found = read_report(bytes(raw))
    for failure in found.failures if found else ():
        assert failure.reason.isprintable()
        assert len(failure.reason) <= 200


@given(st.text(max_size=300))
def test_any_content_type(text: str) -> None:
    assert is_report(text) in (True, False)
    assert is_report('multipart/report; boundary="x"; report-type="Delivery-Status"')
