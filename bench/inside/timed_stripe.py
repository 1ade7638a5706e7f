"""Serve the local Stripe over a file on a port, and say at /bench/times how long each of its answers took.

`/bench/times` gives `[[path and query, seconds], …]`, oldest first.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from portal_app.demo.stripe.server import create_app
from portal_app.demo.stripe.state import State


def timed(app: Callable[..., Any]) -> Callable[..., Any]:
    """Answer /bench/times before Stripe, and take the time of everything else."""
    taken: list[tuple[str, float]] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if scope["path"] == "/bench/times":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(taken).encode()})
            return
        began = time.perf_counter()
        await app(scope, receive, send)
        taken.append((f"{scope['path']}?{scope['query_string'].decode()}", time.perf_counter() - began))

    return answer


def main(file: str, port: int) -> None:
    """Serve until stopped."""
    app = create_app(State(f"http://127.0.0.1:{port}", None, Path(file)))
    uvicorn.run(timed(app), host="127.0.0.1", port=port, log_level="warning", proxy_headers=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
