"""Quotes, invoices and payments of the demo business; every amount is counted, none is written twice."""

from dataclasses import dataclass, field

from portal_app.demo.crm.business.making import Calendar, Item, lines, money, sums, tax_summary
from portal_app.demo.crm.store import Record

_TERMS = (
    "Thank you. Parts and labour are guaranteed for two years."
    " Please use {number} as the reference if you pay by bank transfer."
)
_QUOTE_TERMS = "The price holds until the date above. A quarter is due on approval, the rest when the work is done."


@dataclass(frozen=True)
class _Invoice:
    number: int
    customer: int
    location: int
    job: int | None
    title: str
    issued: int
    items: list[Item]
    status: str = ""
    paid: list[tuple[int, str, int, str, str]] = field(default_factory=list)
    """Payments: pence, method, days, status, reference."""


@dataclass(frozen=True)
class _Quote:
    number: int
    version: int
    customer: int
    location: int
    job: int | None
    title: str
    status: str
    issued: int
    expires: int
    items: list[Item]
    options: list[tuple[str, list[Item]]] = field(default_factory=list)
    decided: int | None = None


_INVOICES = (
    _Invoice(
        2291,
        1001,
        2001,
        3127,
        "Diverter valve and labour",
        -12,
        [
            Item("Call-out and diagnosis", 7_500),
            Item("Diverter valve", 18_500, cost=11_240),
            Item("Labour, hours", 6_000, "2.5", cost=2_900),
            Item("Expansion vessel recharge, inhibitor and flush", 9_000, cost=2_150),
        ],
        paid=[(12_000, "card", -12, "succeeded", "R-5512"), (24_000, "bank", -1, "pending", "R-5530")],
    ),
    _Invoice(2268, 1001, 2001, 2990, "Water softener check", -103, [Item("Water softener check", 6_800)], "paid"),
    _Invoice(2215, 1001, 2002, 3098, "Landlord gas safety check", -159, [Item("Gas safety record", 7_900)], "paid"),
    _Invoice(2293, 1001, 2003, 3133, "Radiator valve, ordered", -2, [Item("Radiator valve", 3_450)], "draft"),
    _Invoice(2188, 1001, 2003, 2950, "Power flush", -238, [Item("Power flush", 42_000)], "void"),
    _Invoice(
        2262,
        1002,
        2004,
        3101,
        "Boiler repair",
        -68,
        [Item("Call-out", 7_500), Item("Ignition lead", 3_999), Item("Labour, hours", 6_000, "1.25")],
        "paid",
    ),
    _Invoice(
        2288,
        1002,
        2004,
        3128,
        "Radiator and valves, in advance",
        -11,
        [Item("Double panel radiator 600 by 1200", 16_850, cost=9_400), Item("Valve set", 3_775, cost=1_980)],
        paid=[(10_000, "card", -10, "succeeded", "R-5515")],
    ),
    _Invoice(2271, 1003, 2005, 2900, "Legionella tests, third quarter", -45, [Item("Tests and report", 53_333)]),
    _Invoice(
        2290,
        1003,
        2005,
        3120,
        "Mixing valves, first half",
        -13,
        [Item("TMV3 mixing valve", 13_850, "6", cost=8_120), Item("Survey and samples", 23_433)],
    ),
    _Invoice(2281, 1004, 2006, 3105, "Sink in the dye room", -20, [Item("Belfast sink, fitted", 26_000)]),
    _Invoice(2257, 1005, 2007, 3090, "Shower pump", -93, [Item("Pump, fitted", 38_640, cost=21_500)], "paid"),
    _Invoice(2259, 1006, 2008, 3044, "Fill valve", -73, [Item("Fill valve, fitted", 7_167)]),
    _Invoice(
        2283,
        1007,
        2009,
        3110,
        "Hot water for the new kitchen",
        -17,
        [
            Item("Water heater 15 litres", 41_250, "2", cost=26_300),
            Item("Copper pipe 22 mm, metres", 1_475, "28", cost=690),
            Item("Labour, hours", 5_800, "14", cost=2_900),
        ],
        paid=[(37_200, "bank", -15, "failed", "R-5508")],
    ),
    _Invoice(2285, 1009, 2011, 3119, "Heating balanced", -15, [Item("Labour, hours", 5_800, "2.5")]),
    _Invoice(2279, 1010, 2012, 3116, "Fan convector", -26, [Item("Fan convector, fitted", 80_000, cost=51_000)]),
    _Invoice(
        2199,
        1011,
        2013,
        3061,
        "Heat pump service",
        -203,
        [Item("Heat pump service", 16_500), Item("Insulation of the outdoor pipes", 8_400, rate="0")],
        "paid",
    ),
    _Invoice(2289, 1012, 2014, 3124, "Washing machine valve", -12, [Item("Valve, fitted", 4_875)]),
    _Invoice(2102, 1008, 2010, None, "Callout, March", -600, [Item("Call-out", 7_500)], "uncollectible"),
)
# The yearly services of the first plan: invoice, job, days, price in pence before VAT
_SERVICES = (
    (2124, 3027, -364, 9_500),
    (2019, 2927, -729, 9_500),
    (1931, 2827, -1094, 9_000),
    (1840, 2727, -1459, 8_800),
    (1752, 2627, -1824, 8_500),
    (1660, 2527, -2189, 8_500),
)
_QUOTES = (
    _Quote(
        1048,
        2,
        1001,
        2001,
        None,
        "New hot water cylinder",
        "sent",
        -5,
        9,
        [
            Item("Remove the old cylinder and drain down", 18_000, cost=8_700),
            Item("210 litre unvented stainless cylinder", 94_000, cost=61_200),
            Item("Fittings, expansion vessel and valves", 16_500, cost=9_850),
            Item("Labour, two engineers for one day", 42_000, cost=23_200),
            Item("Smart cylinder thermostat", 9_500, "1", "Heats when electricity is cheapest", True, 5_400),
            Item("Lag the pipes in the loft", 6_000, "1", "About 18 metres", True, 2_100),
        ],
    ),
    _Quote(
        1031, 1, 1001, 2003, None, "Outside lights and tap", "declined", -190, -160, [Item("Tap", 14_500)], [], -171
    ),
    _Quote(
        1019, 1, 1001, 2002, 3136, "Bath tap, replaced", "approved", -4, 26, [Item("Mixer tap, fitted", 18_900)], [], -3
    ),
    _Quote(
        1051,
        1,
        1002,
        2004,
        None,
        "New boiler",
        "sent",
        -3,
        27,
        [],
        [
            ("Good: combi 24 kW, 7 years' guarantee", [Item("Boiler", 112_000), Item("Fitting, one day", 64_000)]),
            ("Better: combi 30 kW, 10 years", [Item("Boiler", 141_000), Item("Fitting, one day", 64_000)]),
            (
                "Best: system boiler with weather control, 12 years",
                [Item("Boiler", 168_500), Item("Weather control", 21_000), Item("Fitting, two days", 118_000)],
            ),
        ],
    ),
    _Quote(
        1044, 1, 1003, 2005, 3120, "Mixing valves", "approved", -32, -2, [Item("Valve, fitted", 31_000, "6")], [], -30
    ),
    _Quote(1022, 1, 1005, 2007, 3090, "Shower pump", "converted", -110, -80, [Item("Pump, fitted", 38_640)], [], -100),
    _Quote(1037, 1, 1007, 2009, None, "Cellar cooling pipes", "expired", -75, -45, [Item("Pipes, lagged", 96_000)]),
    _Quote(
        1052,
        1,
        1007,
        2009,
        None,
        "Radiators for the bar",
        "changes_requested",
        -9,
        21,
        [Item("Column radiator", 47_900, "3")],
    ),
    _Quote(1053, 1, 1010, 2012, None, "New pump for the boiler house", "draft", -1, 29, [Item("Pump", 88_000)]),
    _Quote(1040, 1, 1011, 2013, None, "Second heating circuit", "withdrawn", -60, -30, [Item("Circuit", 135_000)]),
)


def build_paper(calendar: Calendar) -> dict[str, list[Record]]:
    """Give quotes, invoices and payments."""
    invoices: list[Record] = []
    payments: list[Record] = []
    services = [
        _Invoice(number, 1001, 2001, job, "Annual boiler service", days, [Item("Annual boiler service", price)], "paid")
        for number, job, days, price in _SERVICES
    ]
    for invoice in (*_INVOICES, *services):
        counted, paid = _invoice(calendar, invoice)
        invoices.append(counted)
        payments += paid
    payments += [_two_at_once(calendar, invoices), _refunded(calendar, invoices)]
    return {
        "quotes": [_quote(calendar, quote) for quote in _QUOTES],
        "invoices": invoices,
        "payments": payments,
    }


def _invoice(calendar: Calendar, invoice: _Invoice) -> tuple[Record, list[Record]]:
    key = f"inv_{invoice.number}"
    issued = calendar.workday(invoice.issued)
    counted = lines(key, invoice.items)
    subtotal, tax, total = sums(counted)
    paid = list(invoice.paid)
    if invoice.status == "paid" and invoice.number not in _PAID_TOGETHER:
        paid.append((total, "card" if invoice.number % 2 else "bank", issued + 6, "succeeded", f"R-{invoice.number}"))
    settled = sum(pence for pence, _, _, status, _ in paid if status == "succeeded")
    if invoice.number in _PAID_TOGETHER:
        settled = total
    balance = 0 if invoice.status == "void" else total - settled
    status = invoice.status or ("partially_paid" if 0 < settled < total else "open")
    last = max([issued, *(days for _, _, days, _, _ in paid)])
    record = {
        "external_id": key,
        "updated_at": calendar.stamp(days=last, minutes=420 + invoice.number % 120),
        "deleted": False,
        "url": f"@crm/records/invoices/{key}",
        "number": str(invoice.number),
        "title": invoice.title,
        "customer_id": f"cus_{invoice.customer}",
        "location_id": f"loc_{invoice.location}",
        "job_id": f"job_{invoice.job}" if invoice.job else None,
        "status": status,
        "lines": counted,
        "tax_summary": tax_summary(counted),
        "subtotal": money(subtotal),
        "tax": money(tax),
        "total": money(total),
        "balance": money(balance),
        "issued_on": calendar.date(issued),
        "due_on": calendar.date(issued + 14),
        "terms": _TERMS.format(number=invoice.number),
        "pdf_url": f"@crm/files/invoice-{invoice.number}.pdf" if invoice.number in INVOICES_WITH_FILES else None,
    }
    return record, [_payment(calendar, record, number, *row) for number, row in enumerate(paid, 1)]


# Those for which the office's own program has made a PDF.
INVOICES_WITH_FILES = (2268, 2262, 2257)
# Flat and softener were settled by one transfer.
_PAID_TOGETHER = (2268, 2215)


def _payment(
    calendar: Calendar, invoice: Record, number: int, pence: int, method: str, days: int, status: str, reference: str
) -> Record:
    minutes = 300 + int(invoice["number"]) % 200
    return {
        "external_id": f"pay_{invoice['number']}{number}",
        "updated_at": calendar.stamp(days=days, minutes=minutes),
        "deleted": False,
        "customer_id": invoice["customer_id"],
        "allocations": [{"invoice_id": invoice["external_id"], "amount": money(pence)}],
        "amount": money(pence),
        "method": method,
        "status": status,
        "paid_at": calendar.stamp(days=days, minutes=minutes - 30),
        "reference": reference,
    }


def _two_at_once(calendar: Calendar, invoices: list[Record]) -> Record:
    both = [invoice for invoice in invoices if int(invoice["number"]) in _PAID_TOGETHER]
    amount = sum(invoice["total"]["amount_minor"] for invoice in both)
    payment = _payment(calendar, both[0], 1, amount, "bank", -98, "succeeded", "R-5290")
    payment["allocations"] = [{"invoice_id": each["external_id"], "amount": each["total"]} for each in both]
    return payment


def _refunded(calendar: Calendar, invoices: list[Record]) -> Record:
    """Give the deposit for the power flush that never was, given back when its invoice was made void."""
    void = next(invoice for invoice in invoices if invoice["status"] == "void")
    return _payment(calendar, void, 1, 12_600, "card", -236, "refunded", "R-5031") | {"refunded_minor": 12_600}


def _quote(calendar: Calendar, quote: _Quote) -> Record:
    key = f"quo_{quote.number}"
    counted = lines(key, quote.items)
    options = []
    for number, (title, items) in enumerate(quote.options, 1):
        inside = lines(f"{key}-{number}", items)
        options.append({"id": f"{key}-o{number}", "title": title, "lines": inside, "total": money(sums(inside)[2])})
    # A quote with options asks for the first until one is chosen.
    subtotal, tax, total = sums(counted if not options else options[0]["lines"])
    status = quote.status
    return {
        "external_id": key,
        "updated_at": calendar.stamp(days=quote.decided or quote.issued, minutes=450 + quote.number % 90),
        "deleted": False,
        "url": f"@crm/records/quotes/{key}",
        "number": str(quote.number),
        "title": quote.title,
        "version": quote.version,
        "customer_id": f"cus_{quote.customer}",
        "location_id": f"loc_{quote.location}",
        "job_id": f"job_{quote.job}" if quote.job else None,
        "status": status,
        "options": options,
        "lines": counted,
        "subtotal": money(subtotal),
        "tax": money(tax),
        "total": money(total),
        "deposit_due": money(total // 4 if status in ("sent", "changes_requested") else 0),
        "issued_on": calendar.date(quote.issued),
        "expires_on": calendar.date(quote.expires),
        "terms": _QUOTE_TERMS,
        "pdf_url": None,
        "decided_at": None if quote.decided is None else calendar.at(quote.decided, 19, 12),
    }
