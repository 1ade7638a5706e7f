"""A database from before refunds had days of their own, brought up to date: the books say what they said."""

from typing import Any

import pytest
from sqlalchemy import MetaData, Table
from sqlmodel import col, select

from portal_app import database
from portal_app.models import PaymentSettings, Refund, StripeCustomer
from tests.services.work import NOW

BEFORE = "e94b07a5d1c3"
FILLED: dict[type, Any] = {str: "x", int: 1, bool: True}


def write(name: str, **given: Any) -> None:
    """Write a row as it was then; what must not be empty and is not given is something."""
    with database.transaction() as session:
        table = Table(name, MetaData(), autoload_with=session.connection(), resolve_fks=False)
        needed = {
            c.name: NOW if c.name.endswith("_at") else FILLED.get(c.type.python_type, {})
            for c in table.c
            if not c.nullable
        }
        session.connection().execute(table.insert().values(**{**needed, **given}))


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("office", ["EUR", ""])
def test_it_works(office: str) -> None:
    if office:
        write("business", currency=office, theme="light")
    write("payment_settings", least_minor=5000)
    write("customer")
    write("contact")
    write("stripe_customer", stripe_id="cus_1")
    write("payment", status="succeeded")
    for number, status in enumerate(("asked", "succeeded", "failed"), start=1):
        write("refund", id=number, public_id=f"r{number}", status=status)
    database.migrate()
    with database.reading() as session:
        found = session.exec(select(Refund).order_by(col(Refund.id))).all()
        assert [(one.at, one.failed_at, one.status) for one in found] == [
            (NOW, None, status) for status in ("asked", "succeeded", "failed")
        ]
        known = session.exec(select(StripeCustomer)).one()
        assert (known.stripe_id, known.email, known.name, known.forgotten_at) == ("cus_1", "", "", None)
        rule = session.exec(select(PaymentSettings)).one()
        assert (rule.least_minor, rule.least_currency) == (5000, office)
