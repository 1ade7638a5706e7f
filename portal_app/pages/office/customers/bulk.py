"""The words of inviting many: what would happen, and how far it has come."""

from dataclasses import dataclass, field

from portal_app.components.words import plural
from portal_app.services.bulk_invites import Progress, Tally


@dataclass(frozen=True)
class BulkView:
    """What the dialog says before anything is sent; `go` is its button, empty when there is nothing to do."""

    ready: bool = False
    sentence: str = ""
    lines: list[str] = field(default_factory=list)
    go: str = ""


def bulk_view(tally: Tally) -> BulkView:
    """Return what inviting would do."""
    customers = plural(tally.customers, "customer", "customers")
    if not tally.customers:
        return BulkView(True, "No customer is chosen.", [], "")
    people = plural(tally.invited, "person", "people")
    if tally.invited:
        go = f"Invite {people}"
    elif tally.switched:
        go = f"Switch the portal on for {plural(tally.switched, 'customer', 'customers')}"
    else:
        go = ""
    sentence = (
        f"Of {customers}, {tally.switched} will have portal access switched on, and {people} will get an invitation."
    )
    return BulkView(True, sentence, _left_out(tally), go)


def _left_out(tally: Tally) -> list[str]:
    """Return who gets no mail, and why."""
    given = (
        (tally.already, "already invited or active: they are left alone"),
        (tally.without_email, "without a valid e-mail address: nothing can be sent"),
        (tally.bounced, "whose mail came back: correct their address first"),
        (tally.disabled, "disabled by the office: they stay shut out"),
    )
    lines = [f"{plural(count, 'person', 'people')} {words}." for count, words in given if count]
    if tally.inactive:
        lines.append(f"{plural(tally.inactive, 'customer is', 'customers are')} no longer active and left out.")
    return lines


def progress_words(progress: Progress | None, running: bool) -> str:
    """Return how far the newest bulk has come; empty when none is to be told of."""
    if progress is None:
        return ""
    done, total = progress.tally.customers, max(progress.total, progress.tally.customers)
    people = plural(progress.tally.invited, "person", "people")
    if not progress.over and running:
        return f"Inviting: {done} of {plural(total, 'customer', 'customers')} done, {people} invited so far."
    if progress.stopped or not progress.over:
        return f"Stopped after {done} of {total} customers; {people} invited. Ask again to go on: nobody gets two."
    return f"Done: {people} invited, the portal switched on for {progress.tally.switched} of {total} customers."
