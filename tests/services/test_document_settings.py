"""What the office sets for its papers."""

import pytest

from portal_app import database
from portal_app.errors import NotAllowed
from portal_app.services import document_settings
from portal_app.services.document_settings import LONGEST, DocumentsForm, iban_problem
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import StaffRole
from tests.services import people
from tests.services.people import actor_of, kinds, make_staff, start_session

pytestmark = pytest.mark.usefixtures("database_file")


@pytest.fixture
def ruth():
    people.make_business()
    return actor_of(start_session(make_staff("ruth@example.com")))


def save(actor, **fields: str) -> DocumentsForm:
    with database.transaction() as session:
        document_settings.save(session, actor, DocumentsForm(**fields))
    with database.reading() as session:
        return document_settings.get(session, actor)


def test_it_works(ruth):
    kept = save(
        ruth,
        legal_name=" Bell &  Daughters Ltd ",
        address="1 Kiln Yard\r\n  Bath\u202e BA2\n",
        bank_iban="gb82west12345698765432",
        bank_bic="barc gb22",
    )
    assert kept.legal_name == "Bell & Daughters Ltd"
    assert kept.address == "1 Kiln Yard\nBath BA2"
    assert (kept.bank_iban, kept.bank_bic) == ("GB82 WEST 1234 5698 7654 32", "BARCGB22")
    assert kinds(lambda kind: kind.startswith("business.")) == ["business.changed"]
    assert save(ruth, **{name: getattr(kept, name) for name in LONGEST}) == kept
    assert kinds(lambda kind: kind.startswith("business.")) == ["business.changed"]


@pytest.mark.parametrize(
    "iban",
    ["", "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"],
)
def test_ibans_that_are_right(iban):
    assert iban_problem(iban) == ""


@pytest.mark.parametrize("iban", ["GB82 WEST 1234 5698 7654 33", "12345678", "GB82", "ÄÖ82WEST12345698765432"])
def test_ibans_with_a_typing_error(iban):
    assert "typing error" in iban_problem(iban)


@pytest.mark.parametrize("name", list(LONGEST))
def test_too_much_is_said_at_its_field_and_nothing_is_stored(ruth, name):
    with pytest.raises(FormRefused) as refused:
        save(ruth, **{name: "x" * (LONGEST[name] + 1)})
    assert list(refused.value.fields) == [name]


def test_a_wrong_bic_is_said(ruth):
    with pytest.raises(FormRefused) as refused:
        save(ruth, bank_bic="BARC")
    assert "BIC" in refused.value.fields["bank_bic"]


def test_only_those_who_may_change_settings_see_them(ruth):
    reader = actor_of(start_session(make_staff("reader@example.com", StaffRole.READER)))
    sarah = actor_of(start_session(people.make_customer("sarah@example.com")))
    for actor in (reader, sarah):
        with pytest.raises(NotAllowed):
            save(actor, legal_name="Mine")
