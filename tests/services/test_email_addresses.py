import pytest

from portal_app.services import email_addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("anna@example.com", "a•••@e•••.com"),
        ("al@example.co.uk", "•••@e•••.uk"),
        ("a@b.co", "•••@•••.co"),
        ("anna@mail", "•••"),
        ("", "•••"),
        ("@example.com", "•••"),
        ("very.long.name.of.somebody@an-even-longer-domain.example", "v•••@a•••.example"),
    ],
)
def test_an_address_is_shown_to_those_who_know_it_already(address, shown):
    assert email_addresses.masked(address) == shown


@pytest.mark.parametrize("text", ["anna@example.com", "a.b+c@d-e.co.uk", "żółw@example.pl"])
def test_addresses(text):
    assert email_addresses.looks_right(text)


@pytest.mark.parametrize(
    "text", ["", "anna", "anna@", "@b.cc", "a b@c.dd", "a@b.cc, d@e.ff", "a@b.cc\r\nBcc: d@e.ff", "a@b.c", "x" * 260]
)
def test_no_addresses(text):
    assert not email_addresses.looks_right(text)
