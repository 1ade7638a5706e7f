"""A database from before jobs stood in a history, brought up to date: each job is told once."""

import pytest
from sqlalchemy import MetaData, Table
from sqlmodel import select

from portal_app import database
from portal_app.models import Job
from tests.services.work import NOW

BEFORE = "c4a83e1b6f09"
COMMON = {"customer_id": 1, "created_at": NOW}
JOB = {**COMMON, "number": "", "title": "Boiler", "description": "", "status": "open", "status_raw": ""}
VISIT = {**COMMON, "status_raw": "", "status_reason": "", "sort_at": NOW, "travel_updates": [], "work_summary": ""}


@pytest.mark.usefixtures("before")
def test_it_works() -> None:
    with database.transaction() as session:
        tables = {
            name: Table(name, MetaData(), autoload_with=session.connection(), resolve_fks=False)
            for name in ("customer", "job", "visit")
        }
        there = tables["customer"].c
        needed = {c.name: {str: "x", int: 1, bool: True}.get(c.type.python_type, {}) for c in there if not c.nullable}
        for customer in (1, 2):
            given = {**needed, "id": customer, "public_id": f"c{customer}", "created_at": NOW}
            session.connection().execute(tables["customer"].insert().values(**given))
        visits = (
            ("completed", {}),
            ("completed", {"deleted_at": NOW}),
            ("completed", {"customer_id": 2}),
            ("canceled", {}),
            ("", {}),
        )
        for number, (status, more) in enumerate(visits, start=1):
            row = {**JOB, "id": number, "public_id": f"j{number}", "opened_at": NOW}
            session.connection().execute(tables["job"].insert().values(**row))
            if status:
                row = {**VISIT, "id": number, "public_id": f"v{number}", "job_id": number, "status": status, **more}
                session.connection().execute(tables["visit"].insert().values(**row))
    database.migrate()
    with database.reading() as session:
        assert session.exec(select(Job.id, Job.visited).order_by(Job.id)).all() == [  # type: ignore[arg-type]
            (1, True),
            *((number, False) for number in range(2, 6)),
        ]
