"""Item ids: what the chain calls a product without giving its number away (contracts/SPEC.md, section 6)."""

import hashlib
import hmac
import re

from provenance.errors import FieldError
from provenance.model.hashing import keccak

_ITEM_TAG = keccak(b"returns-provenance item 1")
NETWORK_KEY = 32
"""Length of a network key in bytes."""
_MAX_URI = 2000

# RFC 3986 section 2: the characters of a URI; a percent sign only before two upper-case hex digits (6.2.2.1).
_URI = re.compile(r"[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-F]{2})+")
# RFC 3986 section 6.2.2.2: these are never written as percent codes.
_NEEDLESS_CODE = re.compile(r"%(?:2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])")
_AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)")


def require_canonical_uri(uri: str) -> None:
    """The URI is absolute and in the normal form of RFC 3986 section 6.2.2, without fragment.

    Two spellings of one identifier would make two items of one product; so only one spelling passes. What
    is particular to a kind of URI (GS1 Digital Link) is the matter of whoever made it.

    Raises:
        FieldError: it is not; the text says why.
    """
    if not isinstance(uri, str) or not _URI.fullmatch(uri):
        raise FieldError(
            "uri",
            uri,
            "give an absolute URI in ASCII with a lower-case scheme; write the rest as %XX, upper case",
        )
    if len(uri) > _MAX_URI:
        raise FieldError("uri", uri, f"give at most {_MAX_URI} characters")
    if "#" in uri:
        raise FieldError("uri", uri, "leave the fragment (#...) out")
    if code := _NEEDLESS_CODE.search(uri):
        raise FieldError("uri", uri, f"write {code.group()} as the character it stands for")
    authority = _AUTHORITY.match(uri)
    if authority and authority.group(1) != authority.group(1).lower():
        raise FieldError("uri", uri, "write the host in lower case")
    if authority and not authority.group(1):
        raise FieldError("uri", uri, "name a host after //")


def item_salt(network_key: bytes, uri: str) -> bytes:
    """HMAC-SHA256(network key, UTF-8 canonical URI), 32 bytes.

    Every enrolled partner derives the same salt; without the network key nobody can try serial numbers.

    Raises:
        FieldError: the key is not 32 bytes, or the URI is not canonical.
    """
    if len(network_key) != NETWORK_KEY:
        # The key itself stays out of the message.
        raise FieldError("network key", f"{len(network_key)} bytes long", f"give exactly {NETWORK_KEY} bytes")
    require_canonical_uri(uri)
    return hmac.new(network_key, uri.encode(), hashlib.sha256).digest()


def item_id(salt: bytes, uri: str) -> bytes:
    """keccak256(tag || salt || UTF-8 canonical URI), 32 bytes.

    Raises:
        FieldError: the salt is not 32 bytes, or the URI is not canonical.
    """
    if len(salt) != 32:
        raise FieldError("salt", salt, "give exactly 32 bytes")
    require_canonical_uri(uri)
    return keccak(_ITEM_TAG + salt + uri.encode())
