"""What the rights and roles of a customer's people are called in the office."""

from portal_app.services.rights import Right, Role

# Short words for a row, and what each means to whoever sets it.
RIGHTS: dict[Right, tuple[str, str]] = {
    Right.VIEW_MONEY: ("Money", "Sees invoices, balances and payments"),
    Right.PAY: ("Pay", "Pays invoices"),
    Right.VIEW_QUOTES: ("Quotes", "Sees quotes and their prices"),
    Right.APPROVE: ("Approve", "Approves and declines quotes"),
    Right.VIEW_JOBS: ("Jobs", "Sees jobs, visits and photos"),
    Right.REQUEST: ("Requests", "Asks for work, visits and other times"),
    Right.MESSAGE: ("Messages", "Writes to the office"),
    Right.DOCUMENTS: ("Files", "Sees shared documents"),
    Right.MARGINS: ("Margins", "Sees what parts cost us"),
    Right.PHOTO_DOWNLOAD: ("Photo download", "Saves photos instead of only looking at them"),
}
ROLES: dict[Role, tuple[str, str]] = {
    Role.OWNER: ("Owner", "Everything but our own costs"),
    Role.HOUSEHOLD: ("Household", "Jobs, quotes and messages, but no money"),
    Role.BOOKKEEPER: ("Bookkeeper", "Money and quotes, but no jobs"),
    Role.VIEWER: ("Viewer", "Jobs only, nothing to decide"),
}


def role_word(role: str) -> str:
    """Return what a role is called."""
    return ROLES[Role(role)][0] if role in set(Role) else role.capitalize()


def tags(rights: frozenset[Right]) -> list[str]:
    """Return the rights in short words, in the order of the list above."""
    return [word for right, (word, _) in RIGHTS.items() if right in rights]
