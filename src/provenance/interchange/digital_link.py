"""Item URIs: GS1 Digital Link (GTIN and serial number), and other URIs for what carries no GTIN.

The canonical form of a GS1 item is ``https://id.gs1.org/01/{gtin14}/21/{serial}`` (GS1 Digital Link
Standard: URI Syntax, "Canonical GS1 Digital Link URIs"), every character of the serial outside RFC 3986's
unreserved set percent-encoded in upper-case hex. Two spellings of one
product give one canonical URI, and so one item id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from biip import ParseError
from biip.checksums import gs1_standard_check_digit
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementStrings

from provenance.errors import FieldError
from provenance.model.ids import require_canonical_uri

GTIN = "01"
SERIAL = "21"
RESOLVER = "https://id.gs1.org"
# RFC 7254 defines urn:gsma:imei; urn:imei is what many systems write, and shorter.
IMEI = re.compile(r"urn:(?:gsma:)?imei:([0-9-]+)", re.IGNORECASE)
# RFC 8141 2: a URN's namespace is case-insensitive, its specific string is not.
URN = re.compile(r"urn:([a-z0-9][a-z0-9-]{0,30}[a-z0-9]):([A-Za-z0-9._~!$&'()*+,;=:@/%-]+)", re.IGNORECASE)
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
LONGEST_URI = 512


@dataclass(frozen=True)
class ItemUri:
    """The canonical URI of one physical product; ``gtin`` (14 digits) and ``serial`` when it is a GS1 URI."""

    uri: str
    gtin: str | None = None
    serial: str | None = None

    @property
    def path(self) -> str:
        """The page's path for a GS1 item, ``/01/{gtin}/21/{serial}``; empty for other URIs."""
        return self.uri.removeprefix(RESOLVER) if self.gtin else ""

    def __str__(self) -> str:
        return self.uri


def gs1_item(gtin: str, serial: str) -> ItemUri:
    """The item with this GTIN (8, 12, 13 or 14 digits) and serial number (1 to 20 characters), both checked.

    Raises FieldError that names the field, the value and what to do.
    """
    gtin14 = checked_gtin(gtin)
    if not re.fullmatch(
        r"[!%-?A-Z_a-z\"]{1,20}", serial
    ):  # GS1 General Specifications 3.5.2, character set 82
        raise FieldError(
            "serial", serial, "give 1 to 20 letters, digits or GS1 punctuation (no spaces, no accents)"
        )
    return ItemUri(f"{RESOLVER}/{GTIN}/{gtin14}/{SERIAL}/{quote(serial, safe='')}", gtin14, serial)


def checked_gtin(text: str) -> str:
    """The GTIN as 14 digits; raises FieldError if it is no GTIN or its check digit is wrong."""
    digits = text.strip()
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", digits):
        raise FieldError("gtin", text, "a GTIN has 8, 12, 13 or 14 digits")
    expected = gs1_standard_check_digit(digits[:-1])
    if int(digits[-1]) != expected:
        raise FieldError(
            "gtin", text, f"its check digit should be {expected}, not {digits[-1]}; scan or type it again"
        )
    return digits.zfill(14)


def with_check_digit(payload: str) -> str:
    """Payload digits followed by their GS1 check digit (GS1 General Specifications 7.9)."""
    return f"{payload}{gs1_standard_check_digit(payload)}"


def parse_item_uri(text: str) -> ItemUri:
    """The canonical form of an item URI: a GS1 Digital Link from any resolver, an IMEI, a URN, a web address.

    A Digital Link may carry a variant, a lot and data attributes: they do not name the item and are left out.
    Raises FieldError that names the value and what to do.
    """
    uri = text.strip()
    if not uri or len(uri) > LONGEST_URI or re.search(r"[\x00-\x20\x7f]", uri):
        raise FieldError(
            "item",
            text,
            f"give a URI of 1 to {LONGEST_URI} characters without spaces, "
            "such as https://id.gs1.org/01/09521234543213/21/A1 or urn:imei:490154203237518",
        )
    if BROKEN_PERCENT.search(uri):
        raise FieldError(
            "item", uri, "a '%' must be followed by two hex digits (write '%25' for a percent sign)"
        )
    scheme = uri.partition(":")[0].lower()
    if scheme not in ("http", "https", "urn"):
        raise FieldError(
            "item", uri, "begin with https:// (a GS1 Digital Link) or urn: (such as urn:imei:...)"
        )
    item = _urn_item(uri) if scheme == "urn" else _web_item(uri)
    require_canonical_uri(item.uri)
    return item


def _web_item(uri: str) -> ItemUri:
    if not re.search(r"/01/", urlsplit(uri).path):
        return _plain_web_item(uri)
    try:
        strings = GS1DigitalLinkURI.parse(_decodable(uri)).element_strings
    except ParseError as error:
        raise FieldError("item", uri, f"not a GS1 Digital Link: {error}") from error
    gtin, serial = _values(strings, GTIN), _values(strings, SERIAL)
    if len(serial) != 1:
        raise FieldError(
            "item", uri, "add the serial number, /21/..., a GTIN alone names a kind of product, not an item"
        )
    wrong = next((string.gtin_error for string in strings if string.gtin_error), None)
    if wrong:
        raise FieldError("item", uri, f"{wrong} Scan or type it again.")
    return gs1_item(gtin[0], serial[0])


def _values(strings: GS1ElementStrings, ai: str) -> list[str]:
    return [string.value for string in strings if string.ai.ai == ai]


def _decodable(uri: str) -> str:
    try:
        unquote(uri, errors="strict")
    except UnicodeDecodeError:
        raise FieldError("item", uri, "its percent-encoded bytes are not UTF-8") from None
    return uri


def _plain_web_item(uri: str) -> ItemUri:
    parts = urlsplit(uri)
    if not parts.hostname or parts.fragment or parts.username:
        raise FieldError("item", uri, "a web address needs a host, and no user name and no '#' part")
    # RFC 3986 6.2.2.1: scheme and host are case-insensitive.
    host = parts.netloc.lower()
    query = f"?{parts.query}" if parts.query else ""
    return ItemUri(f"{parts.scheme.lower()}://{host}{_normal_percent(parts.path)}{_normal_percent(query)}")


def _urn_item(uri: str) -> ItemUri:
    imei = IMEI.fullmatch(uri)
    if imei:
        return ItemUri(f"urn:imei:{_checked_imei(imei[1])}")
    urn = URN.fullmatch(uri)
    if not urn:
        raise FieldError("item", uri, "a URN looks like urn:name:value (RFC 8141)")
    return ItemUri(f"urn:{urn[1].lower()}:{_normal_percent(urn[2])}")


def _checked_imei(text: str) -> str:
    digits = text.replace("-", "")
    if len(digits) != 15 or _luhn(digits) != 0:
        raise FieldError(
            "imei",
            text,
            "an IMEI has 15 digits and its last one is a check digit; read it again (dial *#06#)",
        )
    return digits


def _luhn(digits: str) -> int:
    """ISO/IEC 7812-1 annex B: 0 when the last digit checks the others."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10


def _normal_percent(text: str) -> str:
    """RFC 3986 6.2.2.1 and 6.2.2.2: hex digits in upper case, unreserved characters as themselves."""

    def normal(match: re.Match[str]) -> str:
        character = chr(int(match[0][1:], 16))
        return character if UNRESERVED.fullmatch(character) else match[0].upper()

    return re.sub(r"%[0-9a-fA-F]{2}", normal, text)
