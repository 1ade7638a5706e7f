"""Files that are made once and never change: each set in a folder named by its digest, whole or not there."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

_PART = ".new-"
_AT_ONCE = 200


def keep(place: Path, files: Mapping[str, bytes]) -> None:
    """Write the files where nobody looks for them, then give their folder its name; raises OSError."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.is_dir():
        # Housekeeping goes by the age of a folder; this one is about to be used again.
        os.utime(place)
        return
    part = Path(tempfile.mkdtemp(prefix=_PART, dir=place.parent))
    try:
        for name, data in files.items():
            with (part / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        part.rename(place)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        # Somebody else may have made the same at the same moment.
        if not place.is_dir():
            raise


def remove_unused(folder: Path, older_than: float, used: Callable[[list[str]], Collection[str]]) -> int:
    """Remove the folders of that age (seconds) of whose digests none is `used`; returns how many. Blocks."""
    if not folder.is_dir():
        return 0
    limit = time.time() - older_than
    old = [place for place in folder.iterdir() if _is_ours(place) and place.stat().st_mtime < limit]
    removed = 0
    for start in range(0, len(old), _AT_ONCE):
        some = old[start : start + _AT_ONCE]
        in_use = used([place.name for place in some])
        for place in some:
            # Looked at once more: it may have been taken into use meanwhile.
            if place.name not in in_use and place.stat().st_mtime < limit:
                shutil.rmtree(place, ignore_errors=True)
                removed += 1
    return removed


def _is_ours(place: Path) -> bool:
    named = len(place.name) == 64 and not set(place.name) - set("0123456789abcdef")
    return (named or place.name.startswith(_PART)) and place.is_dir()
