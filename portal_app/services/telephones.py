"""Telephone numbers: whether one could be rung, whether two are the same, and how a country writes them."""

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

_LONGEST = 60


def parsed(number: str, country: str) -> PhoneNumber | None:
    """Return a number as typed in a country (ISO 3166), None when nobody could be rung there."""
    try:
        found = phonenumbers.parse(number[:_LONGEST], country or None)
    except phonenumbers.NumberParseException:
        return None
    return found if phonenumbers.is_possible_number(found) else None


def written(number: str, country: str) -> str:
    """Return a number as the country writes it, one from abroad with its country's code, others as they stand."""
    found = parsed(number, country)
    if found is None:
        return number
    at_home = found.country_code == phonenumbers.country_code_for_region(country)
    return phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL)


def key(number: str, country: str) -> str:
    """Return what is the same for the same number however it is written."""
    found = parsed(number, country)
    if found is None:
        return "".join(letter for letter in number if letter.isalnum()).lower()
    extension = f"x{found.extension}" if found.extension else ""
    return phonenumbers.format_number(found, PhoneNumberFormat.E164) + extension


def example(country: str) -> str:
    """Return a number as the country writes it, for a hint."""
    found = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if found is None:
        return "+44 7700 900123"
    return phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL)
