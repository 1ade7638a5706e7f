"""Who is calling and may they: policies on handlers, one middleware before all of them, the socket's door."""

from portal_app.gate.middleware import Gate, GateState, caller
from portal_app.gate.policy import CUSTOMER, STAFF, VISITOR, Policy, allow, policy_of
from portal_app.gate.presence import Presence, presences, refresh_on, refreshed_states
from portal_app.gate.sockets import guard_sockets

__all__ = [
    "CUSTOMER",
    "STAFF",
    "VISITOR",
    "Gate",
    "GateState",
    "Policy",
    "Presence",
    "allow",
    "caller",
    "guard_sockets",
    "policy_of",
    "presences",
    "refresh_on",
    "refreshed_states",
]
