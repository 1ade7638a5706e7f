"""What every test of a process would make anew, at a price, and may as well have once: certificates and statements."""

import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import certifi
from sqlalchemy import Engine, event, make_url

_make_context = ssl.create_default_context


@cache
def _web_certificates() -> ssl.SSLContext:
    return _make_context(cafile=certifi.where())


def context(*words: Any, **named: Any) -> ssl.SSLContext:
    """Take the place of `ssl.create_default_context`: each HTTP client reads all certificates of the web in 40 ms."""
    if not words and named == {"cafile": certifi.where()}:
        return _web_certificates()
    return _make_context(*words, **named)


def share_certificates() -> None:
    """Have them read already in each process that is forked from this one."""
    ssl.create_default_context = context
    _web_certificates()


class Engines:
    """Takes the place of `make_engine`: one engine for each kind of database, which goes to another one next time.

    An engine remembers the statements it has compiled, which takes longer than to run them on what a test writes.
    """

    def __init__(self, make: Callable[[str], Engine]) -> None:
        self._make = make
        self._kept: dict[str, Engine] = {}
        self._addresses: dict[str, str] = {}

    def __call__(self, url: str) -> Engine:
        """Return the engine of that kind for a database, or one of its own while it is used for another."""
        kind = make_url(url).get_backend_name()
        if kind in self._addresses:
            return self._make(url)
        if kind not in self._kept:
            self._kept[kind] = self._make(url)
            event.listen(self._kept[kind], "do_connect", self._redirect)
        self._addresses[kind] = url
        return self._kept[kind]

    def _redirect(self, dialect: Any, _record: object, words: list[Any], named: dict[str, Any]) -> None:
        own_words, own_named = dialect.create_connect_args(make_url(self._addresses[dialect.name]))
        words[:] = own_words
        named.update(own_named)

    def free(self) -> None:
        """Let the next use of each be for another database; all connections must have been closed."""
        self._addresses.clear()
