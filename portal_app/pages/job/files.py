"""The words of a job's photos and documents."""

import re
from collections.abc import Iterable

from portal_app import routes
from portal_app.components.documents import DocumentRow, document_row
from portal_app.components.gallery import Photo, PhotoGroup
from portal_app.components.words import Words, clip, plural
from portal_app.services.files import LARGE, MEDIUM, SMALL, Entry
from portal_app.services.jobs import Detail
from portal_app.services.visibility import DOCUMENT, PHOTO

# What cameras and telephones call their pictures says nothing to anybody.
_CAMERA = re.compile(r"(img|dsc[nf]?|pxl|image|photo|foto|screenshot|whatsapp image|p|mvimg|picture)?[\W_0-9]*", re.I)


def photo_groups(detail: Detail, words: Words) -> list[PhotoGroup]:
    """Return the photos by visit, the newest visit first, then those of the job itself."""
    photos = [entry for entry in detail.files if entry.kind == PHOTO and entry.picture]
    by_visit: dict[int | None, list[Entry]] = {}
    for entry in photos:
        by_visit.setdefault(entry.visit_id, []).append(entry)
    groups: list[PhotoGroup] = []
    for visit in detail.visits:
        if found := by_visit.pop(visit.id, None):
            day = words.day(visit.completed_at or visit.started_at or visit.sort_at)
            groups.append(_group(visit.public_id, words.long_day(day), found, groups, words))
    if rest := [entry for found in by_visit.values() for entry in found]:
        groups.append(_group("job", "Of this job", rest, groups, words))
    return groups


def photos_note(groups: list[PhotoGroup]) -> str:
    """Return how many photos there are, and of which day where that is one."""
    count = sum(len(group.photos) for group in groups)
    one_day = len(groups) == 1 and groups[0].key != "job"
    return f"{plural(count, 'photo', 'photos')}, {groups[0].title}" if one_day else plural(count, "photo", "photos")


def documents(detail: Detail, words: Words) -> list[DocumentRow]:
    """Return the rows of the documents."""
    return [document_row(entry, words) for entry in detail.files if entry.kind == DOCUMENT]


def _group(key: str, title: str, found: Iterable[Entry], before: list[PhotoGroup], words: Words) -> PhotoGroup:
    first = sum(len(group.photos) for group in before)
    return PhotoGroup(key, title, [_photo(entry, first + number, words) for number, entry in enumerate(found)])


def _photo(entry: Entry, place: int, words: Words) -> Photo:
    caption = caption_of(entry.words)
    return Photo(
        key=entry.public_id,
        thumb=routes.file(entry.public_id, SMALL),
        full=routes.file(entry.public_id, MEDIUM),
        alt=caption or f"Photo of {words.long_day(words.day(entry.at))}",
        caption=caption,
        download=routes.file(entry.public_id, LARGE) if entry.downloadable else "",
        place=place,
    )


def caption_of(given: str) -> str:
    """Return what stands below a photo; nothing where only a camera named it."""
    return "" if _CAMERA.fullmatch(given) else clip(given)
