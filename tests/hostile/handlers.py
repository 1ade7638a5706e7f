"""Every event handler a client could name, with what its policy says."""

import re

from reflex_base.registry import RegistrationContext

from portal_app import pages
from portal_app.gate import policy_of

if not pages.PAGES:
    raise RuntimeError("no page is registered")
REGISTERED = dict(RegistrationContext.get().event_handlers)
# Every state also gets the framework's `setvar`, which nobody may call.
OWN = sorted(name for name in REGISTERED if ".portal_app___" in name and not name.endswith(".setvar"))
HOME_LOAD = next(name for name in OWN if re.search(r"pages___dashboard___.*\.load$", name))


def arguments_of(name: str) -> list[str]:
    """Return the names of a handler's arguments, by its policy."""
    policy = policy_of(name)
    return list(policy.schema.model_fields) if policy else []
