"""Which property a page shows: what its address names, else what the person chose last."""

from portal_app.database import reading, transaction
from portal_app.services import properties
from portal_app.services.actors import Customer
from portal_app.services.rights import Right


def chosen_place(actor: Customer, right: Right, asked: str) -> str:
    """Return the public id of the property to show, empty for all, and remember what the address asked for.

    `asked` is the address's `property`: a public id, properties.ALL, or empty for what was chosen last. NotFound for
    one that is out of reach.
    """
    with reading() as session:
        # Choosing all of them ends a choice that counts for another right alone, too.
        last = properties.remembered(session, actor, right if asked != properties.ALL else None)
        if asked and asked != properties.ALL:
            properties.row_of(session, actor, right, asked)
    if not asked:
        return last
    if asked != (last or properties.ALL) and actor.may(right):
        with transaction() as session:
            properties.remember(session, actor, right, asked)
    return "" if asked == properties.ALL else asked
