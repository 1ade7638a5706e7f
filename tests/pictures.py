"""Pictures as people have them, and as they should not be, for tests."""

import io
import itertools
import struct
import zlib

import pillow_heif
from PIL import Image, ImageDraw

SCRIPTED = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 300 100" onload="alert(1)">
<script>alert(1)</script><style>@import url(https://evil.example/a.css);</style>
<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml">
<img src="x" onerror="alert(1)"/></body></foreignObject>
<image href="https://evil.example/a.png" width="9" height="9"/><use xlink:href="https://evil.example/a.svg#x"/>
<a href="javascript:alert(1)"><rect width="5" height="5"/></a><animate attributeName="href" to="javascript:alert(1)"/>
<g id="sign" style="fill: url(https://evil.example/a)" onclick="alert(1)">
<rect id="r" x="10" y="10" width="80" height="80" fill="#8a3b21"/></g>
<use xlink:href="#r" x="120" fill="\\75rl(https://evil.example)"/></svg>"""
PLAIN_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100"><rect width="100" height="100" fill="#8a3b21"/>'
    b'<rect x="130" y="30" width="160" height="40" style="fill:#222"/></svg>'
)


def bitmap(kind: str = "PNG", size: tuple[int, int] = (1600, 900), left: str = "blue", **options: object) -> bytes:
    """Return a picture whose left half has another colour than its right one, which is red."""
    picture = Image.new("RGB", size, "red")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=left)
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def bomb() -> bytes:
    """Return a few bytes that claim to be 60,000 by 60,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def ink_profile() -> bytes:
    """Return a printer's profile (ICC.1:2001-04, a lut8Type from CMYK to Lab) in which cyan is the blue of real ink."""
    inks: dict[tuple[int, ...], tuple[int, int, int]] = {(0, 0, 0, 0): (100, 0, 0), (1, 0, 0, 0): (55, -37, -50)}
    grid = b"".join(
        bytes((round(lightness * 2.55), 128 + a, 128 + b))
        for lightness, a, b in (inks.get(corner, (20, 0, 0)) for corner in itertools.product((0, 1), repeat=4))
    )
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft1" + struct.pack(">4x3Bx", 4, 3, 2) + identity + bytes(range(256)) * 4 + grid + bytes(range(256)) * 3
    table += b"\0" * (-len(table) % 4)
    white = struct.pack(">3i", *(round(part * 65536) for part in (0.9642, 1.0, 0.8249)))
    head = struct.pack(">I4xI", 128 + 16 + len(table), 0x02400000) + b"prtrCMYKLab " + b"\0" * 12 + b"acsp"
    head = (head + b"\0" * 28 + white).ljust(128, b"\0")
    return head + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def printed(size: tuple[int, int] = (600, 400), profile: bytes = b"") -> bytes:
    """Return a picture for a printer: a JPEG of cyan alone."""
    written = io.BytesIO()
    Image.new("CMYK", size, (255, 0, 0, 0)).save(written, "JPEG", quality=95, icc_profile=profile)
    return written.getvalue()


def telephone_photo(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **more: object) -> bytes:
    """Return a photo as a telephone takes it: lying on its side, blue where its top belongs, and with where it was.

    It was taken at 10:42:05 in Bath, British summer time. `kind` is JPEG, PNG, WEBP or HEIF.
    """
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secretphone"
    exif[0x8825] = {1: "N", 2: (51.0, 22.0, 48.0), 3: "W", 4: (2.0, 21.0, 36.0)}
    exif[0x8769] = {0x9003: "2026:06:14 10:42:05", 0x9011: "+01:00"}
    picture = Image.new("RGB", size, "red")
    # Turned a quarter to the right, what was left comes up.
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1]), fill="blue")
    written = io.BytesIO()
    # The writer of HEIF turns the picture by a property of its own, which it only makes of bytes.
    picture.save(written, kind, exif=exif.tobytes(), **more)
    return written.getvalue()


# Exif entries of a type or in a number that their tags do not have.
ODD_ENTRIES = (
    (0x11A, 2, 4, b"72\0\0"),
    (0x10F, 11, 1, b"\0\0\0\0"),
    (0x10F, 3, 1, b"\1\0\0\0"),
    (0x100, 2, 2, b"a\0\0\0"),
)


def oddly_described(tag: int = 0x10F, kind: int = 11, count: int = 1, value: bytes = b"\0\0\0\0") -> bytes:
    """Return a JPEG that lies on its side, whose Exif has one entry more."""
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + struct.pack("<HHII", 0x112, 3, 1, 6)
    written = io.BytesIO()
    picture = Image.new("RGB", (64, 48), "red")
    picture.save(written, "JPEG", exif=exif + struct.pack("<HHI4s", tag, kind, count, value) + b"\0\0\0\0")
    return written.getvalue()


def pdf(words: str = "Certificate", script: str = "") -> bytes:
    """Return a small PDF, perhaps with a script that runs when it is opened."""
    action = f"/OpenAction << /S /JavaScript /JS ({script}) >>" if script else ""
    return f"%PDF-1.4\n1 0 obj\n<< /Type /Catalog {action} /T ({words}) >>\nendobj\ntrailer\n<< >>\n%%EOF\n".encode()
