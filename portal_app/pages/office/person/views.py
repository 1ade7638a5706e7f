"""What the rights editor shows, and what a press on it changes."""

from dataclasses import dataclass, field, replace

from portal_app.components.right_words import RIGHTS, ROLES
from portal_app.services.portal_rights import PersonRights, Place, of_role
from portal_app.services.rights import Right, Role


@dataclass(frozen=True)
class PlaceTick:
    """One property and whether it is chosen."""

    public_id: str = ""
    name: str = ""
    on: bool = False


@dataclass(frozen=True)
class RightRow:
    """One right: on or off, and at which properties where it is limited to some."""

    name: str = ""
    word: str = ""
    note: str = ""
    on: bool = False
    limited: bool = False
    off_for_all: bool = False
    places: list[PlaceTick] = field(default_factory=list)


@dataclass(frozen=True)
class RoleChoice:
    """One role, and whether it is chosen."""

    name: str = ""
    word: str = ""
    note: str = ""
    on: bool = False


@dataclass(frozen=True)
class RightsView:
    """The whole editor; `several` is whether there are properties to choose from at all."""

    roles: list[RoleChoice] = field(default_factory=list)
    rights: list[RightRow] = field(default_factory=list)
    everywhere: bool = True
    places: list[PlaceTick] = field(default_factory=list)
    several: bool = False


def rights_view(given: PersonRights, places: list[Place], off: list[str]) -> RightsView:
    """Return the editor for what somebody may do now."""

    def ticks(chosen: frozenset[str] | None) -> list[PlaceTick]:
        return [PlaceTick(place.public_id, place.name, place.public_id in (chosen or ())) for place in places]

    return RightsView(
        roles=[RoleChoice(role.value, word, note, role == given.role) for role, (word, note) in ROLES.items()],
        rights=[
            RightRow(
                right.value,
                word,
                note,
                right in given.rights,
                right in given.narrowed,
                right.value in off,
                ticks(given.narrowed.get(right)),
            )
            for right, (word, note) in RIGHTS.items()
        ],
        everywhere=given.places is None,
        places=ticks(given.places),
        several=len(places) > 0,
    )


def with_role(view: RightsView, role: Role) -> RightsView:
    """Return the editor with a role chosen, and the rights it starts with."""
    start = of_role(role)
    return replace(
        view,
        roles=[replace(one, on=one.name == role.value) for one in view.roles],
        rights=[replace(row, on=Right(row.name) in start) for row in view.rights],
    )


def with_right(view: RightsView, right: Right, **changed: bool) -> RightsView:
    """Return the editor with one right switched (`on`) or limited (`limited`)."""
    return replace(view, rights=[replace(row, **changed) if row.name == right.value else row for row in view.rights])


def with_place(view: RightsView, right: Right | None, public_id: str, on: bool) -> RightsView:
    """Return the editor with a property chosen or not, for one right or (None) for the person."""

    def ticked(places: list[PlaceTick]) -> list[PlaceTick]:
        return [replace(place, on=on) if place.public_id == public_id else place for place in places]

    if right is None:
        return replace(view, places=ticked(view.places))
    rights = [replace(row, places=ticked(row.places)) if row.name == right.value else row for row in view.rights]
    return replace(view, rights=rights)


def chosen(view: RightsView) -> PersonRights:
    """Return what the editor says now."""

    def picked(places: list[PlaceTick]) -> frozenset[str]:
        return frozenset(place.public_id for place in places if place.on)

    role = next((one.name for one in view.roles if one.on), Role.VIEWER.value)
    return PersonRights(
        role=Role(role),
        rights=frozenset(Right(row.name) for row in view.rights if row.on),
        places=None if view.everywhere else picked(view.places),
        narrowed={Right(row.name): picked(row.places) for row in view.rights if row.on and row.limited},
    )
