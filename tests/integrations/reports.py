"""Delivery reports in the shapes in which mail servers write them."""

from collections.abc import Callable

TO = "kim@example.com"
ID = "AbCdEf_-12345678@portal.hartley.example"


def mime(outer: str, *parts: str, boundary: str = "=_edge/1") -> bytes:
    """Return a multipart/report of these parts, each with its headers."""
    kind = f'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="{boundary}"\n'
    body = "".join(f"--{boundary}\n{part.strip()}\n\n" for part in parts)
    return f"{outer.strip()}\nMIME-Version: 1.0\n{kind}\nThis is a MIME message.\n\n{body}--{boundary}--\n".encode()


def postfix(message_id: str = ID, to: str = TO, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """Return Postfix's, with the mail that came back whole."""
    return mime(
        "Return-Path: <>\nFrom: MAILER-DAEMON@relay.example (Mail Delivery System)\nAuto-Submitted: auto-replied\n"
        "Subject: Undelivered Mail Returned to Sender\nTo: portal@hartley.example",
        "Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\nIt did not arrive.",
        "Content-Description: Delivery report\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; relay.example\nX-Postfix-Queue-ID: 4XyZ\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0000\n\n"
        f"Final-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: {action}\nStatus: {status}\n"
        "Remote-MTA: dns; mx.example.com\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User\n    unknown in virtual table",
        "Content-Description: Undelivered Message\nContent-Type: message/rfc822\n\n"
        f"Return-Path: <portal@hartley.example>\nFrom: Hartley <portal@hartley.example>\nTo: {to}\n"
        f"Subject: Your code\nMessage-ID: <{message_id}>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="inner"\n\n--inner\nContent-Type: text/plain\n\nHello\n'
        "--inner--",
    )


def exchange(message_id: str = ID, to: str = TO) -> bytes:
    """Return Exchange's: base64 texts, the headers alone, and the answered mail's id in its own head."""
    return mime(
        "From: <postmaster@contoso.example>\nSubject: Undeliverable: Your code\n"
        f"In-Reply-To: <{message_id}>\nReferences: <{message_id}>\nX-MS-Exchange-Message-Is-Ndr:",
        'Content-Type: multipart/alternative;\n\tboundary="=_edge/1-inner"\n\n--=_edge/1-inner\n'
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nRGVsaXZlcnkgZmFpbGVk\n"
        "--=_edge/1-inner--",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns;AM0PR01.prod.example\n"
        "Received-From-MTA: dns;relay.example\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0000\n\n"
        f"Final-Recipient: rfc822;{to.upper()}\nAction: failed\nStatus: 5.1.10\n"
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        f"Content-Type: text/rfc822-headers\n\nTo: <{to}>\nMessage-ID:\n <{message_id}>\nSubject: Your code",
    ).replace(b"\n", b"\r\n")


def gmail(message_id: str = ID, to: str = TO) -> bytes:
    """Return Gmail's: a picture beside the text, an answer of several lines, the id among the report's own fields."""
    return mime(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\nSubject: Delivery Status Notification",
        'Content-Type: multipart/related; boundary="0000"\n\n--0000\nContent-Type: text/html; charset="UTF-8"\n\n'
        "<p>Address not found</p>\n--0000\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n"
        "--0000--",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; googlemail.example\n"
        "Received-From-MTA: dns; portal@hartley.example\nArrival-Date: Sun, 22 Nov 2026 02:00:00 -0800 (PST)\n"
        f"X-Original-Message-ID: <{message_id}>\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.com.\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.\n"
        " 550-5.1.1 Please check for typing errors.\n 550 5.1.1 More at https://support.example/?p=NoSuchUser\n"
        "Last-Attempt-Date: Sun, 22 Nov 2026 02:00:01 -0800 (PST)",
        f"Content-Type: message/rfc822\n\nMessage-ID: <{message_id}>\nTo: {to}\n\nHello",
        boundary="000000000000a1b2c306",
    )


def exim(message_id: str = ID, to: str = TO) -> bytes:
    """Return Exim's: no status of the other server's, its answer in words."""
    return mime(
        f"From: Mail Delivery System <Mailer-Daemon@host.example>\nX-Failed-Recipients: {to}",
        "Content-type: text/plain; charset=us-ascii\n\nA message that you sent could not be delivered.",
        "Content-type: message/delivery-status\n\nReporting-MTA: dns; host.example\n\n"
        f"Action: failed\nFinal-Recipient: rfc822;{to}\nStatus: 5.0.0\nRemote-MTA: dns; mx.example.com\n"
        "Diagnostic-Code: smtp; 550 No such user here",
        "Content-type: message/rfc822\n\nReturn-path: <portal@hartley.example>\n"
        f"Message-Id: <{message_id}>\nTo: {to}\n\nHi",
        boundary="1763805600-eximdsn-42",
    )


SHAPES: dict[str, Callable[..., bytes]] = {"postfix": postfix, "exchange": exchange, "gmail": gmail, "exim": exim}


def about_recipient(message_id: str, fields: str) -> bytes:
    """Return a report with these fields about its one recipient."""
    return mime(
        "From: x",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n{fields}",
        f"Content-Type: message/rfc822\n\nMessage-ID: <{message_id}>\n\nHello",
    )
