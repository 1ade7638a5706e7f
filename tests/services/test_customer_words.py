import pytest

from portal_app.services.customer_words import (
    LONGEST_WORD,
    MOST_TERMS,
    MOST_WORDS,
    fold,
    rank,
    sort_name,
    terms,
    words_of,
)


def words(**given) -> set[str]:
    nothing = {"names": [], "number": "", "emails": [], "phones": [], "addresses": [], "country": "GB"}
    return words_of(**{**nothing, **given})


def found(typed: str, country: str = "GB", **given) -> bool:
    """Return whether somebody with these details is found by what was typed."""
    have = words(country=country, **given)
    wanted = terms(typed, country)
    return bool(wanted) and all(any(word.startswith(term) for word in have) for term in wanted)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zoë Søren", "zoe soren"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("O'Brien", "obrien"),
        ("Æsop", "aesop"),
        ("İzmir", "izmir"),
        ("ﬁne", "fine"),
    ],
)
def test_capitals_and_accents_do_not_count(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    "typed",
    ["sarah", "SAR", "whit sar", "Whitcombe, Sarah", "s w", "smith", "smith-jones", "  sarah   "],
)
def test_a_name_is_found_by_its_beginnings_in_any_order(typed):
    assert found(typed, names=["Sarah Whitcombe", "Bea Smith-Jones"])


@pytest.mark.parametrize("typed", ["arah", "sarah x", "combe", "sarah whitcombes"])
def test_what_is_no_beginning_is_not_found(typed):
    assert not found(typed, names=["Sarah Whitcombe"])


@pytest.mark.parametrize("typed", ["o'brien", "O’Brien", "obrien", "brien", "o brien"])
def test_an_apostrophe_may_be_there_or_not(typed):
    assert found(typed, names=["Dara O'Brien"])


@pytest.mark.parametrize(
    "typed",
    [
        "07700 900123",
        "07700900123",
        "+44 7700 900123",
        "+44 (0)7700 900123",
        "0044 7700 900123",
        "447700900123",
        "7700 900123",
        "900123",
        "0123",
        "07700",
        "(07700) 900-123",
    ],
)
@pytest.mark.parametrize("kept", ["07700 900123", "+447700900123", "07700-900-123"])
def test_a_number_is_found_however_it_is_written(typed, kept):
    assert found(typed, phones=[kept])


def test_a_number_of_another_country_is_found_too():
    assert found("+49 30 901820", phones=["+49 30 901820"])
    assert found("030 901820", country="DE", phones=["+49 30 901820"])
    assert not found("07700 900124", phones=["07700 900123"])


def test_what_is_no_number_is_still_found_by_its_digits():
    assert found("12345", phones=["ext 12345"])


@pytest.mark.parametrize(
    "typed", ["sarah.w@example.com", "SARAH.W@", "sarah.w", "example", "@example.com", "sarah example", "w example.com"]
)
def test_an_address_is_found_whole_and_by_its_parts(typed):
    assert found(typed, emails=["Sarah.W@example.com"])


@pytest.mark.parametrize("typed", ["14 chestnut", "bath", "BA1 2AB", "ba12ab", "ba1", "chestnut bath 14"])
def test_a_postal_address_is_found(typed):
    address = {"line1": "14 Chestnut Road", "city": "Bath", "postal_code": "BA1 2AB", "country": "GB"}
    assert found(typed, addresses=[address])


@pytest.mark.parametrize("typed", ["C-40117", "40117", "c40117", "C 40117"])
def test_a_customer_number_is_found(typed):
    assert found(typed, number="C-40117")


@pytest.mark.parametrize("typed", ["", "   ", "'", "---", "\x00", "!!! ???", "🦊"])
def test_nothing_that_is_a_word_asks_for_nothing(typed):
    assert terms(typed, "GB") == []


def test_endless_input_has_an_end():
    assert len(terms(" ".join(f"w{n}x" for n in range(100)), "GB")) <= MOST_TERMS
    assert all(len(term) <= LONGEST_WORD for term in terms("a" * 5000, "GB"))
    many = words(names=[" ".join(f"name{n}" for n in range(1000))])
    assert len(many) <= MOST_WORDS
    assert all(len(word) <= LONGEST_WORD for word in words(names=["b" * 500], emails=["c" * 300 + "@example.com"]))
    assert len(sort_name("x" * 500)) == 200


def test_a_term_that_begins_another_one_asks_for_nothing_more():
    assert terms("sar sarah", "GB") == ["sarah"]


def test_words_that_begin_the_name_are_ranked_first():
    ranked = rank({"sarah", "s", "sarah.w", "whit", "bath", "whitcombe", "@example.com"}, "sarah whitcombe")
    assert [(one.word, one.leads) for one in ranked] == [
        ("s", True),
        ("sarah", True),
        ("@example.com", False),
        ("bath", False),
        ("sarah.w", False),
        ("whit", False),
        ("whitcombe", False),
    ]


@pytest.mark.parametrize("name", ["sarah whitcombe", "anna", "", "7700", "sarah.w@sarah.example"])
def test_of_the_words_with_a_term_the_first_ranked_one_shares_fewer_letters_than_it_has(name):
    ranked = rank(words(names=[name], number="7700", emails=["Sarah.W@sarah.example"], phones=["07700 900123"]), name)
    beginnings = {one.word[:length] for one in ranked for length in range(1, len(one.word) + 1)}
    for term in beginnings:
        having = [one for one in ranked if one.word.startswith(term)]
        assert [one for one in having if one.shared < len(term)] == having[:1]


def test_broken_addresses_and_phones_do_no_harm():
    assert words(addresses=[{}, {"line1": None}], phones=["", "+", "phone"], emails=["", "@", "nobody"]) >= {"nobody"}  # type: ignore[dict-item]
