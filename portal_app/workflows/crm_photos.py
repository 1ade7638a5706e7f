"""Technicians' photos: fetched between transactions, written anew, kept under the hash of their content."""

import asyncio
import hashlib
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session

from portal_app import clock, logs
from portal_app.database import reading
from portal_app.integrations.crm.fetch import FetchFailed, FetchRefused, Source, fetch_file
from portal_app.integrations.images import BadImage, square_webp
from portal_app.services import crm_connection, crm_technicians
from portal_app.services.crm_technicians import WantedPhoto
from portal_app.settings import get_settings
from portal_app.workflows.crm_pass import Pass

SIDE = 256
TRY_AGAIN = timedelta(minutes=15)
TRY_FORBIDDEN = timedelta(days=1)
TRY_SURPRISE = timedelta(days=1)
log = logs.get(__name__)


async def fetch_photos(this: Pass) -> None:
    """Fetch the photos whose address is new; one that cannot be had leaves the old one and a reason."""
    wanted, source = await asyncio.to_thread(_wanted, this.connection_id)
    for photo in wanted:
        await _fetch(this, photo, source)


def _wanted(connection_id: int) -> tuple[list[WantedPhoto], Source]:
    with reading() as session:
        wanted = crm_technicians.wanted_photos(session, connection_id, clock.now())
        if not wanted:
            return [], Source("", "")
        row = crm_connection.get_one(session, connection_id)
        token = get_settings().crm_token.get_secret_value()
        return wanted, Source(row.base_url, token, tuple(row.file_hosts))


async def _fetch(this: Pass, photo: WantedPhoto, source: Source) -> None:
    def kept(session: Session, content_hash: str | None, error: str) -> None:
        if crm_technicians.keep_photo(session, photo, content_hash, error) and not error:
            crm_technicians.tell_customers(session, photo, content_hash)

    async def try_later(sentence: str, later: timedelta) -> None:
        at = clock.now() + later
        await this.write(lambda session: crm_technicians.try_photo_later(session, photo, sentence, at))

    try:
        content_hash = None
        if photo.url:
            data = await fetch_file(photo.url, source)
            content_hash = await asyncio.to_thread(_keep_file, data)
    except FetchFailed as error:
        await try_later(str(error), TRY_FORBIDDEN if error.forbidden else TRY_AGAIN)
    except OSError:
        # An operating system's own words may name our folders.
        await try_later("It could not be kept here just now.", TRY_AGAIN)
    except (FetchRefused, BadImage) as error:
        sentence = str(error)
        await this.write(lambda session: kept(session, None, sentence))
    except Exception as error:
        # A picture like none before it: the rest of the pass does not wait for it.
        log.error("photo_not_read", technician=photo.technician_id, reference=logs.reference(), exc_info=error)
        await try_later("It could not be read here.", TRY_SURPRISE)
    else:
        await this.write(lambda session: kept(session, content_hash, ""))


def _keep_file(data: bytes) -> str:
    """Write our own copy under the hash of its content and return that; a half-written file is never seen."""
    picture = square_webp(data, SIDE)
    content_hash = hashlib.sha256(picture).hexdigest()
    folder = get_settings().data_dir / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / f"{content_hash}.webp"
    if not place.exists():
        descriptor, name = tempfile.mkstemp(dir=folder, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(picture)
        Path(name).replace(place)
    return content_hash
