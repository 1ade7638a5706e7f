"""The whole demo as tests use it: reference CRM, portal, accounts, all real and on free ports."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.demo.running import RunningCrm
from tests.running import RunningPortal, wait_for

CUSTOMER, NEIGHBOUR, OFFICE = "customer@example.com", "neighbour@example.com", "office@example.com"
_PREPARE = """
from portal_app.commands.run import prepare
from portal_app.demo import seed
from portal_app.settings import get_settings
prepare(get_settings()); seed.load(get_settings())
"""


@dataclass(frozen=True)
class Site:
    """A running portal beside a running CRM; `addresses` are those of single records, as they were found."""

    portal: RunningPortal
    crm: RunningCrm
    addresses: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The portal's address."""
        return self.portal.url


@contextmanager
def running_site(folder: Path, **settings: str) -> Iterator[Site]:
    """Run the demo business in a folder until the block ends; its customers are imported and can sign in."""
    with RunningCrm(folder) as crm:
        wanted = {
            "PORTAL_DEMO": "yes",
            "PORTAL_CRM_URL": crm.url,
            "PORTAL_CRM_TOKEN": crm.token,
            "PORTAL_CRM_POLL_SECONDS": "1",
        }
        portal = RunningPortal(folder, **{**wanted, **settings})
        shutil.copytree(_prepared(), portal.data)
        with portal:
            wait_for(lambda: _arrived(portal), "the import of the demo's business")
            assert "True" in portal.python("from portal_app.demo.doors import open_once; print(open_once())")
            yield Site(portal, crm)


@cache
def _prepared() -> Path:
    """Return the data of a business that has just been set up: made once, since that takes longer than all the rest."""
    folder = Path(tempfile.mkdtemp(prefix="porchlight-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    portal = RunningPortal(folder, PORTAL_DEMO="yes")
    portal.python(_PREPARE)
    return portal.data


def _arrived(portal: RunningPortal) -> bool:
    """Return whether the first pass has read all there is, without a process of its own for the look.

    While it reads, it overwrites what a test changes.
    """
    with portal.rows() as rows:
        (found,) = rows.execute("select count(*) from crm_connection where last_success_at is not null").fetchone()
    return found == 1
