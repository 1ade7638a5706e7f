"""A business's logo as a drawing that fits the head of a letter."""

import base64
import re
import struct

WIDEST, HIGHEST = 58.0, 15.0
"""Millimetres."""
_PNG = b"\x89PNG\r\n\x1a\n"
_BOX = re.compile(r"""<svg\b[^>]*?\bviewBox\s*=\s*["']\s*[-\d.e]+[\s,]+[-\d.e]+[\s,]+([\d.e]+)[\s,]+([\d.e]+)""")
_WRAPPED = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    '<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
)


def as_drawing(logo: bytes) -> tuple[str, float, float]:
    """Return a PNG or SVG as SVG, with the width and height in millimetres at which it fits; empty for neither.

    A picture travels inside a drawing because templates are only ever given text.
    """
    if logo.startswith(_PNG) and len(logo) > 24:
        width, height = struct.unpack(">II", logo[16:24])
        drawing = _WRAPPED.format(width=width, height=height, data=base64.b64encode(logo).decode())
    else:
        drawing = logo.decode("utf-8", "replace")
        found = _BOX.search(drawing[:4000])
        width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    if not (width > 0 and height > 0):
        return "", 0.0, 0.0
    scale = min(WIDEST / width, HIGHEST / height)
    return drawing, round(width * scale, 2), round(height * scale, 2)
