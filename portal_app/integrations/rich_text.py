"""Markdown as HTML that is safe to show: what people write is formatted, and nothing they write can run.

CommonMark without raw HTML and pictures is rendered by markdown-it-py; what comes out passes nh3's allow-list, so
that a fault in the first still shows nothing dangerous.
"""

import re
from functools import lru_cache
from html import unescape

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "h2", "h3", "h4", "blockquote", "code", "pre", "hr", "a"}
_SCHEMES = {"https", "mailto", "tel"}
_REL = "noopener noreferrer nofollow"
_HEADING = re.compile(r"h[1-6]")
_ADDRESS = re.compile(r"(https://|mailto:|tel:)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "html_block", "html_inline"])
    # Anything else is no link at all, where nh3 would leave its words underlined and dead.
    parser.validateLink = lambda address: bool(_ADDRESS.match(address.strip()))  # type: ignore[method-assign]
    return parser


@lru_cache(maxsize=256)
def as_html(markdown: str, top: int = 3) -> str:
    """Return Markdown as HTML of a few harmless tags; links go to https, mailto and tel only.

    Its largest headings become those of level `top`, all others one below: what is above them is the page's.
    """
    parser = _parser()
    tokens = parser.parse(markdown.replace("\0", ""))
    largest = min((token.tag for token in tokens if _HEADING.fullmatch(token.tag)), default="")
    for token in tokens:
        if _HEADING.fullmatch(token.tag):
            token.tag = f"h{top}" if token.tag == largest else f"h{top + 1}"
    rendered = parser.renderer.render(tokens, parser.options, {})
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel=_REL,
        strip_comments=True,
        url_relative="deny",
    ).strip()


@lru_cache(maxsize=256)
def as_words(markdown: str) -> str:
    """Return the words of Markdown alone, on one line: what a search looks at."""
    words = nh3.clean(as_html(markdown).replace("<", " <"), tags=set())
    return _SPACES.sub(" ", unescape(words)).strip()
