"""E-mail addresses and phone numbers in the one form we keep them in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers.timezone import time_zones_for_geographical_number

from nurture.intake.places import canonical_zone, zones_of

_NO_EMAIL = "not an e-mail address"
_PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*")
# Ofcom keeps these for film and television; libphonenumber calls them invalid, rehearsals need them.
_FOR_FICTION = ("+447700900", "+441632960", "+442079460")
_NANP = re.compile(r"\+1[2-9][0-9]{9}")
_PHONE_PUNCTUATION = str.maketrans("", "", " .-()/\u00a0\u2011")


class Phone(NamedTuple):
    """An E.164 number, and every time zone (IANA) its prefix may belong to; `is_placed` when it names a place."""

    number: str
    timezones: tuple[str, ...]
    is_placed: bool = False


def email_of(text: str) -> str:
    """Return the address in its one form: lower case, the domain in ASCII where that is possible.

    Only syntax is checked, no DNS is asked; `.test` and `.example` domains are fine. Raises ValueError with the reason.
    """
    address = text.removeprefix("mailto:").strip("<>").lower()
    local, at, domain = address.rpartition("@")
    if not at:
        raise ValueError(_NO_EMAIL)
    if len(local) <= 64 and _PLAIN_LOCAL.fullmatch(local):
        return f"{local}@{_domain(domain)}"
    return _validated(address)


def phone_of(text: str, country: str = "") -> Phone:
    """Return the number in E.164 with its zones; a number without + is read as one of `country` (ISO 3166 alpha-2).

    Raises ValueError when it is no number in use. Numbers reserved for fiction are fine.
    """
    plain = text.removeprefix("tel:").translate(_PHONE_PUNCTUATION)
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    return _phone(plain, "" if plain.startswith("+") else country)


@lru_cache(maxsize=4_096)
def _domain(domain: str) -> str:
    return _validated(f"x@{domain}").partition("@")[2]


def _validated(address: str) -> str:
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise ValueError(_NO_EMAIL) from error
    return found.ascii_email or found.normalized


@lru_cache(maxsize=16_384)
def _phone(plain: str, country: str) -> Phone:
    number = _nanp(plain) if _NANP.fullmatch(plain) else _parsed(plain, country)
    kind = phonenumbers.number_type(number)
    e164 = f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
    if kind == phonenumbers.PhoneNumberType.UNKNOWN and not e164.startswith(_FOR_FICTION):
        raise ValueError("not a phone number in use")
    code = number.country_code or 0
    if not phonenumbers.is_number_type_geographical(kind, code):
        return Phone(e164, _zones_of_code(code))
    zones = (canonical_zone(zone) for zone in time_zones_for_geographical_number(number))
    known = tuple(dict.fromkeys(zone for zone in zones if zone))
    return Phone(e164, known or _zones_of_code(code), bool(known))


def _nanp(plain: str) -> phonenumbers.PhoneNumber:
    """Build a +1 number without the parser, which would cost half of the row."""
    return phonenumbers.PhoneNumber(country_code=1, national_number=int(plain[2:]))


def _parsed(plain: str, country: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(plain, country or None)
    except phonenumbers.NumberParseException as error:
        known = error.error_type != error.INVALID_COUNTRY_CODE
        raise ValueError("not a phone number" if known else "a phone number without a country code") from error


@lru_cache(maxsize=512)
def _zones_of_code(code: int) -> tuple[str, ...]:
    """Return every zone of every country that shares a calling code: all we know of a mobile or a toll-free number."""
    countries = phonenumbers.region_codes_for_country_code(code)
    return tuple(dict.fromkeys(zone for country in countries for zone in zones_of(country)))
