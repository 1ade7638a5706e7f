"""`python -m portal_app.demo.mailbox --port N --database FILE`: run the mailbox in the foreground."""

import argparse
import logging
import sys
from pathlib import Path

from portal_app.demo.mailbox.server import make_server
from portal_app.demo.mailbox.smtp import Trouble
from portal_app.demo.mailbox.store import Store


def main(arguments: list[str] | None = None) -> int:
    """Serve SMTP and the page on one port of this machine until stopped."""
    parser = argparse.ArgumentParser(prog="python -m portal_app.demo.mailbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True, help="its SQLite file, made when absent")
    wanted = parser.parse_args(arguments)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    store = Store(wanted.database)
    try:
        make_server(store, Trouble(), host="127.0.0.1", port=wanted.port).run()
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
