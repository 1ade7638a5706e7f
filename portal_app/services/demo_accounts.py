"""The demo's accounts; everybody may know them, which is why the demo only runs on this machine."""

from dataclasses import dataclass

PASSWORD = "porchlight-demo"  # noqa: S105 - printed at every start of the demo
OFFICE = "office@example.com"
CUSTOMER = "customer@example.com"
NEIGHBOUR = "neighbour@example.com"


@dataclass(frozen=True)
class DemoAccount:
    """One account of the demo and whom one meets there."""

    email: str = ""
    who: str = ""


ACCOUNTS = (
    DemoAccount(CUSTOMER, "a customer with three properties"),
    DemoAccount(NEIGHBOUR, "another customer"),
    DemoAccount(OFFICE, "the office (owner)"),
)
