"""Keep so many photos of a telephone's size one after the other; print seconds, memory, and how late a loop was.

The whole portal is imported, as in the process that serves; a loop of its kind is asked every few milliseconds how
late it is. The first argument is a folder with one photo, made by another process.
"""

import asyncio
import importlib
import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image

from portal_app.workflows import files

TICK = 0.005
SIZE = (4000, 3000)


def draw(place: Path) -> None:
    """Write a photo of 12 megapixels with as much detail as a real one."""
    picture = Image.effect_noise((SIZE[0] // 8, SIZE[1] // 8), 80).resize(SIZE, Image.Resampling.BICUBIC)
    picture.convert("RGB").save(place, "JPEG", quality=90)


async def measure(data: bytes, count: int) -> dict[str, Any]:
    """Return what the bench shows of so many photos."""
    importlib.import_module("portal_app.pages")
    before = _peak()
    late: list[float] = []
    watch = asyncio.create_task(_watch(late))
    taken = []
    for number in range(count):
        # What stands behind the picture makes it another file.
        photo = data + number.to_bytes(4, "big")
        began = time.perf_counter()
        await files.keep(photo)
        taken.append(time.perf_counter() - began)
    watch.cancel()
    return {"taken": taken, "late": late, "peak": _peak(), "before": before, "floor": _floor(data)}


async def _watch(late: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append(max(0.0, time.perf_counter() - began - TICK))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _floor(data: bytes) -> list[float]:
    """Return the seconds Pillow alone needs to read the picture and write it once as it is."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        with Image.open(io.BytesIO(data)) as picture:
            picture.save(io.BytesIO(), "JPEG", quality=88)
        taken.append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    where = Path(sys.argv[1]) / "photo.jpg"
    if sys.argv[2] == "draw":
        draw(where)
        print("{}")
    else:
        print(json.dumps(asyncio.run(measure(where.read_bytes(), int(sys.argv[2])))))
