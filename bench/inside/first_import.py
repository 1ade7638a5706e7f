"""Read a whole CRM into an empty portal database in one pass, as `portal sync-now` does; print how it went."""

import asyncio
import json
import time

from bench.inside.connected import connected
from bench.inside.peak import peak_rss_bytes
from portal_app.tasks.crm_poll import run_with_lease


async def first_import() -> dict[str, float | str]:
    """Run the pass and return its records, seconds (wall and CPU), peak memory in bytes, and trouble in words."""
    async with connected() as (connection_id, adapter, holder):
        began, cpu_began = time.perf_counter(), time.process_time()
        result = await run_with_lease(connection_id, adapter, holder)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    return {
        "records": sum(stream.changed for stream in result.streams),
        "set_aside": sum(stream.set_aside for stream in result.streams),
        "seconds": seconds,
        "cpu": cpu,
        "peak": peak_rss_bytes(),
        "trouble": result.sentence(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(first_import())))
