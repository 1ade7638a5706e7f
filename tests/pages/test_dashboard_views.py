"""The home page's words outside the card, and the timeline's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal_app.components.history_words import history_rows
from portal_app.components.words import Words, clip
from portal_app.money import Money
from portal_app.pages.dashboard.views import coming_rows, greeting, home_view, owed_card
from portal_app.services.dashboard import DETAILS, NOT_THEIRS, ONLINE, SOME_ONLINE, TRANSFER, Advice
from portal_app.services.owed import Owed
from portal_app.services.timeline import INVOICE, QUOTE, VISIT, Entry, Page, Paper
from tests.pages.facts import NOW, TODAY, UK, US, at, home, pounds, visit

WORDS = Words(UK, NOW)


def owed(total: float, invoices: int = 1, overdue: float = 0, late: int = 0, **fields) -> Owed:
    values = {"due_first": TODAY + timedelta(days=2), "number": "2291" if invoices == 1 else "", **fields}
    return Owed(pounds(total), invoices, pounds(overdue), late, **values)


def test_it_works_as_in_the_mock_up():
    found = home_view(
        home(
            card=visit("on_the_way"),
            coming=(visit(start=datetime(2025, 12, 11, 8, tzinfo=UTC), title="Water softener check", id=2, plan=-2),),
            owed=(owed(240),),
            quotes=(quote(),),
            advice=(Advice("a", "A filter", "Keeps sludge out of the boiler", pounds(90), None),),
            as_of=at(10, 50),
        ),
        "Sarah Whitcombe",
        UK,
    )
    assert (found.greeting, found.place, found.initials) == ("Good morning, Sarah", "14 Chestnut Road, Bath", "SW")
    assert found.card.headline == "Dave is on the way"
    assert found.owed.amounts == ["£240.00"]
    assert found.owed.sentence == "Invoice 2291, due on Friday 28 November"
    assert [(row.title, row.sub) for row in found.coming] == [
        ("Water softener check", "Thursday 11 December, between 8 and 10")
    ]
    assert [(row.title, row.sub) for row in found.waiting] == [
        ("Quote 1048: new hot water cylinder", "£2,046.00, open until 5 Dec"),
        ("A filter", "From £90.00. Keeps sludge out of the boiler"),
    ]
    assert (found.coming_more, found.as_of) == ("", "10:50")


@pytest.mark.parametrize(
    ("entries", "amounts", "sentence", "overdue"),
    [
        ((owed(240),), ["£240.00"], "Invoice 2291, due on Friday 28 November", ""),
        ((owed(240, due_first=TODAY),), ["£240.00"], "Invoice 2291, due today", ""),
        (
            (owed(240, overdue=240, late=1, due_first=TODAY - timedelta(days=4)),),
            ["£240.00"],
            "Invoice 2291, 4 days overdue",
            "£240.00 overdue",
        ),
        (
            (owed(240, overdue=240, late=1, due_first=TODAY - timedelta(days=1)),),
            ["£240.00"],
            "Invoice 2291, 1 day overdue",
            "£240.00 overdue",
        ),
        ((owed(240, due_first=None),), ["£240.00"], "Invoice 2291", ""),
        ((owed(240, number=""),), ["£240.00"], "Invoice, due on Friday 28 November", ""),
        ((owed(720, 3),), ["£720.00"], "3 invoices, the first due on Friday 28 November", ""),
        ((owed(720, 3, due_first=None),), ["£720.00"], "3 invoices", ""),
        ((owed(720, 3, 240, 1),), ["£720.00"], "3 invoices, 1 overdue", "£240.00 overdue"),
        (
            (replace(owed(990), total=Money(99000, "EUR"), overdue=Money(99000, "EUR"), overdue_invoices=1), owed(5)),
            ["€990.00", "£5.00"],
            "2 invoices, 1 overdue",
            "€990.00 overdue",
        ),
    ],
)
def test_what_is_owed_is_said_in_a_sentence(entries, amounts, sentence, overdue):
    found = owed_card(home(owed=entries), WORDS)
    assert (found.shown, found.clear) == (True, False)
    assert (found.amounts, found.sentence, found.overdue) == (amounts, sentence, overdue)


SEE = "See what is to be paid"
ONE, TWO = owed(240, public_id="inv1"), owed(720, 2)


@pytest.mark.parametrize(
    ("way", "entries", "how", "button", "href"),
    [
        (ONLINE, (ONE,), "", "Pay £240.00", "/invoices/inv1"),
        (ONLINE, (TWO,), "", "See and pay", "/invoices"),
        (ONLINE, (ONE, TWO), "", "See and pay", "/invoices"),
        (SOME_ONLINE, (TWO,), "Each invoice says whether you can pay it online.", SEE, "/invoices"),
        (TRANSFER, (ONE,), "Pay by bank transfer; each invoice says how.", SEE, "/invoices"),
        (DETAILS, (ONE,), "Pay by the details on your invoice.", SEE, "/invoices"),
        (NOT_THEIRS, (ONE,), "", SEE, "/invoices"),
        (ONLINE, (replace(ONE, with_bank_minor=24000),), "All of it is with the bank already.", SEE, "/invoices"),
        (NOT_THEIRS, (replace(ONE, with_bank_minor=24000),), "All of it is with the bank already.", SEE, "/invoices"),
        (
            ONLINE,
            (replace(TWO, with_bank_minor=24000),),
            "£240.00 of it is with the bank already.",
            "See and pay",
            "/invoices",
        ),
    ],
)
def test_how_to_pay_is_true_in_every_case(way, entries, how, button, href):
    found = owed_card(home(owed=entries, way=way), WORDS)
    assert (found.how, found.button, found.href) == (how, button, href)
    assert found.pays == (button != SEE)


def test_nothing_owed_is_not_the_same_as_nothing_to_be_seen():
    assert owed_card(home(), WORDS).clear
    assert not owed_card(home(sees_money=False), WORDS).clear
    assert not owed_card(home(), WORDS).shown


def test_places_are_named_where_there_are_several():
    mill = visit(place="Mill")
    several = home(card=mill, coming=(mill,), properties=(("Mill", "", ""), ("", "2 Barn Lane", "Bath")))
    found = home_view(several, "Sarah", UK)
    assert (found.place, found.card.place) == ("2 properties", "Mill")
    assert found.coming[0].sub.endswith(" · Mill")
    one = home_view(replace(several, properties=several.properties[:1]), "Sarah", UK)
    assert (one.place, one.card.place) == ("Whitcombe", "")
    assert "Mill" not in one.coming[0].sub
    assert home_view(replace(several, properties=()), "Sarah", UK).place == "Whitcombe"
    assert home_view(replace(several, properties=(("", "", ""),) * 60), "Sarah", UK).place == "Whitcombe"


@pytest.mark.parametrize(
    ("hour", "part"),
    [(3, "evening"), (4, "morning"), (11, "morning"), (12, "afternoon"), (17, "afternoon"), (18, "evening")],
)
def test_the_greeting_knows_the_businesss_hour(hour, part):
    assert greeting("Sarah Whitcombe", Words(UK, at(hour))) == f"Good {part}, Sarah"
    assert greeting(" ", Words(UK, at(hour))) == f"Good {part}"


def test_it_is_another_hour_in_new_york():
    assert greeting("Sarah", Words(US, at(12))) == "Good morning, Sarah"
    assert greeting("Sarah", Words(US, at(2))) == "Good evening, Sarah"


def test_visits_of_one_plan_share_a_row():
    clean = [visit(start=at(9, days=7 * n), id=n, plan=5, title="Windows") for n in range(1, 7)]
    other = visit(start=at(9, days=10), id=9, plan=-9, title="Boiler")
    rows, more = coming_rows(home(coming=(clean[0], other, *clean[1:]), coming_total=9), WORDS, several=False)
    assert [row.title for row in rows] == ["Windows", "Boiler"]
    assert rows[0].sub == "Wednesday 3 December, between 9 and 11, then 10 Dec, 17 Dec, 24 Dec and 2 more"
    assert more == "and 2 more"


def test_four_rows_and_a_count():
    coming = tuple(visit(start=at(9, days=n), id=n, plan=-n) for n in range(1, 8))
    rows, more = coming_rows(home(coming=coming), WORDS, several=False)
    assert (len(rows), more) == (4, "and 3 more")
    assert rows[0].sub == "Tomorrow, between 9 and 11"
    assert coming_rows(home(coming=coming, coming_total=120), WORDS, several=False)[1] == "and at least 116 more"
    assert coming_rows(home(), WORDS, several=False) == ([], "")


def test_what_else_is_under_way_says_so():
    coming = (
        visit("in_progress", id=1, plan=7),
        visit("on_the_way", id=2, plan=7, eta_at=at(11, 10)),
        visit("unknown", start=at(9, days=2), id=3),
    )
    rows, _ = coming_rows(home(coming=coming), WORDS, several=False)
    assert [row.sub for row in rows] == [
        "Dave is here",
        "Dave is on the way, likely at 11:10",
        "Friday 28 November; the office is updating this visit",
    ]


def test_as_of_names_another_day():
    assert home_view(home(as_of=at(14, 5, days=-1)), "S", UK).as_of == "25 Nov, 14:05"
    assert home_view(home(as_of=at(14, 5)), "S", US).as_of.replace("\u202f", " ") == "9:05 AM"
    assert home_view(home(), "S", UK).as_of == ""


def quote(**fields) -> Paper:
    values = {"day": date(2025, 11, 21), "open_until": date(2025, 12, 5), "status": "sent", **fields}
    return Paper("q", "1048", "new hot water cylinder", total=pounds(2046), **values)


def invoice(**fields) -> Paper:
    values = {
        "day": date(2025, 11, 14),
        "balance": pounds(600),
        "due_on": date(2025, 11, 28),
        "status": "open",
        **fields,
    }
    return Paper("i", "2291", "diverter valve and labour", total=pounds(600), **values)


def row(rank: int, what, words: Words = WORDS):
    (found,) = history_rows(Page((Entry(NOW, rank, 1, what),), ""), words)
    return found


@pytest.mark.parametrize(
    ("paper", "sub"),
    [
        (quote(), "£2,046.00, open until 5 Dec"),
        (quote(open_until=None), "£2,046.00, open"),
        (quote(open_until=TODAY), "£2,046.00, open until the end of today"),
        (quote(open_until=date(2025, 11, 25)), "£2,046.00, expired"),
        (quote(open_until=date(2026, 1, 2)), "£2,046.00, open until 2 Jan 2026"),
        (quote(status="approved"), "£2,046.00, approved"),
        (quote(status="declined"), "£2,046.00, declined"),
        (quote(status="withdrawn"), "£2,046.00, withdrawn"),
        (quote(status="changes_requested"), "£2,046.00, changes asked for"),
        (quote(status="<b>"), "£2,046.00"),
    ],
)
def test_quotes_say_how_they_stand(paper, sub):
    found = row(QUOTE, paper)
    assert (found.icon, found.title, found.when) == ("quote", "Quote 1048: new hot water cylinder", "21 Nov")
    assert found.sub == sub


@pytest.mark.parametrize(
    ("paper", "sub"),
    [
        (invoice(), "£600.00, due on Friday 28 November"),
        (invoice(due_on=TODAY), "£600.00, due today"),
        (invoice(due_on=date(2025, 11, 25)), "£600.00, 1 day overdue"),
        (invoice(due_on=None), "£600.00"),
        (
            invoice(status="partially_paid", balance=pounds(480)),
            "£600.00, of which £120.00 paid, due on Friday 28 November",
        ),
        (
            invoice(status="partially_paid", balance=pounds(480), due_on=date(2025, 11, 20)),
            "£600.00, of which £120.00 paid, 6 days overdue",
        ),
        (invoice(status="paid", balance=pounds(0)), "£600.00, paid"),
        (invoice(status="partially_paid", balance=pounds(0)), "£600.00, paid"),
        (invoice(status="void"), "£600.00, cancelled"),
        (invoice(status="uncollectible"), "£600.00, closed"),
    ],
)
def test_invoices_say_how_they_stand(paper, sub):
    found = row(INVOICE, paper)
    assert (found.icon, found.title, found.when) == ("receipt", "Invoice 2291: diverter valve and labour", "14 Nov")
    assert found.sub == sub


def test_visits_say_what_was_done():
    done = visit("completed", start=at(9, days=-14), work_summary="Replaced the\nvalve.")
    assert row(VISIT, done).sub == "Replaced the valve."
    assert row(VISIT, done).when == "12 Nov"
    assert row(VISIT, replace(done, work_summary=" ")).sub == "Dave finished the work"
    assert row(VISIT, replace(done, work_summary="", technicians=())).sub == "We finished the work"
    assert row(VISIT, visit("on_the_way")).sub == "Dave is on the way"
    assert row(VISIT, visit("in_progress", technicians=())).sub == "Work is in progress"
    assert row(VISIT, visit("in_progress")).when == "Today"


@pytest.mark.parametrize(
    ("now", "day", "short", "long"),
    [
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2026, 12, 30), "30 Dec", "Wednesday 30 December"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1), "1 Jan 2027", "Friday 1 January 2027"),
        (datetime(2027, 1, 1, 0, 30, tzinfo=UTC), date(2026, 12, 31), "31 Dec 2026", "Thursday 31 December 2026"),
    ],
)
def test_the_year_is_named_over_its_boundary(now, day, short, long):
    assert (Words(UK, now).short_day(day), Words(UK, now).long_day(day).replace(",", "")) == (short, long)


def test_the_year_is_the_businesss_own():
    """Half past midnight in UTC on New Year's Day is still last year in New York."""
    words = Words(US, datetime(2027, 1, 1, 0, 30, tzinfo=UTC))
    assert words.short_day(date(2026, 12, 30)) == "Dec 30"
    assert words.short_day(date(2026, 12, 31)) == "Today"
    assert words.day_words(date(2027, 1, 1)) == "Tomorrow"


def test_american_words():
    words = Words(US, NOW)
    found = row(INVOICE, replace(invoice(), total=Money(60000, "USD"), balance=Money(60000, "USD")), words)
    assert (found.sub, found.when) == ("$600.00, due on Friday, November 28", "Nov 14")


def test_hostile_texts_stay_text_and_short():
    nasty = "<img src=x onerror=alert(1)>"
    found = row(QUOTE, replace(quote(), title=nasty * 50, number=nasty))
    assert found.title.startswith(f"Quote {nasty}: {nasty}")
    assert len(found.title) == 280
    advice = Advice("a", nasty, "y" * 9000, None, None)
    view = home_view(home(advice=(advice,)), nasty, UK)
    assert view.waiting[0].title == nasty
    assert len(view.waiting[0].sub) == 64


def test_clipping_keeps_whole_short_texts():
    assert clip(" a \n b\t") == "a b"
    assert clip("x" * 280) == "x" * 280
    assert clip("x" * 281) == "x" * 279 + "…"
