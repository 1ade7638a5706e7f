"""The least an import can do: walk every stream over HTTP and put each raw record into one plain table."""

import json
import sqlite3
import sys
import time

import httpx

from bench.inside.peak import peak_rss_bytes
from portal_app.integrations.crm.records import STREAMS

PAGE = 500


def plain_walk(url: str, token: str, file: str) -> dict[str, float]:
    """Read page by page, parse, insert, one commit a page; return records and seconds (wall and CPU)."""
    database = sqlite3.connect(file)
    # As the portal's own database is opened.
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE raw (stream TEXT, external_id TEXT, body TEXT, PRIMARY KEY (stream, external_id))")
    records = 0
    began, cpu_began = time.perf_counter(), time.process_time()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        for stream in STREAMS:
            query: dict[str, str | int] | None = {"limit": PAGE}
            while query is not None:
                answer = json.loads(client.get(f"/v1/{stream}", params=query).raise_for_status().content)
                rows = [(stream, record["external_id"], json.dumps(record)) for record in answer["data"]]
                with database:
                    database.executemany("INSERT INTO raw VALUES (?, ?, ?)", rows)
                records += len(rows)
                query = {"limit": PAGE, "cursor": answer["next_cursor"]} if answer["next_cursor"] else None
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    database.close()
    return {"records": records, "seconds": seconds, "cpu": cpu, "peak": peak_rss_bytes()}


if __name__ == "__main__":
    print(json.dumps(plain_walk(*sys.argv[1:])))
