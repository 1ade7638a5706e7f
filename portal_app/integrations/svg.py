"""Drawings (SVG) from outside: only known shapes, colours and letters pass, and a child process paints them.

What is not on the lists is left out, whatever it is: scripts, handlers, other documents, pictures from elsewhere.
A drawing that cannot be painted in time and memory is refused, so none reaches a browser that would choke on it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from portal_app.integrations.images import BadImage

MOST_BYTES = 1_000_000
MOST_ELEMENTS = 5_000
DEEPEST = 50
PAINT_SECONDS = 15.0
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = """svg g defs symbol use title desc style path rect circle ellipse line polyline polygon text tspan
    linearGradient radialGradient stop clipPath mask a switch"""
# Links, and what drawing programs put around everything: what is in them is kept.
_GROUPS = frozenset(("a", "switch"))
_ATTRIBUTES = """id class style transform d x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy fr width height points viewBox
    preserveAspectRatio fill fill-opacity fill-rule clip-rule clip-path mask opacity stroke stroke-width
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity color display
    visibility offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits
    maskContentUnits font-family font-size font-weight font-style text-anchor letter-spacing paint-order overflow"""
_KNOWN_ELEMENTS, _KNOWN_ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla", "matrix", "translate", "scale", "rotate", "skewx", "skewy"}
# Each of these looks at a letter a bounded number of times: what it reads comes from outside, and may be a megabyte.
# Read from a bracket backwards; forwards, a long word without one would be tried from each of its letters.
_CALLED = re.compile(r"\s*([\w-]*)")
_OWN = re.compile(r"""url\(\s{0,9}(["']?)#[\w.:-]+\1\s{0,9}\)""")
# Remarks, quoted words and addresses are one piece each: what stands in them begins and ends no rule.
_PIECE = re.compile(r"""/\*(?s:.*?)(?:\*/|\Z)|"[^"\n]*"|'[^'\n]*'|\([^()"'{}]*\)|[@;{}]""")
_FRAGMENT = re.compile(r"#[\w.:-]+")
_LENGTH = re.compile(r"\s{0,9}([0-9]{0,9}\.?[0-9]{1,20})(px|pt|pc|mm|cm|in)?\s{0,9}")
# What a unit is in a drawing's own: https://www.w3.org/TR/css-values-3/#absolute-lengths
_UNITS = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_CHILD = Path(__file__).with_name("svg_painter.py")


def is_svg(data: bytes) -> bool:
    """Return whether a file says that it is a drawing; what it holds is another question."""
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and (b"<svg" in head.lower() or b":svg" in head.lower() or head.startswith(b"<?xml"))


def sanitised(data: bytes) -> tuple[str, float, float]:
    """Return (the drawing with nothing but what is known to be harmless, its width, its height); raises BadImage."""
    if len(data) > MOST_BYTES:
        raise BadImage("The drawing is too large.")
    try:
        _check_structure(data)
        root = ElementTree.fromstring(data)  # noqa: S314 - no entities are left by now, nor depth
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError):
        raise BadImage("The drawing is damaged.") from None
    if root.tag != f"{_SVG}svg":
        raise BadImage("It is no drawing.")
    clean = _cleaned(root)
    width, height = _size(clean)
    clean.set("xmlns", _SVG[1:-1])
    clean.set("viewBox", clean.get("viewBox") or f"0 0 {width:g} {height:g}")
    clean.set("width", f"{width:g}")
    clean.set("height", f"{height:g}")
    return ElementTree.tostring(clean, encoding="unicode"), width, height


def _check_structure(data: bytes) -> None:
    """Read once without building anything: entities, depths and crowds are turned away here."""
    parser = expat.ParserCreate()
    depth = count = 0

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            raise BadImage("The drawing has too many parts.")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_declared: object) -> None:
        raise BadImage("The drawing declares entities.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = parser.ElementDeclHandler = parser.AttlistDeclHandler = refuse
    parser.Parse(data, True)


def _cleaned(element: Element) -> Element:
    """Return a copy of an element with what is on the lists; names lose their namespace."""
    tag = element.tag.removeprefix(_SVG)
    copy = Element("g" if tag in _GROUPS else tag)
    for name, value in element.attrib.items():
        if name in {"href", _XLINK} and tag not in _GROUPS:
            if _FRAGMENT.fullmatch(value):
                copy.set("href", value)
        elif name in _KNOWN_ATTRIBUTES and _is_harmless(value):
            copy.set(name, value)
    if copy.tag == "style":
        # What a comment says is no rule. Fonts, imports and other media lead out, and would take the plain rules with
        # them. What stands beside the text would be a part of it, and is left out.
        rules = _plain_rules(element.text or "")
        copy.text = rules if _is_harmless(rules) else None
        return copy
    copy.text = element.text
    for child in element:
        if child.tag == f"{_SVG}image" and _holds_picture(child):
            raise BadImage("The drawing holds a picture.")
        if not _is_known(child):
            _add_letters(copy, child.tail)
            continue
        inner = _cleaned(child)
        inner.tail = child.tail
        copy.append(inner)
        if tag == "switch":
            # Only one of its parts is ever drawn.
            break
    return copy


def _is_known(child: Element) -> bool:
    """Return whether an element is on the list; a comment is none."""
    named = isinstance(child.tag, str) and child.tag.startswith(_SVG)
    return named and child.tag.removeprefix(_SVG) in _KNOWN_ELEMENTS


def _add_letters(element: Element, letters: str | None) -> None:
    """Put letters behind what an element holds so far."""
    if letters and len(element):
        element[-1].tail = (element[-1].tail or "") + letters
    elif letters:
        element.text = (element.text or "") + letters


def _plain_rules(style: str) -> str:
    """Return a style without remarks and at-rules; what has no end goes to the end, as in a browser."""
    kept, begun, depth, inside = [], 0, 0, False
    for piece in _PIECE.finditer(style):
        sign = piece[0]
        if not inside and sign.startswith(("@", "/*")):
            kept.append(style[begun : piece.start()])
            begun, depth, inside = piece.end(), 0, sign == "@"
        elif inside and sign in {";", "{", "}"}:
            depth += {"{": 1, ";": 0, "}": -1}[sign]
            if depth < 0 or (depth == 0 and sign != "{"):
                # A bracket too many closes what the rule stands in.
                begun, inside = piece.start() if depth < 0 else piece.end(), False
    return "".join(kept) if inside else "".join(kept) + style[begun:]


def _holds_picture(element: Element) -> bool:
    """Return whether an image is inside the drawing: without it there would be a hole where people see something."""
    return any((element.get(name) or "").lstrip().lower().startswith("data:") for name in ("href", _XLINK))


def _is_harmless(value: str) -> bool:
    """Return whether a value or a style refers to nothing outside: no addresses, no rules, no escapes to hide them."""
    rest = _OWN.sub("", value)
    if set(rest) & set("\\@<"):
        return False
    before = (_CALLED.match(part[::-1]) for part in rest.split("(")[:-1])
    return all(word and word[1][::-1].lower() in _FUNCTIONS for word in before)


def _size(root: Element) -> tuple[float, float]:
    """Return width and height in the drawing's own units."""
    try:
        _, _, width, height = (float(part) for part in re.split(r"[\s,]+", (root.get("viewBox") or "").strip()))
    except ValueError:
        found = [_LENGTH.fullmatch(root.get(name) or "") for name in ("width", "height")]
        width, height = (float(match[1]) * _UNITS[match[2] or "px"] if match else 0.0 for match in found)
    if not (0 < width < 100_000 and 0 < height < 100_000 and 1 / 20 < width / height < 20):
        raise BadImage("The drawing does not say how large it is.")
    return width, height


def painted(drawing: str, width: int, height: int) -> bytes:
    """Return a sanitised drawing as a PNG of that many pixels, painted by typst in a process with limits of its own.

    Blocks for up to PAINT_SECONDS; raises BadImage where the time or the memory does not suffice.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(width), str(height)],
            input=drawing.encode(),
            capture_output=True,
            timeout=PAINT_SECONDS,
            env={"RAYON_NUM_THREADS": "1", "HOME": os.environ.get("HOME", "/")},
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise BadImage("The drawing cannot be painted.") from None
    return done.stdout
