"""What the measurements share: sizes, a scratch folder, and one large CRM with the portal that has imported it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.counting import count_home_queries
from bench.processes import PREPARE, Served, environment, inside, python, running_crm
from portal_app.commands.processes import say
from portal_app.demo.crm.store import Store
from portal_app.demo.crm.volume import fill, fill_customer
from tests.running import RunningPortal

SMALL, LARGE = "small@bench.example", "large@bench.example"
SMALL_KEY, LARGE_KEY = "cus_small", "cus_large"
# Pages opened before memory is looked at for the first time.
WARM_UP_TABS = 20


@dataclass(frozen=True)
class Sizes:
    """How much is measured; the defaults are those the goals are about."""

    customers: int = 20_000
    visits: int = 60_000
    invoices: int = 40_000
    small_jobs: int = 25
    large_jobs: int = 2_500
    list_jobs: int = 20_000
    passes: int = 30
    opens: int = 60
    changes: int = 80
    tabs: int = 300
    job_pages: int = 500
    job_changes: int = 10
    sign_ins: int = 100
    few_customers: int = 1_000
    many_customers: int = 200_000
    searches: int = 20
    papers: int = 200
    webhooks: int = 500
    few_invoices: int = 10
    many_invoices: int = 10_000
    few_entries: int = 100
    many_entries: int = 20_000
    photos: int = 100


QUICK = Sizes(
    customers=40,
    visits=120,
    invoices=80,
    small_jobs=5,
    large_jobs=30,
    list_jobs=60,
    passes=3,
    opens=3,
    changes=2,
    tabs=5,
    job_pages=6,
    job_changes=1,
    sign_ins=6,
    few_customers=30,
    many_customers=60,
    searches=1,
    papers=6,
    webhooks=5,
    few_invoices=6,
    many_invoices=30,
    few_entries=10,
    many_entries=40,
    photos=2,
)


@dataclass
class Stage:
    """One run of the bench in a scratch folder; what is expensive is made on first use and kept."""

    folder: Path
    sizes: Sizes = field(default_factory=Sizes)

    @cached_property
    def crm_file(self) -> Path:
        """The large CRM: the business of the goals, and a customer of few and one of many jobs."""
        say("  filling the CRM …")
        sizes = self.sizes
        file = self.folder / "large" / "crm.db"
        file.parent.mkdir(parents=True)
        store = Store(file)
        fill(store, sizes.customers, sizes.visits, sizes.invoices)
        fill_customer(store, sizes.small_jobs, SMALL, SMALL_KEY)
        fill_customer(store, sizes.large_jobs, LARGE, LARGE_KEY)
        store.close()
        return file

    @cached_property
    def tiny_crm_file(self) -> Path:
        """A CRM of ten customers."""
        file = self.folder / "tiny" / "crm.db"
        file.parent.mkdir(parents=True)
        store = Store(file)
        fill(store, customers=10, visits=30, invoices=20)
        store.close()
        return file

    @cached_property
    def first_import(self) -> dict[str, Any]:
        """How the import of the large CRM went; afterwards its data folder is there."""
        say("  importing …")
        return import_into(self.crm_file.parent, self.crm_file)

    @cached_property
    def tiny_import(self) -> dict[str, Any]:
        """How the import of the tiny CRM went."""
        return import_into(self.tiny_crm_file.parent, self.tiny_crm_file)

    @cached_property
    def home_queries(self) -> int:
        """How many statements the portal makes to show the small customer's home, the gate's own included."""
        say("  counting the home page's queries …")
        return count_home_queries(self.data(), self.sessions[SMALL][0])

    def data(self) -> Path:
        """Return the portal's data folder after the large import."""
        assert self.first_import
        return self.crm_file.parent / "data"

    @cached_property
    def sessions(self) -> dict[str, list[str]]:
        """Cookie headers of open sessions of both customers, by address: one for each page opened at once, and some."""
        count = str(self.sizes.tabs + WARM_UP_TABS)
        return inside("start_sessions", count, SMALL, LARGE, env=environment(self.data()))

    @contextmanager
    def portal(self, **settings: str) -> Iterator[Served]:
        """Run the portal over the large import, which it does not poll unless told so by the settings."""
        self.data()
        portal = RunningPortal(self.crm_file.parent, **{"PORTAL_DEMO": "yes", **settings})
        with portal:
            yield Served(portal.url, portal.process_id)


def import_into(folder: Path, crm_file: Path) -> dict[str, Any]:
    """Import a CRM into a new data folder, each in its own process, and return how it went."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    with running_crm(folder, crm_file) as crm:
        env = environment(folder / "data", crm)
        python("-c", PREPARE, env=env)
        went = inside("first_import", env=env)
    if went["trouble"] or went["set_aside"]:
        raise RuntimeError(f"The import did not go through: {went}")
    return went
