"""A database from before each dispute was decided by itself, brought up to date: what was decided is known to be."""

import pytest
from sqlmodel import col, select

from portal_app import database
from portal_app.models import PaymentReversal
from tests.services.work import NOW
from tests.workflows.test_money_of_before import write

BEFORE = "b7d90c42e8a1"


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(("word", "decided"), [("lost", True), ("asked", True), ("open", False)])
def test_it_works(word: str, decided: bool) -> None:
    write("customer")
    write("payment", status="succeeded", dispute=word)
    write("payment_reversal", id=1, public_id="r1", source_id="du_1", reason="disputed", at=NOW)
    write("payment_reversal", id=2, public_id="r2", source_id="du_1", reason="dispute_won", at=NOW)
    write("payment_reversal", id=3, public_id="r3", source_id="du_2", reason="disputed", at=NOW)
    database.migrate()
    with database.reading() as session:
        found = session.exec(select(PaymentReversal.decided_at).order_by(col(PaymentReversal.id))).all()
    assert [at is not None for at in found] == [True, False, decided]
