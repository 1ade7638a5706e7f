"""What can go wrong with a CRM, in sentences an office person can read."""

from portal_app.errors import PortalError


class CrmError(PortalError):
    """Base of all trouble with a CRM."""


class CrmUnavailable(CrmError):
    """The CRM did not answer or asked to be left alone; later may be better.

    `retry_after` is in seconds where the CRM named a time, else None.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class CrmRefused(CrmError):
    """The CRM does not accept the token (401 or 403); only a person can help."""


class CrmBroken(CrmError):
    """The CRM answered something that the contract does not know."""


class CursorRefused(CrmBroken):
    """The CRM does not know the page cursor (any more); the walk must start afresh."""
