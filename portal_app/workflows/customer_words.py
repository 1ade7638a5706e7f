"""Bringing the words of customers up to date, in pieces that leave room for other writers."""

import asyncio

from portal_app.database import reading, transaction
from portal_app.services import customer_index, leases, record_index

LEASE = "customer_words"
LEASE_SECONDS = 20.0


async def write_due(holder: str) -> int:
    """Write whatever is due, piece by piece, while this process holds the lease; returns how many customers."""
    if not await asyncio.to_thread(_any_due):
        return 0
    written = 0
    while piece := await asyncio.to_thread(_write_piece, holder):
        written += piece
    return written


async def mark_missing() -> int:
    """Make every customer due that was never indexed, as after an upgrade; returns how many."""
    return await asyncio.to_thread(_mark_missing)


async def write_missing_records() -> int:
    """Write the words of every job and invoice that has none, as after an upgrade; returns how many."""
    written = 0
    for kind in record_index.KINDS:
        after = 0
        while piece := await asyncio.to_thread(_write_records, kind, after):
            after, written = piece[-1], written + len(piece)
    return written


def _any_due() -> bool:
    with reading() as session:
        return customer_index.any_due(session)


def _write_piece(holder: str) -> int:
    with transaction() as session:
        if not leases.acquire(session, LEASE, holder, LEASE_SECONDS):
            return 0
        return customer_index.write_due(session)


def _mark_missing() -> int:
    with transaction() as session:
        return customer_index.mark_missing(session)


def _write_records(kind: str, after: int) -> list[int]:
    with transaction() as session:
        return record_index.write_missing(session, kind, after)
