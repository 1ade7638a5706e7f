"""How many SQL statements the home page costs, counted in a portal of its own."""

import asyncio
from pathlib import Path

import httpx

from bench.processes import environment, serving
from bench.tabs import seconds_to_open
from portal_app import routes
from portal_app.commands.build import ensure_build
from portal_app.commands.processes import ROOT
from tests.running import free_port

WARM_UP = 2


def count_home_queries(data: Path, cookie: str) -> int:
    """Return the statements of one connect, hydrate and home, the gate's own included."""
    port = free_port()
    env = environment(data, PORTAL_PUBLIC_URL=f"http://127.0.0.1:{port}")
    web = str(ensure_build())
    log = data.parent / "counting.log"
    with serving("bench.inside.counting_portal", web, port=port, log=log, cwd=ROOT, env=env) as portal:
        counts = [0]
        for _ in range(WARM_UP + 1):
            asyncio.run(seconds_to_open(portal.url, routes.HOME, cookie, check=True))
            answer = httpx.get(f"{portal.url}/bench/statements", trust_env=False)
            counts.append(answer.json()["statements"])
    return counts[-1] - counts[-2]
