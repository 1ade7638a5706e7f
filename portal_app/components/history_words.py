"""The words of the timeline's rows."""

from portal_app import clock, routes
from portal_app.components.lists import Row
from portal_app.components.visit_words import LIVE, doing
from portal_app.components.words import Words, clip, first_name, plural
from portal_app.money import Money
from portal_app.services.timeline import QUOTE, Entry, Page, Paper
from portal_app.services.timeline_jobs import JobFacts
from portal_app.services.timeline_parts import Filed
from portal_app.services.visibility import PHOTO
from portal_app.services.visits import VisitFacts


def history_rows(page: Page, words: Words) -> list[Row]:
    """Return the rows of one page of the timeline."""
    return [history_row(entry, words) for entry in page.entries]


def history_row(entry: Entry, words: Words) -> Row:
    """Return the row of one entry; of a photo or document with its job, of a job with its state."""
    what = entry.what
    if isinstance(what, VisitFacts):
        return _visit_row(what, words)
    if isinstance(what, JobFacts):
        return _job_row(what, words)
    if isinstance(what, Filed):
        return _file_row(what, words)
    is_quote = entry.rank == QUOTE
    title = f"{'Quote' if is_quote else 'Invoice'} {what.number}".rstrip() + (f": {what.title}" if what.title else "")
    sub = _quote_sub(what, words) if is_quote else _invoice_sub(what, words)
    when = words.short_day(what.day) if what.day else ""
    href = "" if is_quote else routes.invoice(what.public_id)
    return Row("quote" if is_quote else "receipt", clip(title), sub, when, href)


def _visit_row(visit: VisitFacts, words: Words) -> Row:
    when, href = words.short_day(words.day(visit.sort_at)), routes.job(visit.job_public_id)
    if visit.status in LIVE:
        return Row("wrench", clip(visit.title) or "Job", doing(visit, words), when, href)
    if visit.status == "canceled":
        reason = clip(visit.status_reason)
        return Row("wrench", clip(visit.title) or "Job", f"Cancelled. {reason}" if reason else "Cancelled", when, href)
    who = first_name(visit.technicians[0].name) if visit.technicians else "We"
    return Row("wrench", clip(visit.title) or "Job", clip(visit.work_summary) or f"{who} finished the work", when, href)


def _job_row(job: JobFacts, words: Words) -> Row:
    ended = {"completed": "completed", "canceled": "cancelled"}.get(job.status, "")
    if ended and job.closed_at:
        ended = f"{ended} on {words.long_day(words.day(job.closed_at))}"
    state = ended or {"open": "open", "on_hold": "on hold"}.get(job.status, "being updated")
    sub = f"Job {job.number}, {state}" if job.number else state[:1].upper() + state[1:]
    return Row(
        "wrench", clip(job.title) or "Job", sub, words.short_day(words.day(job.opened_at)), routes.job(job.public_id)
    )


def _file_row(filed: Filed, words: Words) -> Row:
    file, job = filed.file, filed.job
    href = routes.job(job.public_id) if job else ""
    if file.kind == PHOTO:
        return Row("photo", "Photo", clip(job.title) if job else "", words.short_day(words.day(file.at)), href)
    until = f"until {words.full_date(file.expires_on)}" if file.expires_on else ""
    sub = ", ".join(part for part in (clip(job.title) if job else "Document", until) if part)
    return Row("file", clip(file.words), sub, words.short_day(words.day(file.at)), href or routes.DOCUMENTS)


def _quote_sub(quote: Paper, words: Words) -> str:
    state = {
        "approved": "approved",
        "converted": "approved",
        "declined": "declined",
        "expired": "expired",
        "withdrawn": "withdrawn",
        "changes_requested": "changes asked for",
    }.get(quote.status, "")
    if quote.status == "sent":
        until = quote.open_until
        state = "open" if until is None else f"open until {words.short_day(until)}"
        if until == words.today:
            state = "open until the end of today"
        elif until is not None and until < words.today:
            state = "expired"
    return ", ".join(part for part in (words.money(quote.total), state) if part)


def _invoice_sub(invoice: Paper, words: Words) -> str:
    balance = invoice.balance or Money(0, invoice.total.currency)
    parts = [words.money(invoice.total)]
    if invoice.status in {"open", "partially_paid"}:
        paid = invoice.total.minor - balance.minor
        if paid > 0:
            parts.append(
                f"of which {words.money(Money(paid, invoice.total.currency))} paid" if balance.minor else "paid"
            )
        if balance.minor > 0 and invoice.due_on and invoice.due_on < words.today:
            late = clock.whole_days(invoice.due_on, words.today)
            parts.append(f"{plural(late, 'day', 'days')} overdue")
        elif balance.minor > 0 and invoice.due_on:
            today = invoice.due_on == words.today
            parts.append("due today" if today else f"due on {words.long_day(invoice.due_on)}")
    else:
        parts.append({"paid": "paid", "void": "cancelled", "uncollectible": "closed"}.get(invoice.status, ""))
    return ", ".join(part for part in parts if part)
