import asyncio
from contextlib import asynccontextmanager, suppress

from portal_app.gate.unfinished import LOOK_SECONDS, MOST_UNFINISHED, UnfinishedMessages


class Line:
    """A real connection, watched at its server's end; `shut` are the reasons it was ended for."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def __init__(self) -> None:
        self.shut: list[str] = []
        self.over = asyncio.Event()
        self.lines = UnfinishedMessages(self._shut)

    async def _shut(self, connection: str, why: str) -> None:
        self.shut.append(why)
        self.lines.cut(connection)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.watch("one", {"asgi.scope": {"client": writer.get_extra_info("peername")[:2]}})
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()
        self.over.set()

    async def send(self, size: int) -> None:
        """Send in pieces, no faster than the other end can be looked at."""
        for _ in range(size // 16384):
            self.writer.write(b"x" * 16384)
            await self.writer.drain()
        await asyncio.sleep(3 * LOOK_SECONDS)


@asynccontextmanager
async def watched(seconds: float = 2 * LOOK_SECONDS):
    line = Line()
    server = await asyncio.start_server(line.serve, "127.0.0.1")
    line.reader, line.writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await asyncio.sleep(seconds)
    yield line
    line.writer.close()
    await asyncio.wait_for(line.over.wait(), 5)
    line.lines.forget("one")
    server.close()
    await server.wait_closed()


async def test_it_works():
    async with watched() as line:
        await line.send(2 * MOST_UNFINISHED)
        assert line.shut == ["unfinished message"]
        assert await asyncio.wait_for(line.reader.read(), 5) == b""


async def test_a_connection_is_cut_before_it_was_looked_at():
    async with watched(seconds=0.05) as line:
        line.lines.cut("one")
        line.lines.cut("one")
        assert await asyncio.wait_for(line.reader.read(), 5) == b""


async def test_a_little_is_left_alone():
    async with watched() as line:
        await line.send(MOST_UNFINISHED // 2)
        assert line.shut == []


async def test_whole_messages_are_left_alone_however_many():
    async with watched() as line:
        for _ in range(4):
            await line.send(MOST_UNFINISHED // 2)
            line.lines.finished("one")
        assert line.shut == []


async def test_what_is_no_longer_watched_is_left_alone():
    async with watched() as line:
        line.lines.forget("one")
        await line.send(2 * MOST_UNFINISHED)
        assert line.shut == []
