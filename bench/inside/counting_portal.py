"""Serve the portal on a port as `portal run` does, and say at /bench/statements how many SQL statements events made.

Statements of background tasks and of plain requests are not counted.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from portal_app.commands.serve import runtime_environment

_count = 0


def _counted(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    global _count
    from reflex_base.event.context import EventContext

    try:
        # Threads that an event starts carry its context along.
        EventContext.get()
    except LookupError:
        return
    _count += not statement.startswith(("BEGIN", "ROLLBACK", "COMMIT"))


def wrapped(app: Callable[..., Any]) -> Callable[..., Any]:
    """Answer /bench/statements before the portal."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/bench/statements":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps({"statements": _count}).encode()})
            return
        await app(scope, receive, send)

    return answer


def main(web: str, port: int) -> None:
    """Serve until stopped."""
    from pathlib import Path

    os.environ.update(runtime_environment(Path(web)))
    import uvicorn
    from sqlalchemy import Engine, event

    event.listen(Engine, "before_cursor_execute", _counted)
    from portal_app.portal_app import app

    uvicorn.run(wrapped(app()), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
