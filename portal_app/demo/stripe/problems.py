"""Refusals in Stripe's own form: https://docs.stripe.com/api/errors."""

from typing import Any


class Problem(Exception):
    """A refusal; `status`, `type`, `code` and `param` as Stripe answers them. `more` goes into the error as it is."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        *,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        facts = {"message": message, "type": kind, "code": code, "param": param, **more}
        self.body = {"error": {name: value for name, value in facts.items() if value}}


def missing(what: str, thing_id: str, param: str = "id") -> Problem:
    """Return the refusal for an id that names nothing: 404 in an address, 400 among parameters."""
    status = 404 if param == "id" else 400
    return Problem(f"No such {what}: '{thing_id}'", status, code="resource_missing", param=param)
