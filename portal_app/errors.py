"""Errors whose message is a sentence the person in front of the screen can read."""


class PortalError(Exception):
    """Base of all refusals; `sentence` is shown to the person as it stands."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(PortalError):
    """The record does not exist, or belongs to somebody else; both read the same."""

    def __init__(self, sentence: str = "We could not find that.") -> None:
        super().__init__(sentence)


class NotAllowed(PortalError):
    """The person is known but has no right to this act."""

    def __init__(self, sentence: str = "Your account does not include this. Please ask the office.") -> None:
        super().__init__(sentence)


class Invalid(PortalError):
    """What was entered cannot be used; the sentence says why."""


class SignInRequired(PortalError):
    """Nobody is signed in, or the session has ended."""

    def __init__(self, sentence: str = "Please sign in again.") -> None:
        super().__init__(sentence)


class TooMany(PortalError):
    """A limit was reached; `retry_after` is in whole seconds."""

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
