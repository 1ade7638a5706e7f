"""What each mail says, by its name."""

from collections.abc import Callable, Mapping
from typing import Any

from portal_app.services import payment_words
from portal_app.services.business import Look
from portal_app.services.mail_parts import Facts, Words
from portal_app.services.mails import Mail

MASK = "••••••"


def _link(f: Facts) -> Words:
    what = f.name("what")
    lasts = f.count("days", "day", "days")
    return Words(
        subject=f"{what[:1].upper()}{what[1:]} from {f.business}" if what else f"Your customer portal at {f.business}",
        heading="Something for you" if what else "Your customer portal",
        before=(
            f"Open the portal of {f.business} to see {what}."
            if what
            else "See your visits, invoices and messages in one place.",
            "We will send a six-digit code to this address first, to make sure that it is you.",
        ),
        button=("Open the portal", f.path),
        after=(
            f"The link works for {lasts}." if lasts else "The link works for a while.",
            "Please do not pass this mail on.",
        ),
    )


def _shared(f: Facts) -> Words:
    what, lasts, sender = f.name("what", "an invoice"), f.count("days", "day", "days"), f.name("sender", "Somebody")
    who = f"{sender}, a customer of {f.business}," if f.flag("by_customer") else f"{sender} of {f.business}"
    note = f.lines("note")
    do = "see it online, download it and pay it" if f.flag("may_pay") else "see it online and download it"
    return Words(
        subject=f"{what[:1].upper()}{what[1:]} from {f.business}",
        heading=f"{what[:1].upper()}{what[1:]} for you",
        before=(
            f"{who} sends you {what}." + (" It is enclosed as a PDF." if f.flag("enclosed") else ""),
            *((f"This is what {sender} writes to you.",) if note else ()),
            *(f"“{line}”" for line in note),
            f"You can {do} here. We will send a six-digit code to this address first, to make sure that it is you.",
        ),
        button=("Open the invoice", f.path),
        after=(
            f"The link works for {lasts}." if lasts else "The link works for a while.",
            "It is for you alone: please do not pass this mail on.",
            "If you do not know what this is about, you need not do anything.",
        ),
    )


def _code(f: Facts) -> Words:
    lasts = f.count("minutes", "minute", "minutes") or "a few minutes"
    return Words(
        subject=f"Your code is {f.code}",
        heading="Your code",
        before=(f"Type this code on the page of {f.business} where you asked for it.",),
        code=f.code,
        button=("Open the portal here instead", f.path) if f.path else None,
        after=(
            f"The code works for {lasts}, once, in the browser that asked for it.",
            f"Nobody from {f.business} will ever ask you for it, not on the phone either.",
            "If you did not ask for a code, you need not do anything: without it nobody gets in.",
        ),
    )


def _invitation(f: Facts) -> Words:
    customer, lasts = f.name("customer"), f.count("days", "day", "days")
    return Words(
        subject=f"{f.business} invites you to its customer portal",
        heading="You are invited",
        before=(
            f"{f.business} has opened its customer portal for you" + (f", for {customer}." if customer else "."),
            "There you see visits, invoices and messages. Choose a password to begin.",
        ),
        button=("Choose a password", f.path),
        after=(
            f"The invitation works for {lasts}." if lasts else "The invitation works for a while.",
            "If you did not expect this, you need not do anything.",
        ),
    )


def _reset(f: Facts) -> Words:
    lasts = f.count("hours", "hour", "hours") or "a short while"
    why = (
        f"{f.business} has sent you this link, so that you can choose a new password."
        if f.flag("by_office")
        else "Somebody, most likely you, asked for a new password on our sign-in page."
    )
    return Words(
        subject=f"Choose a new password for {f.business}",
        heading="Choose a new password",
        before=(why,),
        button=("Choose a new password", f.path),
        after=(
            f"The link works for {lasts}, once.",
            "If you did not ask for this, you need not do anything: your password stays as it is.",
        ),
    )


def _password_changed(f: Facts) -> Words:
    who = f"by {f.business}" if f.flag("by_office") else "just now"
    return Words(
        subject="Your password was changed",
        heading="Your password was changed",
        before=(
            f"The password of your account at {f.business} was changed {who}.",
            "Everybody who was signed in elsewhere with the old one has been signed out.",
        ),
        after=("If this was not you, please ring or write to us at once.",),
    )


def _person_invited(f: Facts) -> Words:
    person, customer = f.name("person", "Somebody"), f.name("customer", "your account")
    return Words(
        subject=f"{person} was invited to your account",
        heading="Somebody was invited",
        before=(f"{person} was invited to the portal of {f.business}, to see {customer}.",),
        after=("If this should not be, please ring or write to us: we can shut it again at once.",),
    )


def _confirm_email(f: Facts) -> Words:
    lasts = f.count("minutes", "minute", "minutes") or "a few minutes"
    return Words(
        subject=f"Your code is {f.code}",
        heading="Confirm this address",
        before=(f"Type this code in the portal of {f.business} to use this address from now on.",),
        code=f.code,
        after=(
            f"It works for {lasts}, once.",
            f"Nobody from {f.business} will ever ask you for it.",
            "If you did not ask for this, you need not do anything.",
        ),
    )


def _email_changed(f: Facts) -> Words:
    new = f.address("new_email", "another address")
    return Words(
        subject="Your e-mail address was changed",
        heading="Your e-mail address was changed",
        before=(f"Your account at {f.business} now uses {new}. Mail will go there from now on.",),
        after=("If this was not you, please ring or write to us at once.",),
    )


def _test(f: Facts) -> Words:
    return Words(
        subject=f"A test from {f.business}",
        heading="Mail works",
        before=(f"This is the test message that {f.name('by', 'somebody')} asked for under Settings, Mail.",),
        after=("Nothing needs to be done.",),
    )


_WORDS: dict[Mail, Callable[[Facts], Words]] = {
    Mail.LINK: _link,
    Mail.SHARED: _shared,
    Mail.CODE: _code,
    Mail.INVITATION: _invitation,
    Mail.RESET: _reset,
    Mail.PASSWORD_CHANGED: _password_changed,
    Mail.PERSON_INVITED: _person_invited,
    Mail.CONFIRM_EMAIL: _confirm_email,
    Mail.EMAIL_CHANGED: _email_changed,
    Mail.RECEIPT: payment_words.receipt,
    Mail.PAYMENT_WITH_BANK: payment_words.with_bank,
    Mail.PAYMENT_FAILED: payment_words.payment_failed,
    Mail.REFUND: payment_words.refund,
    Mail.CREDIT_USED: payment_words.credit_used,
    Mail.GUEST_PAYMENT: payment_words.guest_payment,
    Mail.OFFICE_PAYMENT: payment_words.office_payment,
    Mail.TEST: _test,
}


def words_of(mail: Mail, facts: Mapping[str, Any], secrets: Mapping[str, Any], look: Look) -> Words:
    """Return what one mail says."""
    return _WORDS[mail](Facts(facts, secrets, look))


def masked(mail: Mail, facts: Mapping[str, Any], look: Look) -> Words:
    """Return what one mail says to those who must not see its code or its link: the office."""
    secrets = {"code": MASK, "path": f"/{MASK}"} if mail is not Mail.CODE else {"code": MASK}
    return words_of(mail, facts, secrets, look)
