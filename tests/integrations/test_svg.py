"""Drawings come out as shapes and colours alone, or not at all."""

import io
import time

import pytest
from PIL import Image

from portal_app.integrations import svg
from portal_app.integrations.images import BadImage
from tests.pictures import PLAIN_SVG, SCRIPTED

HEAD = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10">'


def inside(text: bytes) -> str:
    return svg.sanitised(HEAD + text + b"</svg>")[0]


def test_it_works():
    drawing, width, height = svg.sanitised(PLAIN_SVG)
    assert (width, height) == (300, 100)
    with Image.open(io.BytesIO(svg.painted(drawing, 60, 20))) as painted:
        assert (painted.format, painted.size) == ("PNG", (60, 20))
        rgba = painted.convert("RGBA")
    assert rgba.getpixel((10, 10)) == (0x8A, 0x3B, 0x21, 255)
    assert rgba.getpixel((59, 1)) == (0, 0, 0, 0)


def test_what_could_do_anything_is_left_out():
    drawing, _, _ = svg.sanitised(SCRIPTED)
    for word in ("script", "alert", "evil", "onload", "onclick", "foreign", "import", "image", "animate", "<a", "\\"):
        assert word not in drawing.lower()
    assert '<rect id="r" x="10"' in drawing
    assert '<use href="#r"' in drawing


@pytest.mark.parametrize(
    "kept",
    [
        b'<g fill="url(#a)"/>',
        b'<path d="M0 0z" style="fill:url(#a);stroke:#000"/>',
        b"<style>.a{fill:#fff;stroke:rgb(1, 2, 3)}</style>",
        b'<g transform="translate(1 2) scale(3)"/>',
        b"<g clip-path=\"url('#a')\"/>",
    ],
)
def test_what_drawing_programs_write_stays(kept: bytes):
    assert kept.decode().replace("/>", " />").replace("'", "") in inside(kept).replace("'", "").replace("&#x27;", "")


def test_what_a_style_only_remarks_costs_no_colours():
    kept = inside(b"<style>/* Made by (a program) @2x */.a{fill:#fff}</style>")
    assert "<style>.a{fill:#fff}</style>" in kept


@pytest.mark.parametrize(
    "around",
    [
        b'<a href="https://evil.example/">%s</a>',
        b'<a xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:alert(1)">%s</a>',
        b'<switch><foreignObject requiredExtensions="x"/>%s<text>In another language</text></switch>',
    ],
)
def test_what_stands_in_a_link_or_in_a_drawing_program_s_frame_stays(around: bytes):
    assert inside(around % b'<path d="M0 0h9v9z"/>').count("<") == 5
    assert '<g><path d="M0 0h9v9z" /></g>' in inside(around % b'<path d="M0 0h9v9z"/>')


@pytest.mark.parametrize(
    "rule",
    [
        b"@import url(https://evil.example/a.css);",
        b"@font-face{font-family:x;src:url(//evil.example/x.woff)}",
        b"@media (prefers-color-scheme: dark){.a{fill:#fff}.evil{fill:#000}}",
        b'@charset "evil";',
        b"@import url('https://evil.example/css2?family=Inter:wght@400;700&amp;display=swap');",
        b"@import url( https://evil.example/css2?family=Inter:wght@400;700&amp;display=swap );",
        b"""@import "evil;{'}@/*";""",
        b"""/* it's evil; "{ */""",
        b"@media print/* ;} */{.evil{}}",
        b"@media print{@supports (fill:none){.evil{fill:#000}}}",
    ],
)
def test_a_rule_that_leads_out_does_not_take_the_plain_ones_along(rule: bytes):
    kept = inside(b"<style>" + rule + b".a{fill:#0a0}" + rule + b"</style>")
    assert "<style>.a{fill:#0a0}</style>" in kept
    assert "evil" not in kept


@pytest.mark.parametrize("text", [b"@" * 300_000, b"@a{" * 100_000, b"@a{x" + b"y" * 300_000, b"@a{b{" * 60_000])
def test_rules_without_an_end_take_no_time(text: bytes):
    started = time.monotonic()
    assert "@" not in inside(b"<style>" + text + b"</style>")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        b"a" * 900_000,
        b"a-" * 400_000 + b" ",
        b"rgb" + b" " * 900_000,
        b"rgb(" * 200_000,
        b"url(" * 200_000,
        b"url(#" + b"a" * 900_000,
        b"url( " * 10 + b" " * 900_000,
        b"/*" * 400_000,
        b"@x(" * 300_000,
        b"@x'\"" * 90_000,
        b"@{" * 400_000 + b"}" * 90_000,
    ],
    ids=lambda text: text[:6].decode(),
)
@pytest.mark.parametrize("place", [b"<style>%s</style>", b"<g fill='%s'/>"], ids=["style", "attribute"])
def test_words_and_brackets_without_an_end_take_no_time(text: bytes, place: bytes):
    started = time.monotonic()
    inside(place % text.replace(b"'", b"&apos;"))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("value", ["rgb (1,2,3)", "RGBA(1,2,3,.5)", "url( '#a' ) rgb(1,2,3)", "a)b", "none"])
def test_calls_of_colours_are_harmless(value: str):
    assert svg._is_harmless(value)


@pytest.mark.parametrize(
    "value", ["(", "evil (1)", "rgb(evil(1))", "rgb(1) evil\t(1)", "x-rgb(1)", "url(  evil)", "((rgb("]
)
def test_any_other_call_is_not(value: str):
    assert not svg._is_harmless(value)


def test_a_size_of_a_million_digits_takes_no_time():
    started = time.monotonic()
    with pytest.raises(BadImage, match="how large"):
        svg.sanitised(b'<svg xmlns="http://www.w3.org/2000/svg" width="' + b"1" * 900_000 + b'x" height="1"/>')
    assert time.monotonic() - started < 5


def test_a_picture_inside_is_no_hole_but_refused():
    for name in (b"href", b'xmlns:x="http://www.w3.org/1999/xlink" x:href'):
        with pytest.raises(BadImage):
            inside(b"<image " + name + b'="data:image/png;base64,AAAA" width="9" height="9"/>')


@pytest.mark.parametrize(
    "gone",
    [
        b'<g style="fill:url(//evil.example)"/>',
        b'<g style="fill:u\\72l(//evil.example)"/>',
        b'<g fill="url(#a) url(https://evil.example)"/>',
        b"<g style=\"background:image-set('evil.example' 1x)\"/>",
        b'<g style="width:expression(evil)"/>',
        b"<style>a{background:URL(evil)}</style>",
        b"<style>@font-face{src:local(evil)}</style>",
        b'<use href="evil.svg#a"/>',
        b'<use href="data:image/svg+xml,evil"/>',
        b'<linearGradient xmlns:x="http://www.w3.org/1999/xlink" x:href="evil"/>',
        b'<g xmlns:e="urn:evil" e:evil="1"/>',
        b'<evil xmlns="urn:other"/>',
        b"<!-- evil --><?evil?>",
        b"<metadata>evil</metadata>",
        b"<style>a{b:'/*';fill:url(//evil);c:'*/'}</style>",
        b"<g style=\"b:'/*';fill:url(//evil);c:'*/'\"/>",
        b"<style>/*</style><style>a{fill:url(//evil)}/**/</style>",
        b'<set attributeName="onclick" to="evil"/>',
    ],
)
def test_what_leads_out_goes(gone: bytes):
    assert "evil" not in inside(gone).lower()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + PLAIN_SVG, "entities"),
        (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + PLAIN_SVG, "entities"),
        (b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://evil.example/a">%a;]>' + PLAIN_SVG, "entities"),
        (PLAIN_SVG[:80], "damaged"),
        (HEAD + b"<g>" * 60 + b"</g>" * 60 + b"</svg>", "too many parts"),
        (HEAD + b"<g/>" * 6000 + b"</svg>", "too many parts"),
        (b"<html><svg/></html>", "no drawing"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', "how large"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan 1"><g/></svg>', "how large"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9000 1"><g/></svg>', "how large"),
        (HEAD + b"<!--" + b"x" * svg.MOST_BYTES + b"--></svg>", "too large"),
        (b'<?xml version="1.0" encoding="no-such"?>' + PLAIN_SVG, "damaged"),
        (PLAIN_SVG.replace(b"#222", b"\xff\xfe"), "damaged"),
    ],
)
def test_what_is_refused(data: bytes, why: str):
    with pytest.raises(BadImage, match=why):
        svg.sanitised(data)


def test_a_doctype_alone_and_another_encoding_are_fine():
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert "DOCTYPE" not in svg.sanitised(doctype + PLAIN_SVG)[0]
    wide = PLAIN_SVG.decode().encode("utf-16")
    assert svg.is_svg(wide)
    assert svg.sanitised(wide)[1:] == (300, 100)


def test_a_size_in_millimetres_is_one_too():
    drawing = PLAIN_SVG.replace(b'viewBox="0 0 300 100"', b'width="76.2mm" height="72pt"')
    text, width, height = svg.sanitised(drawing)
    assert (round(width), round(height)) == (288, 96)
    assert 'viewBox="0 0 288 96"' in text


def test_a_drawing_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch):
    lots = b"".join(b'<g id="g%d">%s</g>' % (level, b'<use href="#g%d"/>' % (level - 1) * 10) for level in range(1, 9))
    drawing = inside(b'<rect id="g0" width="1" height="1"/>' + lots)
    monkeypatch.setattr(svg, "PAINT_SECONDS", 4.0)
    started = time.monotonic()
    with pytest.raises(BadImage, match="cannot be painted"):
        svg.painted(drawing, 600, 200)
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("child", [b"<title/>", b"<g/>", b"<desc>x</desc>"])
def test_what_stands_beside_the_rules_of_a_style_is_left_out(child: bytes):
    drawing = inside(b"<style>.a{fill:red}" + child + b"@import url(https://evil.example/x.css);</style><g/>")
    assert ".a{fill:red}" in drawing
    assert "evil" not in drawing


def test_letters_behind_what_is_left_out_stay():
    drawing = inside(b'<text>Acme <x:y xmlns:x="u"/>Ltd <tspan>of</tspan> <!-- no -->Bath</text>')
    assert "<text>Acme Ltd <tspan>of</tspan> Bath</text>" in drawing
