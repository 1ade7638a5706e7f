"""Files of customers, written straight into the test's database."""

from typing import Any

from portal_app.models import File
from tests.services import work


def file(name: str = "Boiler", kind: str = "photo", **columns: Any) -> File:
    """Write a file of customer 1 that has its copies, a JPEG or a PDF by its kind, and return its row."""
    usual = {
        "customer_id": 1,
        "digest": "0" * 64,
        "content_type": "image/jpeg" if kind == "photo" else "application/pdf",
        "sort_at": work.NOW,
        "width": 400,
        "height": 300,
    }
    return work.add(File(name=name, kind=kind, **{**usual, **columns}))
