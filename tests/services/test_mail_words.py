"""What mails say: the same in text and in HTML, nothing of somebody's typing breaks out, links are the portal's own."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from portal_app.services.business import Look, Picture
from portal_app.services.mail_design import render
from portal_app.services.mail_parts import plain
from portal_app.services.mail_words import MASK, masked, words_of
from portal_app.services.mails import SECRET, Mail

LOOK = Look(
    name="Bell & Daughters", locale="en_GB", phone="01632 960140", support_email="hello@bell.example", set_up=True
)
TOKEN = "Zx9_-" * 9
PAID = {"amount_minor": 24000, "currency": "GBP", "method": "Visa ending in 4242", "invoices": ["2291", "2292"]}
FACTS: dict[Mail, dict[str, Any]] = {
    Mail.LINK: {"what": "invoice 1042", "days": 14},
    Mail.SHARED: {
        "what": "invoice 1042",
        "sender": "Sarah Whitcombe",
        "by_customer": True,
        "name": "Ann Ledger",
        "note": "Please file this under repairs.",
        "may_pay": True,
        "days": 14,
        "enclosed": True,
    },
    Mail.CODE: {"minutes": 10},
    Mail.INVITATION: {"customer": "Sarah Whitcombe", "days": 14},
    Mail.RESET: {"hours": 2, "by_office": False},
    Mail.PASSWORD_CHANGED: {"by_office": True},
    Mail.PERSON_INVITED: {"person": "Kim", "customer": "Sarah Whitcombe"},
    Mail.CONFIRM_EMAIL: {"minutes": 10},
    Mail.EMAIL_CHANGED: {"new_email": "k•••@example.com"},
    Mail.RECEIPT: {**PAID, "receipt": "R-00017"},
    Mail.PAYMENT_WITH_BANK: {**PAID, "expected_on": "2026-11-28"},
    Mail.PAYMENT_FAILED: {**PAID, "why": "The bank says that there was not enough money.", "returned": False},
    Mail.REFUND: {**PAID, "by_hand": False, "reopened_minor": 24000},
    Mail.CREDIT_USED: {**PAID, "left_minor": 1200},
    Mail.GUEST_PAYMENT: {**PAID, "what": "paid", "guest": "Ann Ledger"},
    Mail.OFFICE_PAYMENT: {**PAID, "what": "disputed", "customer": "Sarah Whitcombe"},
    Mail.TEST: {"by": "Ruth"},
}
SECRETS = {"code": "123456", "path": f"/l/{TOKEN}"}
# Those with a button.
LEAD_ON = {
    *(SECRET - {Mail.CONFIRM_EMAIL}),
    Mail.RECEIPT,
    Mail.PAYMENT_WITH_BANK,
    Mail.PAYMENT_FAILED,
    Mail.REFUND,
    Mail.CREDIT_USED,
    Mail.GUEST_PAYMENT,
    Mail.OFFICE_PAYMENT,
}
EVIL = 'x"><script>alert(1)</script>\r\nBcc: a@b.example http://evil.example www.evil.example evil.example\x00\u202e'


def rendered(mail: Mail, facts: dict[str, Any] | None = None, look: Look = LOOK):
    words = words_of(mail, FACTS[mail] if facts is None else facts, SECRETS, look)
    return render(words, look, "https://portal.example.com")


class _Text(HTMLParser):
    """Gathers what a reader sees, and the addresses and tags there are."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag in ("style", "title")
        self.seen += [value or "" for name, value in attrs if name == "alt"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.seen.append(data.strip())


def look_at(html: str) -> _Text:
    found = _Text()
    found.feed(html)
    return found


def test_every_mail_has_words() -> None:
    assert set(FACTS) == set(Mail)


@pytest.mark.parametrize("logo", [None, Picture("ab" * 32, 600, 200)], ids=["name", "logo"])
@pytest.mark.parametrize("mail", Mail)
def test_both_parts_say_the_same_in_the_same_order(mail: Mail, logo: Picture | None) -> None:
    found = rendered(mail, look=replace(LOOK, logo=logo))
    text = re.sub(r":$", "", found.text.replace("-- \n", ""), flags=re.MULTILINE)
    # The designed part has the business's name, or its logo under that name, above everything else.
    assert " ".join(look_at(found.html).seen).split() == [*LOOK.name.split(), *text.split()]
    assert "01632 960140 · hello@bell.example" in found.text


@pytest.mark.parametrize("mail", Mail)
def test_a_logo_is_a_picture_of_the_portals_own_with_the_name_in_words(mail: Mail) -> None:
    html = rendered(mail, look=replace(LOOK, logo=Picture("ab" * 32, 600, 200))).html
    shown = re.findall(r"<img [^>]+>", html)
    assert len(shown) == 1
    assert 'src="https://portal.example.com/brand/logo?as=png&amp;v=abababababab"' in shown[0]
    assert 'alt="Bell &amp; Daughters" width="168" height="56"' in shown[0]
    assert "<img" not in rendered(mail).html


@pytest.mark.parametrize("mail", Mail)
def test_links_lead_to_the_portal_alone(mail: Mail) -> None:
    found = rendered(mail)
    wanted = f"https://portal.example.com/l/{TOKEN}"
    assert set(look_at(found.html).links) <= {wanted}
    assert set(re.findall(r"https?://\S+", found.text)) <= {wanted}
    assert (wanted in found.text) == (mail in LEAD_ON)
    assert "script" not in look_at(found.html).tags


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "javascript:alert(1)", "/a\nb", "l/x", ""])
def test_what_is_no_path_of_ours_is_no_link(path: str) -> None:
    words = words_of(Mail.INVITATION, {}, {"path": path}, LOOK)
    found = render(words, LOOK, "https://portal.example.com")
    assert look_at(found.html).links == []
    assert "http" not in found.text


@pytest.mark.parametrize("mail", Mail)
def test_somebodys_typing_stays_words(mail: Mail) -> None:
    facts = {name: EVIL if isinstance(value, str) else value for name, value in FACTS[mail].items()}
    look = Look(name=f"Bell {EVIL}", support_email="hello@bell.example", phone=EVIL)
    found = rendered(mail, facts, look)
    assert "<script" not in found.html
    assert "\n" not in found.subject
    assert "\r" not in found.text
    assert "\u202e" not in found.text + found.html
    assert look_at(found.html).tags == look_at(rendered(mail).html).tags
    long = rendered(
        mail, {name: "ü" * 1000 if isinstance(value, str) else value for name, value in FACTS[mail].items()}
    )
    assert max(map(len, long.text.splitlines())) < 400


def test_a_name_is_never_made_a_link() -> None:
    shown = plain("Kim http://evil.example/x www.evil.example evil.example kim@evil.example St.John")
    assert not re.search(r"://|www\.|@|\w\.\w", shown)


@pytest.mark.parametrize("facts", [{}, {"minutes": "x", "days": None, "hours": [], "what": 7, "customer": {}}])
@pytest.mark.parametrize("mail", Mail)
def test_missing_and_odd_facts_still_make_a_mail(mail: Mail, facts: dict[str, Any]) -> None:
    found = rendered(mail, facts)
    assert found.subject
    assert "None" not in found.text


def test_the_code_is_easy_to_read_and_nobody_asks_for_it() -> None:
    found = rendered(Mail.CODE)
    assert found.subject == "Your code is 123 456"
    assert "10 minutes" in found.text
    assert "Nobody from Bell & Daughters will ever ask you for it" in found.text


def test_a_link_mail_names_no_amount() -> None:
    assert not re.search(r"[£$€]|\d+\.\d\d", rendered(Mail.LINK).text.replace(TOKEN, ""))


@pytest.mark.parametrize("mail", Mail)
def test_the_office_never_reads_a_code_or_a_link(mail: Mail) -> None:
    words = masked(mail, FACTS[mail], LOOK)
    everything = words.subject + words.code + " ".join(words.before + words.after) + str(words.button)
    assert "123" not in everything.replace("1042", "")
    assert TOKEN not in everything
    if mail in SECRET:
        assert MASK in everything


@pytest.mark.parametrize("mail", Mail)
def test_it_fits_a_phone_and_both_themes(mail: Mail) -> None:
    html = rendered(mail).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme:dark" in html
    assert "max-width:600px" in html
    assert not re.search(r'(?<!max-)width[=:]"?\d{3,}(?![%\d])', html)
    assert unescape(html).count("<h1") == 1
    assert len(html) < 20_000


def test_numbers_with_slashes_and_times_stay_as_they_are_written():
    facts = {"amount_minor": 1200, "currency": "GBP", "invoices": ["INV/2026/00042"], "receipt": "R/2026/1"}
    said = " ".join(words_of(Mail.RECEIPT, facts, {}, LOOK).before)
    assert "INV/2026/00042" in said
    assert "R/2026/1" in said
    note = "Please pay by 17:30 on 3/12: it is 50/50 with Bob."
    assert any(f"“{note}”" in line for line in words_of(Mail.SHARED, {"note": note}, {"path": "/l/x"}, LOOK).before)


@pytest.mark.parametrize(
    "typed",
    [
        "https://evil.example",
        "http:evil.example",
        "//evil.example/x",
        "www.evil.example",
        "evil.example/x",
        "evil.example:80/x",
        "mailto:x@evil.example",
        "javascript:alert(1)",
        "tel:+441632960140",
        "\\\\evil.example",
    ],
)
def test_nothing_that_is_typed_becomes_a_link(typed: str):
    said = plain(f"Please see {typed} now")
    assert re.search(r"\w\.[^\W\d]|//|@|\\|[a-z]:\S", said) is None, said
