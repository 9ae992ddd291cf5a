"""Names of evidence: a file is named by the SHA-256 of its bytes, written as RFC 6920 has it.

A details document names its evidence by such URIs (field ``evidence``, a list), so the chain commits to the files
without holding them, and whoever has a file can check that it is the one that was meant.
"""

from __future__ import annotations

import base64
import hashlib
import re

from provenance.errors import FieldError

DIGEST = 32
NI = re.compile(r"ni://(?:[A-Za-z0-9.-]*)/sha-256;([A-Za-z0-9_-]{43})(?:\?.*)?")  # RFC 6920 3
HEX = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")


def evidence_digest(content: bytes) -> bytes:
    """The 32 bytes that name this content: its SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(content).digest()


def evidence_uri(digest: bytes) -> str:
    """The name as a URI, ``ni:///sha-256;`` and the digest in base64url without padding (RFC 6920 3)."""
    return f"ni:///sha-256;{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def parse_evidence_name(text: str) -> bytes:
    """The 32 bytes in a name: an ``ni:`` URI of any authority, or 64 hex digits. Raises FieldError."""
    name = text.strip()
    if match := HEX.fullmatch(name):
        return bytes.fromhex(match[1])
    if match := NI.fullmatch(name):
        digest = base64.urlsafe_b64decode(f"{match[1]}=")
        if evidence_uri(digest).endswith(match[1]):  # else the last letter carries bits that no digest has
            return digest
    raise FieldError(
        "evidence", text, "give a SHA-256: 64 hex digits, or ni:///sha-256; and 43 letters of base64url"
    )
