"""What happened, in words: one sentence for each kind of activity."""

from portal_app.components.lists import Row
from portal_app.components.words import Words
from portal_app.money import Money
from portal_app.services.customer_profile import Happening

# {who} acted, {about} is whom or what it concerned, {what} its kind where the facts tell.
# What is not named here is said by its kind.
_SENTENCES: dict[str, tuple[str, str]] = {
    "customer.created": ("user", "The customer was added"),
    "customer.changed": ("pencil", "The customer's details changed"),
    "customer.restored": ("user", "The customer is back in the CRM"),
    "customer.deleted": ("user", "The customer was removed in the CRM"),
    "customer.access_on": ("user", "Portal access was switched on"),
    "customer.access_off": ("user", "Portal access was switched off"),
    "customer.access_ended": ("user", "Portal access ended: no longer active in the CRM"),
    "contact.created": ("user", "{about} was added"),
    "contact.changed": ("pencil", "{about}'s details changed"),
    "contact.deleted": ("user", "{about} was removed"),
    "contact.invited": ("mail", "{about} was invited"),
    "contact.disabled": ("user", "{about} was disabled"),
    "contact.enabled": ("user", "{about} was enabled"),
    "contact.tester_added": ("user", "{about} may try the portal before it opens"),
    "contact.tester_removed": ("user", "{about} is no longer a tester"),
    "contact.rights_changed": ("pencil", "{about}'s rights changed"),
    "contact.email_pending": ("mail", "The CRM wants another main e-mail for {about}"),
    "contact.email_accepted": ("mail", "{about}'s new main e-mail was accepted"),
    "contact.email_refused": ("mail", "{about}'s new main e-mail was refused"),
    "login.signed_in": ("user", "{who} signed in"),
    "login.signed_out": ("user", "{who} signed out"),
    "login.refused": ("user", "A sign-in was refused"),
    "login.reset_sent": ("mail", "{about} was sent a link to reset their password"),
    "login.password_changed": ("user", "{who} changed a password"),
    "link.created": ("link", "A link was made"),
    "link.sent": ("link", "A link was sent"),
    "link.opened": ("link", "A link was opened"),
    "link.revoked": ("link", "A link was revoked"),
    "link.shared": ("mail", "An invoice was sent to somebody else"),
    "link.seen_by_guest": ("receipt", "Somebody opened the invoice they were sent"),
    "mail.bounced": ("mail", "A mail came back"),
    "contact.mail_problem": ("mail", "Mail to {about} comes back"),
    "contact.mail_works": ("mail", "Mail to {about} works again"),
    "job.created": ("wrench", "Job {about} was opened"),
    "job.changed": ("wrench", "Job {about} changed"),
    "visit.created": ("calendar", "A visit was planned"),
    "visit.changed": ("calendar", "A visit changed"),
    "request.made": ("bulb", "{who} asked for a quote"),
    "quote.created": ("quote", "Quote {about} was made"),
    "quote.changed": ("quote", "Quote {about} changed"),
    "invoice.created": ("receipt", "Invoice {about} was made"),
    "invoice.changed": ("receipt", "Invoice {about} changed"),
    "document.downloaded": ("receipt", "{who} downloaded a document"),
    "file.created": ("quote", "A photo or document was added in the CRM"),
    "file.ready": ("quote", "A photo or document came from the CRM"),
    "file.added": ("quote", "A photo or document was added"),
    "file.changed": ("quote", "A photo or document changed"),
    "file.shown": ("quote", "A photo or document was shown to the customer"),
    "file.hidden": ("quote", "A photo or document was hidden from the customer"),
    "file.deleted": ("quote", "A photo or document was removed in the CRM"),
    "file.removed": ("quote", "A photo or document was deleted"),
    "file.downloaded": ("quote", "{who} downloaded a photo or document"),
    "file.download_of_customer": ("quote", "It was decided whether photos may be downloaded"),
    "record.hidden": ("pencil", "{what} {about} was hidden from the customer"),
    "record.shown": ("pencil", "{what} {about} was shown to the customer again"),
    "payment.begun": ("receipt", "{who} began to pay"),
    "payment.to_confirm": ("receipt", "A bank account has to be confirmed before a payment"),
    "payment.instructed": ("receipt", "A payer was told how to pay by a voucher or a transfer"),
    "payment.with_bank": ("receipt", "A payment is with the bank"),
    "payment.succeeded": ("receipt", "A payment arrived"),
    "payment.failed": ("receipt", "A payment did not go through"),
    "payment.expired": ("receipt", "A payment was begun and not finished"),
    "payment.held": ("receipt", "A payment waits for your decision"),
    "payment.resolved": ("receipt", "A payment that waited was decided"),
    "payment.returned": ("receipt", "The bank took a payment back"),
    "payment.questioned": ("receipt", "The payer's bank asked about a payment"),
    "payment.question_closed": ("receipt", "The payer's bank has asked no further about a payment"),
    "payment.disputed": ("receipt", "The payer's bank disputed a payment"),
    "payment.dispute_won": ("receipt", "A dispute was won: the money is back"),
    "payment.dispute_lost": ("receipt", "A dispute was lost: the bank keeps the money"),
    "payment.refund_asked": ("receipt", "A refund was asked for"),
    "payment.refunded": ("receipt", "A refund was made"),
    "payment.refunded_elsewhere": ("receipt", "A refund was made at Stripe itself"),
    "payment.refund_treated": ("receipt", "It was decided how a refund counts"),
    "payment.refund_settled": ("receipt", "It was said what became of a refund"),
    "payment.refund_failed": ("receipt", "A refund did not go through"),
    "payment.booked": ("receipt", "A payment is in the CRM's books"),
    "payment.used": ("receipt", "Money that paid nothing was used for an invoice"),
    "payment.recorded": ("receipt", "A payment was recorded"),
    "payment.mistaken": ("receipt", "A payment that was recorded by mistake was taken back"),
    "payment_method.added": ("receipt", "{who} saved a payment method"),
    "payment_method.removed": ("receipt", "{who} removed a payment method"),
    "payment_method.made_default": ("receipt", "{who} chose another payment method as the default"),
    "technician.changed": ("user", "A technician's details changed"),
    "contact.change_conflict": ("pencil", "A change of {about} is in conflict with the CRM"),
    "contact.change_sent_again": ("pencil", "A change of {about} was sent to the CRM again"),
    "location.created": ("house", "A property was added"),
    "location.changed": ("house", "A property changed"),
    "location.noted": ("house", "{who} wrote a note for visits"),
    "location.deleted": ("house", "A property was removed"),
}
_STATUS = {
    "on_the_way": "On the way",
    "in_progress": "In progress",
    "completed": "Complete",
    "scheduled": "Scheduled",
    "canceled": "Cancelled",
    "on_hold": "On hold",
    "paid": "Paid",
    "partially_paid": "Partly paid",
    "void": "Cancelled",
    "approved": "Approved",
    "declined": "Declined",
    "expired": "Expired",
}


def happening_row(one: Happening, words: Words) -> Row:
    """Return one row of the history."""
    icon, sentence = _SENTENCES.get(one.kind, ("", one.kind.replace(".", " ").replace("_", " ").capitalize()))
    about = one.about or ("Somebody" if "{about}'s" in sentence or sentence.startswith("{about}") else "")
    what = str(one.facts.get("what", "")).capitalize()
    title = sentence.format(who=one.who or "Somebody", about=about, what=what)
    return Row(icon or "circle", " ".join(title.split()), _sub(one, words), words.moment(one.at))


def _sub(one: Happening, words: Words) -> str:
    status = _STATUS.get(str(one.facts.get("status", ""))) if "was" in one.facts else _amount(one, words)
    if one.actor_kind == "staff":
        by = f"By {one.who}" if one.who else "By the office"
    elif one.actor_kind == "system":
        by = "From the CRM" if one.who == "crm_poll" else "By the portal"
    else:
        by = "" if one.kind.startswith("login.") else (f"By {one.who}" if one.who else "")
    return " · ".join(part for part in (status, by) if part)


def _amount(one: Happening, words: Words) -> str:
    """Return the amount a fact tells, empty without one."""
    minor, currency = one.facts.get("amount_minor"), one.facts.get("currency")
    return words.money(Money(minor, currency)) if isinstance(minor, int) and isinstance(currency, str) else ""
