"""Who is acting: every service takes one of these and asks it, never the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal_app.errors import NotAllowed
from portal_app.services.rights import Permission, Right


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from: network address and browser, as the server saw them."""

    network: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is not signed in."""

    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True)
class Customer:
    """A contact acting for one customer; ids are row numbers and stay in the process.

    `locations` is None when all properties may be seen, else the rows of those that may; `right_locations` narrows
    single rights further. Ask `places` for what counts. `sees_hidden` is never so for a contact, only for the office
    that reads as one: what it hides from the customer it still sees itself.
    """

    contact_id: int
    customer_id: int
    login_id: int
    session_id: int
    name: str
    rights: frozenset[Right]
    locations: frozenset[int] | None = None
    origin: Origin = field(default_factory=Origin)
    right_locations: Mapping[Right, frozenset[int]] = field(default_factory=dict)
    sees_hidden: bool = False

    def places(self, right: Right) -> frozenset[int] | None:
        """Return the properties at which the contact has the right, None for all of them."""
        narrowed = self.right_locations.get(right)
        if narrowed is None or self.locations is None:
            return self.locations if narrowed is None else narrowed
        return narrowed & self.locations

    def may(self, right: Right) -> bool:
        """Return whether the contact has the right."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Raise NotAllowed when the contact lacks the right."""
        if right not in self.rights:
            raise NotAllowed


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the office."""

    member_id: int
    login_id: int
    session_id: int
    name: str
    role: str
    permissions: frozenset[Permission]
    origin: Origin = field(default_factory=Origin)

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed when the role lacks the permission."""
        if permission not in self.permissions:
            raise NotAllowed("Your role does not include this. Ask the owner of the portal.")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who was sent one invoice and has proved that the address is theirs; they reach nothing else.

    `link` is the shared link's public id, `invoice` the invoice's; `may_pay` holds at this moment.
    """

    guest_id: int
    link: str
    customer_id: int
    invoice_id: int
    invoice: str
    name: str
    email: str
    may_pay: bool
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True)
class System:
    """A task without a person, such as `crm_poll` or `command_line`."""

    name: str


Actor = Visitor | Customer | Guest | Staff | System
