"""What the office sets for its papers: who the seller is in law, where to transfer money, and the small print."""

import re
from dataclasses import dataclass, fields

from sqlmodel import Session

from portal_app.errors import NotFound
from portal_app.models import Business
from portal_app.services import activity, business
from portal_app.services.access import require_office
from portal_app.services.actors import Actor
from portal_app.services.form_fields import length_problem, line, refuse_if
from portal_app.services.rights import Permission

LONGEST = {
    "legal_name": 200,
    "address": 400,
    "tax_number": 60,
    "company_number": 60,
    "payment_terms": 600,
    "paper_footer": 600,
    "bank_account_name": 120,
    "bank_code": 40,
    "bank_account": 40,
    "bank_iban": 42,
    "bank_bic": 11,
}
"""Letters of each field, those of the tables."""
SEVERAL_LINES = ("address", "payment_terms", "paper_footer")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


@dataclass(frozen=True, slots=True)
class DocumentsForm:
    """What the office types; `address`, `payment_terms` and `paper_footer` have lines of their own."""

    legal_name: str = ""
    address: str = ""
    tax_number: str = ""
    company_number: str = ""
    payment_terms: str = ""
    paper_footer: str = ""
    bank_account_name: str = ""
    bank_code: str = ""
    bank_account: str = ""
    bank_iban: str = ""
    bank_bic: str = ""


def get(session: Session, actor: Actor) -> DocumentsForm:
    """Return what is set, for those who may change it."""
    about = of_office(session, actor)
    return DocumentsForm(**{name: getattr(about, name) for name in LONGEST})


def save(session: Session, actor: Actor, form: DocumentsForm) -> None:
    """Store it, or nothing of it: FormRefused has a sentence at each field that cannot be used."""
    about = of_office(session, actor)
    wanted = {one.name: _tidy(one.name, getattr(form, one.name)) for one in fields(form)}
    problems = {name: length_problem(value, LONGEST[name]) for name, value in wanted.items()}
    problems["bank_iban"] = problems["bank_iban"] or iban_problem(wanted["bank_iban"])
    problems["bank_bic"] = problems["bank_bic"] or _bic_problem(wanted["bank_bic"])
    refuse_if(problems)
    changed = [name for name, value in wanted.items() if getattr(about, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(about, name, wanted[name])
    activity.record(session, actor, "business.changed", subject=("business", about.id), facts={"changed": changed})
    session.flush()


def iban_problem(iban: str) -> str:
    """Return what is wrong with an IBAN that may be left out, empty when nothing is: its own check digits say.

    https://www.iso.org/standard/81090.html (ISO 13616): the first four signs go to the end, letters count from 10, and
    the number leaves 1 when divided by 97.
    """
    if not iban:
        return ""
    bare = iban.replace(" ", "")
    sound = bare.isascii() and bare.isalnum() and 15 <= len(bare) <= 34 and bare[:2].isalpha() and bare[2:4].isdigit()
    if sound and int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1:
        return ""
    return "This IBAN has a typing error. Please compare it with your bank’s letter."


def _bic_problem(bic: str) -> str:
    if not bic or _BIC.fullmatch(bic):
        return ""
    return "A BIC has eight or eleven letters and digits, such as BARCGB22."


def _tidy(name: str, text: str) -> str:
    """Return a field as it is kept: without characters that cannot be seen; an IBAN in groups of four."""
    if name in SEVERAL_LINES:
        return "\n".join(line(part) for part in text.splitlines()).strip()
    plain = line(text)
    if name == "bank_bic":
        return plain.replace(" ", "").upper()
    if name == "bank_iban":
        bare = plain.replace(" ", "").upper()
        return " ".join(bare[at : at + 4] for at in range(0, len(bare), 4))
    return plain


def of_office(session: Session, actor: Actor) -> Business:
    """Return the business for somebody of the office who may change its settings; raises NotAllowed, NotFound."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    found = business.get(session)
    if found is None:
        raise NotFound
    return found
