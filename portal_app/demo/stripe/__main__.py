"""`python -m portal_app.demo.stripe --port N`: run the local Stripe in the foreground."""

import argparse
import sys
from pathlib import Path

import uvicorn

from portal_app.demo.stripe import business
from portal_app.demo.stripe.board import DEMO_WEBHOOK_SECRET
from portal_app.demo.stripe.server import create_app
from portal_app.demo.stripe.state import State


def main(arguments: list[str] | None = None) -> int:
    """Serve on this machine alone until stopped."""
    wanted = _parser().parse_args(arguments)
    state = State(f"http://localhost:{wanted.port}", wanted.settle_seconds, wanted.database)
    app = create_app(state)
    if wanted.webhook:
        business.register_once(state, wanted.webhook, DEMO_WEBHOOK_SECRET)
    uvicorn.run(app, host="127.0.0.1", port=wanted.port, log_level="warning", proxy_headers=False, server_header=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal_app.demo.stripe", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, help="its JSON file, made when absent; without, it forgets all")
    parser.add_argument("--webhook", default="", help="an address of this machine that all events are sent to")
    parser.add_argument("--settle-seconds", type=float, default=20.0, help="after how long banks answer by themselves")
    return parser


if __name__ == "__main__":
    sys.exit(main())
