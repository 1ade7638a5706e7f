"""The customers of the demo business, their contacts and properties, and its technicians."""

from portal_app.demo.crm.business.making import Calendar
from portal_app.demo.crm.store import Record

# Telephone numbers are of the ranges Ofcom keeps for drama; every e-mail address is under example.com.
_CUSTOMERS = (
    # number of the id, kind, name, number, location numbers
    (1001, "person", "Sarah Whitcombe", "40117"),
    (1002, "person", "Peter and Jo Lindqvist", "40123"),
    (1003, "company", "Abbey Road Surgery", "40088"),
    (1004, "company", "Kiln Yard Studios", "40131"),
    (1005, "person", "Margaret Osei", "40054"),
    (1006, "person", "Tomasz Zielinski", "40142"),
    (1007, "company", "The Larkhall Inn", "40019"),
    (1008, "person", "Helen Prior", "40150"),
    (1009, "person", "Rowan Bhatt", "40156"),
    (1010, "company", "Combe Down Primary", "40031"),
    (1011, "person", "Iris Fairweather", "40077"),
    (1012, "person", "Daniel Ashcroft", "40161"),
    (1013, "company", "Combe Down Nursery", "40032"),
)
_PARENTS = {1013: 1010}
_LOCATIONS = (
    # id, customer, label, line 1, line 2, town, postcode, notes
    (2001, 1001, "Home", "14 Chestnut Road", "", "Bath", "BA1 6QT", "Side gate, code 4471. The dog is friendly."),
    (2002, 1001, "Flat 2, Julian House", "8 Brunswick Place", "Flat 2", "Bath", "BA1 2RQ", "Key with the tenant."),
    (2003, 1001, "The cottage", "3 Mill Lane", "", "Batheaston", "BA1 7DA", "Stopcock under the kitchen sink."),
    (2004, 1002, "Home", "27 Lansdown View", "", "Bath", "BA1 5TN", "Ring twice, the bell is faint."),
    (2005, 1003, "Surgery", "2 Abbey Road", "", "Bradford on Avon", "BA15 1LF", "Report to reception first."),
    (2006, 1004, "Studios", "11 Kiln Yard", "Unit C", "Bath", "BA2 3AJ", ""),
    (2007, 1005, "Home", "5 Pickwick Road", "", "Corsham", "SN13 9BT", "Parking on the drive."),
    (2008, 1006, "Home", "62 Park Road", "", "Keynsham", "BS31 1DA", ""),
    (2009, 1007, "The inn", "1 St Saviour's Road", "", "Bath", "BA1 6RT", "Before 11, the cellar is through the yard."),
    (2010, 1008, "Home", "Hazel Cottage, Quarry Hill", "", "Box", "SN13 8NA", ""),
    (2011, 1009, "Home", "9 Thomas Street", "First floor", "Bath", "BA1 5NW", ""),
    (2012, 1010, "School", "Summer Lane", "", "Bath", "BA2 5JX", "Visitors sign in at the office."),
    (2013, 1011, "Home", "Freshford Mill", "No. 6", "Freshford", "BA2 7XD", ""),
    (2014, 1012, "Home", "17 High Street", "", "Midsomer Norton", "BA3 2LE", "Two cats, please keep the door shut."),
    (2015, 1013, "Nursery", "4 North Road", "", "Bath", "BA2 5DF", ""),
)
_CONTACTS = (
    # id, customer, name, e-mails, mobile, role, billing, active
    (3001, 1001, "Sarah Whitcombe", ["customer@example.com"], "07700 900117", "Owner", False, True),
    (3002, 1001, "Mark Whitcombe", ["mark.w@example.com"], "07700 900118", "Husband", False, True),
    (3003, 1001, "Bea Lowe", ["bea@example.com", "accounts@lowe.example"], "", "Bookkeeper", True, True),
    (3004, 1001, "Tom Hale", ["tom.hale@example.com"], "07700 900204", "Tenant, flat 2", False, True),
    (3005, 1002, "Jo Lindqvist", ["neighbour@example.com"], "07700 900123", "Owner", False, True),
    (3006, 1002, "Peter Lindqvist", ["peter.l@example.com"], "07700 900124", "Owner", False, True),
    (3007, 1003, "Anita Rowe", ["practice@example.com"], "01632 960311", "Practice manager", False, True),
    (3008, 1003, "Simon Teale", ["ledger@example.com"], "", "Accounts", True, True),
    (3009, 1004, "Maya Ferris", ["accounts@example.com"], "07700 900131", "Studio manager", True, True),
    (3010, 1004, "Colin Frye", ["colin.frye@example.com"], "", "Left in spring", False, False),
    (3011, 1005, "Margaret Osei", ["m.osei@example.com"], "07700 900154", "Owner", False, True),
    (3012, 1006, "Tomasz Zielinski", ["tomasz@example.com"], "07700 900142", "Owner", False, True),
    (3013, 1007, "Kate Larkin", ["landlord@example.com"], "07700 900119", "Landlady", False, True),
    (3014, 1007, "Bea Lowe", ["bea@example.com"], "", "Bookkeeper", True, True),
    (3015, 1008, "Helen Prior", [], "01632 960415", "Owner", False, True),
    (3016, 1009, "Rowan Bhatt", ["rowan@example.com"], "07700 900156", "Owner", False, True),
    (3017, 1010, "Frances Adeyemi", ["bursar@example.com"], "01632 960228", "Bursar", True, True),
    (3018, 1010, "Gordon Pike", ["caretaker@example.com"], "07700 900131", "Caretaker", False, True),
    (3019, 1011, "Iris Fairweather", ["iris.f@example.com"], "07700 900177", "Owner", False, True),
    (3020, 1012, "Daniel Ashcroft", ["dan@example.com"], "07700 900161", "Owner", False, True),
    (3021, 1013, "Frances Adeyemi", ["bursar@example.com"], "01632 960228", "Bursar", True, True),
)
_TECHNICIANS = (
    (1, "Dave Okafor", "@crm/people/dave.png", "Gas Safe registered, with us for nine years", True),
    (2, "Priya Nair", "@crm/people/priya.png", "Gas Safe registered, heat pumps", True),
    (3, "Owen Marsh", None, "Plumber, unvented cylinders (G3)", True),
    (4, "Lewis Grant", "@crm/people/lewis.png", "Apprentice in his third year", True),
    (5, "Jean Pugh", None, None, False),
)


def build_people(calendar: Calendar) -> dict[str, list[Record]]:
    """Give customers, contacts, locations and technicians."""
    return {
        "customers": [_customer(calendar, *row) for row in _CUSTOMERS],
        "contacts": [_contact(calendar, *row) for row in _CONTACTS],
        "locations": [_location(calendar, *row) for row in _LOCATIONS],
        "technicians": [_technician(calendar, *row) for row in _TECHNICIANS],
    }


def _customer(calendar: Calendar, key: int, kind: str, name: str, number: str) -> Record:
    place = next(row for row in _LOCATIONS if row[1] == key)
    parent = _PARENTS.get(key)
    return {
        "external_id": f"cus_{key}",
        "updated_at": calendar.stamp(days=-400 + key % 97, minutes=key % 53),
        "deleted": False,
        "url": f"@crm/records/customers/cus_{key}",
        "kind": kind,
        "name": name,
        "number": number,
        "billing_address": _address(*place[3:7]),
        "locale": "en-GB",
        "parent_id": f"cus_{parent}" if parent else None,
        "active": True,
    }


def _contact(
    calendar: Calendar,
    key: int,
    customer: int,
    name: str,
    emails: list[str],
    phone: str,
    role: str,
    billing: bool,
    active: bool,
) -> Record:
    kind = "mobile" if phone.startswith("07") else "landline"
    return {
        "external_id": f"con_{key}",
        "updated_at": calendar.stamp(days=-380 + key % 89, minutes=key % 59),
        "deleted": False,
        "customer_id": f"cus_{customer}",
        "name": name,
        "emails": emails,
        "phones": [{"kind": kind, "number": phone}] if phone else [],
        "role": role,
        "billing": billing,
        "active": active,
    }


def _location(
    calendar: Calendar, key: int, customer: int, label: str, line1: str, line2: str, city: str, code: str, notes: str
) -> Record:
    return {
        "external_id": f"loc_{key}",
        "updated_at": calendar.stamp(days=-390 + key % 83, minutes=key % 47),
        "deleted": False,
        "customer_id": f"cus_{customer}",
        "label": label,
        "address": _address(line1, line2, city, code),
        "access_notes": notes,
    }


def _technician(
    calendar: Calendar, key: int, name: str, photo: str | None, qualification: str | None, active: bool
) -> Record:
    return {
        "external_id": f"tec_{key}",
        "updated_at": calendar.stamp(days=-300 + key),
        "deleted": False,
        "name": name,
        "photo_url": photo,
        "phone_public": "01632 960140" if active else None,
        "qualification": qualification,
        "active": active,
    }


def _address(line1: str, line2: str, city: str, code: str) -> Record:
    return {
        "line1": line1,
        "line2": line2,
        "city": city,
        "region": "Wiltshire" if code.startswith("SN") else "Somerset",
        "postal_code": code,
        "country": "GB",
    }
