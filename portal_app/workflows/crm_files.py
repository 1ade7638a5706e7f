"""The CRM's attachments: fetched between transactions, each once, written anew and kept as our own copies."""

import asyncio
from datetime import timedelta

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.integrations.crm.fetch import FetchFailed, FetchRefused, Source, fetch_file
from portal_app.services import crm_connection, crm_files
from portal_app.services.crm_files import WantedFile
from portal_app.services.office_files import FileRefused
from portal_app.settings import get_settings
from portal_app.workflows import files

TRY_AGAIN = timedelta(minutes=15)
# What somebody has to allow first is asked for again so much later.
TRY_FORBIDDEN = timedelta(days=1)
TRY_SURPRISE = timedelta(days=1)
SURPRISE = "It could not be read here."
FAILED_IN_A_ROW = 3
TYPES = {"image/jpeg", "image/jpg", "image/png", "image/webp", "image/heic", "image/heif", files.PDF}
_ACCEPT = b"image/webp,image/png,image/jpeg,image/heic,image/heif,application/pdf"
log = logs.get(__name__)


async def fetch_files(connection_id: int) -> int:
    """Fetch some of the files that are wanted now; returns how many were tried.

    One that cannot be had says why and is tried again later, or when the CRM changes it. A server that fails several
    times in a row is left alone until the next time.
    """
    wanted, source = await asyncio.to_thread(_wanted, connection_id)
    failed = 0
    for number, file in enumerate(wanted, 1):
        failed = 0 if await _fetch(file, source) else failed + 1
        if failed == FAILED_IN_A_ROW:
            return number
    return len(wanted)


def _wanted(connection_id: int) -> tuple[list[WantedFile], Source]:
    with reading() as session:
        row = crm_connection.get_one(session, connection_id)
        if row.state != crm_connection.ACTIVE:
            return [], Source("", "")
        token = get_settings().crm_token.get_secret_value()
        found = crm_files.wanted(session, connection_id, clock.now())
        return found, Source(row.base_url, token, tuple(row.file_hosts))


async def _fetch(file: WantedFile, source: Source) -> bool:
    """Fetch one file and note how it went; returns whether its server is well."""
    try:
        _check(file)
        data = await fetch_file(file.url, source, files.MOST_BYTES, _ACCEPT)
        if (_type(file) == files.PDF) != data.startswith(b"%PDF-"):
            raise FetchRefused("It is not of the kind that the CRM says.")
        kept = await files.keep(data)
    except FetchFailed as error:
        await asyncio.to_thread(_try_later, file, str(error), TRY_FORBIDDEN if error.forbidden else TRY_AGAIN)
        return error.forbidden
    except files.NotKept as error:
        await asyncio.to_thread(_try_later, file, str(error), TRY_AGAIN)
        return False
    except (FetchRefused, FileRefused) as error:
        await asyncio.to_thread(_give_up, file, str(error))
        return True
    except Exception as error:
        # A file like none before it: the others do not wait for it.
        log.error("file_not_read", file=file.file_id, reference=logs.reference(), exc_info=error)
        await asyncio.to_thread(_try_later, file, SURPRISE, TRY_SURPRISE)
        return True
    await asyncio.to_thread(_keep, file, kept)
    return True


def _check(file: WantedFile) -> None:
    """Raise FetchRefused for what need not be asked for."""
    if not file.url:
        raise FetchRefused("The CRM gives no address for it.")
    if _type(file) not in TYPES:
        raise FetchRefused("It is neither a picture nor a PDF, so customers are not shown it.")
    if file.said_size > files.MOST_BYTES:
        raise FetchRefused(f"It is larger than {files.MOST_BYTES // 1024 // 1024} MB.")


def _type(file: WantedFile) -> str:
    return file.said_type.partition(";")[0].strip().lower()


def _try_later(file: WantedFile, error: str, later: timedelta) -> None:
    with transaction() as session:
        crm_files.try_later(session, file, error, clock.now() + later)


def _give_up(file: WantedFile, error: str) -> None:
    with transaction() as session:
        crm_files.give_up(session, file, error)


def _keep(file: WantedFile, kept: files.Kept) -> None:
    with transaction() as session:
        crm_files.keep(session, file, kept)
