"""Messages that never end: what a websocket has sent since its last whole message, as the kernel counts it.

The server hands a message on when it is whole and keeps up to 64 MB of each until then; it has no setting for less.
A message may come in any number of fragments, and no other can stand between them: whoever has sent much since their
last whole message is sending one that is larger than any page sends. Linux tells what has arrived on a connection
(`tcpi_bytes_received` in tcp(7)); elsewhere nothing is watched.
"""

import asyncio
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Four of the largest messages a page may send, so that what waits to be read meanwhile is no reason.
MOST_UNFINISHED = 256 * 1024
LOOK_SECONDS = 0.5
_OPEN_FILES = Path("/proc/self/fd")
# Where tcpi_bytes_received stands in struct tcp_info of <linux/tcp.h>, since Linux 4.1.
_RECEIVED = struct.Struct("=128xQ")

Peer = tuple[str, int]


@dataclass(slots=True)
class _Watched:
    """A connection by its peer. `counted` is what had arrived when its last whole message was noticed."""

    peer: Peer
    file: int = -1
    counted: int = 0


class UnfinishedMessages:
    """Finds connections whose messages do not end; `shut(connection, why)` is told of each and may `cut` it."""

    def __init__(self, shut: Callable[[str, str], Awaitable[None]]) -> None:
        self._shut = shut
        self._watched: dict[str, _Watched] = {}
        self._looking: asyncio.Task[None] | None = None

    def watch(self, connection: str, environ: dict[str, Any]) -> None:
        """Watch a connection from its handshake on."""
        client = environ.get("asgi.scope", {}).get("client")
        if sys.platform != "linux" or not client:
            return
        self._watched[connection] = _Watched((str(client[0]), int(client[1])))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def finished(self, connection: str) -> None:
        """Note that a whole message came."""
        watched = self._watched.get(connection)
        if watched is not None:
            watched.counted = _received(watched) or watched.counted

    def forget(self, connection: str) -> None:
        """Watch a connection no longer."""
        self._watched.pop(connection, None)

    def cut(self, connection: str) -> None:
        """Break a connection off: the server waits for its next message otherwise, and keeps what it has of it."""
        watched = self._watched.pop(connection, None)
        if watched is None:
            return
        if _peer(watched.file) != watched.peer:
            _find_files([watched])
        _break(watched)

    async def _look(self) -> None:
        while self._watched:
            await asyncio.sleep(LOOK_SECONDS)
            for connection in self._too_much():
                await self._shut(connection, "unfinished message")

    def _too_much(self) -> list[str]:
        _find_files(watched for watched in self._watched.values() if watched.file < 0)
        found = []
        for connection, watched in self._watched.items():
            received = _received(watched)
            if received is None:
                watched.file = -1
            elif received - watched.counted > MOST_UNFINISHED:
                found.append(connection)
        return found


def _find_files(connections: Iterable[_Watched]) -> None:
    """Find the open files of connections."""
    sought = {watched.peer: watched for watched in connections}
    if sought:
        for name in os.listdir(_OPEN_FILES):
            if (peer := _peer(int(name))) in sought:
                sought[peer].file = int(name)


def _peer(file: int) -> Peer | None:
    """Return who is at the other end of an open file, None when it is no connection."""
    if file < 0:
        return None
    try:
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, file)
    except OSError:
        return None
    try:
        name = line.getpeername()
    except OSError:
        return None
    finally:
        line.detach()
    return (name[0], name[1]) if isinstance(name, tuple) else None


def _received(watched: _Watched) -> int | None:
    """Return the bytes that have arrived on a connection, None when its file is no longer it."""
    if _peer(watched.file) != watched.peer:
        return None
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, watched.file)
    try:
        return _RECEIVED.unpack(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED.size))[0]
    except (OSError, struct.error):
        return None
    finally:
        line.detach()


def _break(watched: _Watched) -> None:
    try:
        own = os.dup(watched.file)
    except OSError:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, own) as line:
        if _peer(own) == watched.peer:
            line.shutdown(socket.SHUT_RDWR)
