"""Poll a CRM in which nothing has changed; print CPU, statements and requests of one pass, and the floor's CPU."""

import asyncio
import json
import statistics
import sys
import time
from typing import Any

import httpx
from sqlalchemy import event

from bench.inside.connected import connected
from portal_app.database import get_engine
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.settings import get_settings
from portal_app.tasks.crm_poll import run_with_lease

WARM_UP = 3


class _Watch:
    """Notes every SQL statement, and the address of every request."""

    def __init__(self, adapter: RestAdapter) -> None:
        self.statements = 0
        self.addresses: list[httpx.URL] = []
        event.listen(get_engine(), "before_cursor_execute", self._statement)
        adapter._client.event_hooks = {"request": [self._request]}

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))

    async def _request(self, request: httpx.Request) -> None:
        self.addresses.append(request.url)

    def clear(self) -> None:
        """Begin to count anew."""
        self.statements = 0
        self.addresses = []


async def idle_pass(passes: int) -> dict[str, Any]:
    """Return medians over some passes, each followed by the same requests made by httpx alone."""
    headers = {"Authorization": f"Bearer {get_settings().crm_token.get_secret_value()}"}
    cpu, floor, wall, statements, changed = [], [], [], [], 0
    async with connected() as place, httpx.AsyncClient(headers=headers, trust_env=False) as client:
        connection_id, adapter, holder = place
        watch = _Watch(adapter)
        for number in range(WARM_UP + passes):
            watch.clear()
            began, cpu_began = time.perf_counter(), time.process_time()
            result = await run_with_lease(connection_id, adapter, holder)
            spent, took = time.process_time() - cpu_began, time.perf_counter() - began
            least = await _same_requests(client, watch.addresses)
            if number >= WARM_UP:
                cpu.append(spent)
                wall.append(took)
                floor.append(least)
                statements.append(watch.statements)
                changed += sum(stream.changed for stream in result.streams)
    return {
        "cpu": statistics.median(cpu),
        "seconds": statistics.median(wall),
        "floor_cpu": statistics.median(floor),
        "statements": sorted(set(statements)),
        "requests": len(watch.addresses),
        "changed": changed,
    }


async def _same_requests(client: httpx.AsyncClient, addresses: list[httpx.URL]) -> float:
    """Make the same requests, parse the answers, and return the CPU seconds it took."""
    began = time.process_time()
    for address in addresses:
        json.loads((await client.get(address)).content)
    return time.process_time() - began


if __name__ == "__main__":
    print(json.dumps(asyncio.run(idle_pass(int(sys.argv[1])))))
