"""`python -m portal_app.demo.crm --port N --database FILE`: run the reference CRM in the foreground."""

import argparse
import ipaddress
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from portal_app.demo.crm.business import bring_up_to_date, seed
from portal_app.demo.crm.server import create_app
from portal_app.demo.crm.store import Store


def main(arguments: list[str] | None = None) -> int:
    """Make and seed the file where there is none, then serve until stopped; 2 for an argument that will not do."""
    wanted = _parser().parse_args(arguments)
    if not _is_loopback(wanted.host):
        print("The reference CRM is a demo: it listens on this machine alone, so --host must be a loopback address.")
        return 2
    if not wanted.empty:
        _seed(wanted.database)
    app = create_app(wanted.database, wanted.token)
    uvicorn.run(app, host=wanted.host, port=wanted.port, log_level="warning", proxy_headers=False, server_header=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal_app.demo.crm", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True, help="its SQLite file, made when absent")
    parser.add_argument("--token", default="demo-crm-token", help="the bearer token it asks for")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--empty", action="store_true", help="without the demo business")
    return parser


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _seed(database: Path) -> None:
    store = Store(database)
    now = datetime.now(UTC)
    if store.is_empty():
        seed(store, now)
    else:
        bring_up_to_date(store, now)
    store.close()


if __name__ == "__main__":
    sys.exit(main())
