"""A partner's side of the API: typed data asked for, checked, signed with a key of its own, sent back.

The server is not trusted to say what is signed: the digest is computed here, from messages that were compared with
what was intended, for the chain and ledger that the partner expects.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provenance.errors import ChainError, FieldError, InputError
from provenance.model.calls import Contract
from provenance.model.hashing import ZERO
from provenance.proofs.canonical import canonical
from provenance.proofs.commitments import SALT, Field, root_of
from provenance.proofs.eip712 import CONTRACT_OF, Domain, SignedTree, message_json
from provenance.proofs.signatures import address_of_key, sign
from provenance.workflows.parsing import (
    MESSAGES,
    labels_of,
    read_bytes,
    read_message,
    read_number,
    read_value,
)

SECONDS = 60
_FREE = {"details", "item"}  # checked in a way of their own


class ServerError(InputError):
    """The server refused, and said why."""


@dataclass(frozen=True)
class Expected:
    """Where a signature may count: nothing is signed for another chain or ledger. None: whatever the server says."""

    chain_id: int | None = None
    ledger: bytes | None = None


@dataclass(frozen=True)
class Server:
    """A server's address, such as http://127.0.0.1:8000."""

    url: str

    def get(self, path: str, **query: Any) -> Any:
        asked = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        return self._ask(urllib.request.Request(f"{self.url}{path}{'?' if asked else ''}{asked}"))  # noqa: S310

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        return self._ask(urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), headers))  # noqa: S310

    def _ask(self, request: urllib.request.Request) -> Any:
        if not self.url.startswith(("http://", "https://")):
            raise FieldError("server", self.url, "give an http(s) address, such as http://127.0.0.1:8000")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - the scheme is checked
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise ServerError(_reason(refused)) from None
        except (urllib.error.URLError, TimeoutError) as error:
            raise ChainError(f"{self.url} does not answer: {getattr(error, 'reason', error)}") from None


def post(
    server: Server,
    message: str,
    intended: Sequence[Mapping[str, Any]],
    secret: bytes,
    *,
    offer: bool = False,
    expected: Expected = Expected(),
    more: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Signs what is intended, one message or many at once, and submits it; receipts, or with ``offer`` the offers.

    Raises ServerError with the server's reason, FieldError where it handed out something else than was intended.
    """
    typed = server.post(f"/typed-data/{message}", {"messages": list(intended)})
    signature = sign_typed(message, intended, typed, secret, expected)
    body = {
        "messages": typed["messages"],
        "documents": typed["documents"],
        "signature": "0x" + signature.hex(),
        "signer": "0x" + address_of_key(secret).hex(),
        **(more or {}),
    }
    answer = server.post(f"/{'offers' if offer else 'submissions'}/{message}", body)
    found: list[dict[str, Any]] = answer["offers" if offer else "receipts"]
    return found


def sign_typed(
    message: str,
    intended: Sequence[Mapping[str, Any]],
    typed: Mapping[str, Any],
    secret: bytes,
    expected: Expected,
) -> bytes:
    """The signature over what was handed out, if it is what was intended."""
    of = MESSAGES[message]
    messages = tuple(read_message(of, one) for one in typed["messages"])
    if len(messages) != len(intended):
        raise FieldError(
            "messages", len(messages), f"the server handed out another number than {len(intended)}"
        )
    labels = labels_of(of)
    for wanted, shown in zip(intended, (message_json(one) for one in messages), strict=True):
        for name, value in wanted.items():
            if name in labels and name not in _FREE and shown[name] != _shown(name, labels[name], value):
                raise FieldError(
                    name, shown[name], f"the server handed out another value than {value}: not signed"
                )
        if str(wanted.get("item", "")).startswith("0x") and shown["item"] != wanted["item"].lower():
            raise FieldError("item", shown["item"], "the server handed out another item: not signed")
    for wanted, one, document in zip(intended, messages, typed["documents"], strict=True):
        _require_details(wanted.get("details"), getattr(one, "details", ZERO), document)
    domain = _domain(of, typed["typed_data"]["domain"], expected)
    return sign(secret, domain.digest(SignedTree(messages).struct_hash))


def _require_details(said: Any, root: bytes, document: Mapping[str, Any] | None) -> None:
    """What is committed to is what was said, no more and no less."""
    if isinstance(said, str):
        return  # the root itself was given
    fields = [] if document is None else document["fields"]
    made = [Field(one["name"], one["value"], read_bytes("salt", one["salt"], SALT)) for one in fields]
    wanted = [(one["name"], canonical(one["value"])) for one in said or ()]
    if root != (root_of(made) if made else ZERO) or sorted(wanted) != sorted(
        (f.name, f.canonical) for f in made
    ):
        raise FieldError("details", root, "the server committed to something else than was said: not signed")


def _shown(name: str, kind: str, value: Any) -> str | bool:
    read = read_value(name, kind, value)
    if isinstance(read, bytes):
        return "0x" + read.hex()
    return read if isinstance(read, bool) else str(read)


def _domain(of: type, said: Mapping[str, Any], expected: Expected) -> Domain:
    contract: Contract = CONTRACT_OF[of]
    domain = Domain(
        contract, read_number("chainId", said["chainId"]), read_bytes("ledger", said["verifyingContract"], 20)
    )
    if expected.chain_id is not None and domain.chain_id != expected.chain_id:
        raise FieldError("chain id", domain.chain_id, f"{expected.chain_id} was expected: not signed")
    if expected.ledger is not None and contract is Contract.LEDGER and domain.address != expected.ledger:
        raise FieldError("ledger", domain.address, f"0x{expected.ledger.hex()} was expected: not signed")
    return domain


def _reason(refused: urllib.error.HTTPError) -> str:
    try:
        problem = json.load(refused)
        return f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"the server answered {refused.code} {refused.reason}"
