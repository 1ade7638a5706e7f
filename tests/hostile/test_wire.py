"""What is said before any request is read: another protocol, and headers without an end."""

import socket

import pytest

from tests.running import RunningPortal

pytestmark = pytest.mark.timeout(240)
# https://www.rfc-editor.org/rfc/rfc9113#section-3.4: how a client begins HTTP/2, and an empty SETTINGS frame.
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


def said(portal: RunningPortal, words: bytes) -> bytes:
    """Return the first that comes back to some bytes, empty where the line is cut."""
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as connection:
        try:
            connection.sendall(words)
            return connection.recv(1000)
        except ConnectionError:
            return b""


def test_http_2_is_not_spoken(site):
    """Its headers come packed: a connection that sends some hundred kilobytes would make gigabytes of them."""
    answer = said(site.portal, HTTP_2)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def asked(portal: RunningPortal, kilobytes: int) -> bytes:
    """Return what is answered to a request with one header of that length."""
    long = b"a" * (kilobytes * 1024)
    return said(portal, b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: " + long + b"\r\n\r\n")


def test_headers_have_an_end(site):
    assert asked(site.portal, 30).startswith(b"HTTP/1.1 200")
    # The line may be cut before the answer is read: not all that was sent has been taken.
    answer = asked(site.portal, 300)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431")
