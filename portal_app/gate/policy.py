"""What a handler demands of its caller and of its arguments; without a policy nothing can be called.

Reflex makes every public method of every state callable by any websocket client with any payload, and
its annotations validate nothing. So each handler carries a policy, and its arguments a strict schema.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model
from reflex.state import FrontendEventExceptionState, OnLoadInternalState, State
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY
from reflex_base.utils.format import format_event_handler

from portal_app.errors import NotAllowed, SignInRequired
from portal_app.services.actors import Actor, Customer, Staff
from portal_app.services.rights import Permission, Right

MAX_TEXT = 4000
_ATTRIBUTE = "__portal_policy__"
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Audience(StrEnum):
    """Who may call a handler at all."""

    VISITOR = "visitor"
    CUSTOMER = "customer"
    STAFF = "staff"


VISITOR, CUSTOMER, STAFF = Audience.VISITOR, Audience.CUSTOMER, Audience.STAFF


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a handler, with which right or permission, and what its arguments look like.

    `only_chained` handlers answer to other handlers, never to a client.
    """

    audience: Audience
    schema: type[BaseModel]
    right: Right | None = None
    permission: Permission | None = None
    only_chained: bool = False

    def admit(self, actor: Actor | None) -> None:
        """Raise SignInRequired or NotAllowed unless the actor may call; visitors' handlers admit everybody."""
        if self.audience is VISITOR:
            return
        if actor is None:
            raise SignInRequired
        if self.audience is CUSTOMER:
            if not isinstance(actor, Customer):
                raise NotAllowed
            if self.right:
                actor.require(self.right)
        else:
            if not isinstance(actor, Staff):
                raise NotAllowed
            if self.permission:
                actor.require(self.permission)

    def check_arguments(self, payload: object) -> None:
        """Raise pydantic's ValidationError unless the payload is exactly what the handler takes."""
        self.schema.model_validate(_with_plain_forms(payload))


def _with_plain_forms(payload: object) -> object:
    """Return a payload whose submitted forms are what the handler will be given for them: names and values.

    The browser sends a form as a list of pairs under one key; whatever only resembles that is made to fit nothing.
    """
    if not isinstance(payload, dict):
        return payload
    return {name: _plain_form(value) if _is_form(value) else value for name, value in payload.items()}


def _is_form(value: object) -> bool:
    return isinstance(value, dict) and FORM_DATA_ENTRIES_KEY in value


def _plain_form(value: dict[str, Any]) -> dict[str, Any] | None:
    entries = value[FORM_DATA_ENTRIES_KEY]
    pairs = isinstance(entries, list) and all(
        isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) for entry in entries
    )
    return dict(entries) if pairs and len(value) == 1 else None


_STRICT = ConfigDict(strict=True, extra="forbid", str_max_length=MAX_TEXT, allow_inf_nan=False)


def _schema_of(handler: Callable[..., Any]) -> type[BaseModel]:
    """Return a strict model of the handler's annotated arguments; TypeError when one has no annotation."""
    hints = get_type_hints(handler, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(handler).parameters.items())[1:]:
        if name not in hints:
            raise TypeError(f"{handler.__qualname__}: argument {name} needs an annotation")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default)
    return create_model(f"{handler.__name__}_arguments", __config__=_STRICT, **fields)


def allow(
    audience: Audience, *, right: Right | None = None, permission: Permission | None = None, only_chained: bool = False
) -> Callable[[Handler], Handler]:
    """Give a handler its policy; stands below `@rx.event`. Arguments are checked by their annotations."""
    if right and audience is not CUSTOMER:
        raise TypeError("a right belongs to customers")
    if permission and audience is not STAFF:
        raise TypeError("a permission belongs to staff")

    def decorate(handler: Handler) -> Handler:
        policy = Policy(audience, _schema_of(handler), right, permission, only_chained)
        setattr(handler, _ATTRIBUTE, policy)
        return handler

    return decorate


class _NoArguments(BaseModel):
    model_config = _STRICT


class _HydrateArguments(BaseModel):
    """The connection's first event. `vars` are browser-stored values, which no state of ours has."""

    model_config = _STRICT
    vars: Annotated[dict[str, Any], Field(max_length=0)] | None = None
    hashes: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=400)] | None = None


class _HydratedArguments(BaseModel):
    model_config = _STRICT
    value: bool


class _FrontendErrorArguments(BaseModel):
    model_config = _STRICT
    info: str
    component_stack: str


HYDRATE_AND_LOAD = format_event_handler(State.event_handlers["hydrate_and_load"])
ON_LOAD = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])

_FRAMEWORK: dict[str, Policy] = {
    HYDRATE_AND_LOAD: Policy(VISITOR, _HydrateArguments),
    ON_LOAD: Policy(VISITOR, _NoArguments),
    format_event_handler(OnLoadInternalState.event_handlers["set_is_hydrated"]): Policy(
        VISITOR, _HydratedArguments, only_chained=True
    ),
    format_event_handler(FrontendEventExceptionState.event_handlers["handle_frontend_exception"]): Policy(
        VISITOR, _FrontendErrorArguments
    ),
}


def policy_of(event_name: str) -> Policy | None:
    """Return the policy of a registered event by its full name, or None: then nobody may call it."""
    if event_name in _FRAMEWORK:
        return _FRAMEWORK[event_name]
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return getattr(registered.handler.fn, _ATTRIBUTE, None) if registered else None
