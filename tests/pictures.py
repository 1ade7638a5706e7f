"""Pictures as people have them, and as they should not be, for tests."""

import io
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


def pdf(words: str = "Certificate", script: str = "") -> bytes:
    """Return a small PDF, perhaps with a script that runs when it is opened."""
    action = f"/OpenAction << /S /JavaScript /JS ({script}) >>" if script else ""
    return f"%PDF-1.4\n1 0 obj\n<< /Type /Catalog {action} /T ({words}) >>\nendobj\ntrailer\n<< >>\n%%EOF\n".encode()
