"""Let the first frame of a page be painted before its scripts have come.

Every page's HTML is rendered by the build and readable without scripts, but names all its modules in its head, as
urgent as the stylesheets that the first frame waits for. On a phone's line they would share it with them.
"""

import gzip
from pathlib import Path

import brotli

_MODULE = '<link rel="modulepreload"'
_WAITING = '<link fetchpriority="low" rel="modulepreload"'


class NoModules(Exception):
    """A page names no modules in the way that is known here; the sentence names the file."""


def let_modules_wait(client: Path) -> None:
    """Make the modules of all pages in a built `client` folder less urgent than what is painted first.

    The compressed copies are made anew. Raises NoModules when a page names its modules otherwise.
    """
    for page in sorted(client.rglob("*.html")):
        text = page.read_text()
        if _WAITING in text:
            continue
        if _MODULE not in text:
            raise NoModules(f"{page.name} does not preload its modules as it used to: see {Path(__file__).name}.")
        content = text.replace(_MODULE, _WAITING).encode()
        page.write_bytes(content)
        for suffix, packed in ((".gz", gzip.compress(content, 9, mtime=0)), (".br", brotli.compress(content))):
            copy = page.with_name(page.name + suffix)
            if copy.exists():
                copy.write_bytes(packed)
