"""Set so many different invoices; print the seconds of each, of a long one's pages, of one line, and the memory."""

import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import psutil
import typst
from PIL import Image

from portal_app.integrations.paper import press
from portal_app.integrations.paper.records import InvoicePaper, Line, Payment, Seller, Stationery, Tax
from portal_app.money import Money

_WARM_UP = 5
_LONG_LINES = 300
_LONG_TIMES = 5


def _pounds(minor: int) -> Money:
    return Money(minor, "GBP")


def _logo() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (600, 200), "#0f5c5c").save(written, "PNG")
    return written.getvalue()


def _invoice(number: int, lines: int = 4) -> InvoicePaper:
    seller = Seller(
        "Bell & Daughters Ltd",
        ("1 Kiln Yard", "Bath BA2 3XX"),
        "01632 960140",
        "hello@bell.example",
        "GB 123 4567 89",
        "01234567",
        _LOGO,
    )
    work = [_pounds(7500 + number + at) for at in range(lines)]
    net = _pounds(sum(one.minor for one in work))
    tax = _pounds(net.minor // 5)
    return InvoicePaper(
        stationery=Stationery(seller, "#0f5c5c", "en_GB", "GB", "Registered in England and Wales."),
        number=f"INV-{number}",
        buyer=(f"Customer {number}", f"{number} Chestnut Road", "Bath BA1 6QT"),
        lines=tuple(Line(f"Work {number}, part {at}", "As agreed", "1", one, "20", one) for at, one in enumerate(work)),
        subtotal=net,
        tax=tax,
        total=net + tax,
        left=_pounds(net.minor + tax.minor - 100),
        title="Diverter valve and labour",
        place="Mill House",
        state="Partly paid",
        issued_on=date(2026, 11, 14),
        due_on=date(2026, 11, 28),
        taxes=(Tax("20", net, tax), Tax("5", _pounds(0), _pounds(0))),
        payments=(Payment(date(2026, 11, 16), "By card", "", _pounds(100)),),
        bank=(("Account name", "Bell & Daughters Ltd"), ("Sort code", "00-00-00"), ("Account number", "12345678")),
        terms="Thank you. Parts and labour are guaranteed for two years.",
    )


_LOGO = _logo()


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _one_line(compiler: typst.Compiler, number: int) -> None:
    words = f'#set document(title: "{number}")\n#set text(font: "Inter")\nInvoice {number}'.encode()
    compiler.compile(words, format="pdf", pdf_standards=press.STANDARDS)


def measure(count: int) -> dict[str, Any]:
    """Return what the bench shows of so many papers."""
    process = psutil.Process()
    before = process.memory_info().rss
    press.render(_invoice(0))
    first = process.memory_info().rss - before
    for number in range(_WARM_UP):
        press.render(_invoice(number))
    taken = [_seconds(lambda number=number: press.render(_invoice(1000 + number))) for number in range(count)]
    long = replace(_invoice(1, _LONG_LINES), number="LONG")
    pages = press.render(long).count(b"/Type /Page\n") or press.render(long).count(b"/Type/Page/")
    slow = [_seconds(lambda at=at: press.render(_invoice(5000 + at, _LONG_LINES))) for at in range(_LONG_TIMES)]
    alone = typst.Compiler(font_paths=press.fonts(), ignore_system_fonts=True)
    floor = [_seconds(lambda at=at: _one_line(alone, at)) for at in range(count + _WARM_UP)][_WARM_UP:]
    grown = process.memory_info().rss - before
    return {
        "taken": taken,
        "floor": floor,
        "long": [one / max(1, pages) for one in slow],
        "pages": pages,
        "first": first,
        "grown": grown,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
