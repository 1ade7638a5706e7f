"""Let one build of the front end serve any address.

Reflex bakes the backend's address into one small script (`assets/reflex-env-*.js`). The build is made for
an address that cannot exist, and that address is replaced by the page's own origin. The script's name keeps
its hash: the placeholder is the same in every build, so equal names still mean equal contents.
"""

import re
from pathlib import Path

PLACEHOLDER_HOST = "portal.invalid"
PLACEHOLDER_URL = f"https://{PLACEHOLDER_HOST}"

_HTTP = re.compile(r"[`\"']https://portal\.invalid([^`\"']*)[`\"']")
_SOCKET = re.compile(r"[`\"']wss://portal\.invalid([^`\"']*)[`\"']")


class AddressNotReplaced(Exception):
    """The build holds the placeholder address somewhere it cannot be replaced; the sentence names the file."""


def use_own_origin(client: Path) -> None:
    """Replace the placeholder by the page's own origin in a built `client` folder.

    Raises AddressNotReplaced when the script is missing or another file holds the placeholder: such a page
    would show a dead link at every real address.
    """
    scripts = list((client / "assets").glob("reflex-env-*.js"))
    if len(scripts) != 1:
        raise AddressNotReplaced(f"Expected one reflex-env script in {client / 'assets'}, found {len(scripts)}.")
    script = scripts[0]
    text = _HTTP.sub(r"`${location.origin}\1`", script.read_text())
    text = _SOCKET.sub(r"`${location.origin.replace(/^http/,'ws')}\1`", text)
    script.write_text(text)
    for suffix in (".gz", ".br", ".zst"):
        # A few hundred bytes: served as they are, rather than compressed again.
        script.with_name(script.name + suffix).unlink(missing_ok=True)
    _refuse_leftovers(client)


def _refuse_leftovers(client: Path) -> None:
    for path in client.rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".json", ".webmanifest", ".txt"} and (
            PLACEHOLDER_HOST in path.read_text(errors="replace")
        ):
            raise AddressNotReplaced(
                f"{path.name} was built with the portal's address inside. Use a path such as /home, "
                "or fill the address in at run time."
            )
