"""Markdown shows what was meant, and nothing in it can run, load or lead astray."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_app.integrations.rich_text import as_html, as_words

ALLOWED = re.compile(
    r'</?(p|strong|em|ul|ol|li|h2|h3|h4|blockquote|code|pre)>|<(br|hr)>|<ol start="\d+">|</a>'
    r'|<a( href="(https://|mailto:|tel:)[^"<>]*")? rel="noopener noreferrer nofollow">'
)
PIECES = st.sampled_from(
    [
        "<script>",
        "</p>",
        "<img src=x onerror=alert(1)>",
        "[a](",
        ")",
        "javascript:",
        "https://e.example",
        "![",
        "](",
        "`",
        "<",
        ">",
        '"',
        "'",
        "&#106;",
        "&lt;",
        "\n",
        "\n\n",
        "* ",
        "1. ",
        "> ",
        "# ",
        "**",
        "data:text/html,",
        "\0",
        "\\",
        "x",
    ]
)


def test_it_works():
    assert as_html(
        "# When?\n\nOn **Monday**,\nor *Tuesday*:\n\n- [ring](tel:+441632)\n- [write](mailto:a@b.example)"
    ) == (
        "<h3>When?</h3>\n<p>On <strong>Monday</strong>,<br>\nor <em>Tuesday</em>:</p>\n<ul>\n"
        '<li><a href="tel:+441632" rel="noopener noreferrer nofollow">ring</a></li>\n'
        '<li><a href="mailto:a@b.example" rel="noopener noreferrer nofollow">write</a></li>\n</ul>'
    )
    assert as_html("") == ""


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://tracker.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "[x](http://plain.example)",
        "[x](//evil.example)",
        "[x](/auth/logout)",
        '[x](https://e.example "onmouseover=alert(1)")',
        "<https://e.example/><svg onload=alert(1)>",
        "<a href='https://e.example' onclick='alert(1)' style='position:fixed'>x</a>",
        "<style>*{display:none}</style>",
        "<iframe src=https://e.example></iframe>",
        "<!-- a --> <![CDATA[ b ]]>",
        "<form action=https://e.example><input name=password></form>",
        "```html\n<script>alert(1)</script>\n```",
        '<div id="main" class="bottombar">',
    ],
)
def test_what_could_do_harm_does_nothing(hostile: str):
    assert ALLOWED.sub("", as_html(hostile)).count("<") == 0, as_html(hostile)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_whatever_is_written_only_harmless_tags_come_out(text: str):
    rest = ALLOWED.sub("", as_html(text))
    assert "<" not in rest
    assert "<" not in ALLOWED.sub("", as_html(text + "](https://e.example)"))


@pytest.mark.parametrize("piece", ["> ", "* ", "[", "![", "`", "**a ", "<", "[a](", "&", "1. "])
def test_no_text_takes_long(piece: str):
    started = time.process_time()
    as_html((piece * 20_000)[:20_000])
    assert time.process_time() - started < 5


def test_the_words_alone():
    assert as_words("# Tea & milk\n\n- *one*\n- a < b\n\n[here](https://e.example)") == "Tea & milk one a < b here"


def test_headings_go_on_from_the_pages_own():
    assert as_html("# A\n\n### B\n\n###### C", top=2) == "<h2>A</h2>\n<h3>B</h3>\n<h3>C</h3>"
    assert as_html("### A\n\n#### B") == "<h3>A</h3>\n<h4>B</h4>"
