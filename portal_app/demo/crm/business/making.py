"""How the demo's records are made: times around a given now, and money that adds up to the penny."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from portal_app.demo.crm.stamps import written
from portal_app.demo.crm.store import Record

ZONE = ZoneInfo("Europe/London")
CURRENCY = "GBP"
VAT = "20"


@dataclass(frozen=True)
class Calendar:
    """Days and hours of the business's zone, counted from `now`."""

    now: datetime

    def day(self, days: int) -> date:
        """Give the business's date so many days from today."""
        return self.now.astimezone(ZONE).date() + timedelta(days=days)

    def workday(self, days: int) -> int:
        """Move a number of days off the weekend: back for past days, on for coming ones."""
        beyond = self.day(days).weekday() - 4
        if beyond <= 0:
            return days
        return days - beyond if days < 0 else days + 3 - beyond

    def date(self, days: int) -> str:
        """Give a date so many days from today, as YYYY-MM-DD."""
        return self.day(days).isoformat()

    def moment(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Give a moment by the business's wall clock, so many days from today."""
        return datetime.combine(self.day(days), time(hour, minute), ZONE).astimezone(UTC)

    def at(self, days: int, hour: int, minute: int = 0) -> str:
        """Give a moment by the business's wall clock, written as RFC 3339 in UTC."""
        return written(self.moment(days, hour, minute))

    def ago(self, **spans: float) -> str:
        """Give the moment so many minutes, hours or days ago."""
        return written(self.now - timedelta(**spans))

    def stamp(self, days: int, minutes: int = 0) -> str:
        """Give an office-hours moment of a past day with odd seconds, for `updated_at`; never after now."""
        moment = self.moment(days, 8) + timedelta(minutes=minutes, seconds=minutes * 7 % 60, microseconds=minutes * 997)
        return written(min(moment, self.now))


def money(pence: int) -> Record:
    """Give an amount of the business's currency."""
    return {"amount_minor": pence, "currency": CURRENCY}


def pence(value: Decimal) -> int:
    """Round to whole pence, half up, as HMRC allows for each line."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True)
class Item:
    """One line of a quote or invoice before it is counted: price and cost in pence, before VAT."""

    name: str
    price: int
    quantity: str = "1"
    description: str = ""
    optional: bool = False
    cost: int | None = None
    rate: str = VAT


def lines(prefix: str, items: list[Item]) -> list[Record]:
    """Count lines: `total` is quantity × unit price before tax, `tax` the tax on it, rates in percent."""
    counted: list[Record] = []
    for number, item in enumerate(items, 1):
        total = pence(Decimal(item.quantity) * item.price)
        line: Record = {
            "id": f"{prefix}-{number}",
            "name": item.name,
            "description": item.description,
            "quantity": item.quantity,
            "unit_price": money(item.price),
            "tax_rate": item.rate,
            "tax": money(pence(total * Decimal(item.rate) / 100)),
            "total": money(total),
            "optional": item.optional,
        }
        if item.cost is not None:
            line["unit_cost"] = money(item.cost)
        counted.append(line)
    return counted


def sums(counted: list[Record]) -> tuple[int, int, int]:
    """Give subtotal, tax and total in pence of the lines that are not optional."""
    firm = [line for line in counted if not line["optional"]]
    subtotal = sum(line["total"]["amount_minor"] for line in firm)
    tax = sum(line["tax"]["amount_minor"] for line in firm)
    return subtotal, tax, subtotal + tax


def tax_summary(counted: list[Record]) -> list[Record]:
    """Give net and tax of the lines that are not optional, by rate."""
    summary: list[Record] = []
    for rate in sorted({line["tax_rate"] for line in counted}, key=Decimal, reverse=True):
        net, tax, _ = sums([line for line in counted if line["tax_rate"] == rate])
        summary.append({"rate": rate, "net": money(net), "tax": money(tax)})
    return summary
