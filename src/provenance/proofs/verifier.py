"""The verifier: a bundle and a trust file in, a verdict out. No node, no database, no server.

Its steps, taken in this order until one fails; the numbers are those of SPEC.md section 4 and of the code below:

 1. form          the file is strict JSON of the bundle's shape
 2. deployment    it is about the chain and the ledger that are pinned
 3. item          the item's id follows from its URI and salt
 4. block         the header is that of a block which the trust root vouches for
 5. contracts     in that block's state, ledger and registry have the pinned code
 6. state         trie proofs give the item's words, the signers' rights and the partners' name hashes
 7. signatures    what each event says was signed by its keys
 8. keys          each key was valid when its event was recorded; the partners named are theirs
 9. rules         from nothing, every event was allowed where it stands
10. completeness  the replayed history ends in exactly the words that the chain keeps: nothing is missing
11. freshness     the block is as new as was asked for

Why step 10 is conclusive: only the pinned code writes a slot, and its head hashes the slot before, the event and the time.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from provenance.errors import FieldError, InputError, Refused
from provenance.model import item as rules
from provenance.model.calls import Contract
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.hashing import keccak
from provenance.model.ids import item_id
from provenance.model.item import Item
from provenance.model.messages import Challenge, CustodyOffer, Message, Ruling
from provenance.model.vocabulary import KeyKind
from provenance.model.words import ChallengeWord, KeyWord, Slot, genesis
from provenance.proofs import state
from provenance.proofs.bundle import Bundle, KeySignature, Told, UnknownFormat
from provenance.proofs.digests import event_digest
from provenance.proofs.eip712 import Domain, root_by_path, struct_hash, tree_type_hash
from provenance.proofs.ground import (
    AskNode,
    Wanted,
    require_deployment,
    require_fresh,
    storage_root,
    vouched_header,
)
from provenance.proofs.remarks import remarks_on
from provenance.proofs.signatures import recover
from provenance.proofs.state import Header
from provenance.proofs.trie import NodePool
from provenance.proofs.trust import Trust
from provenance.proofs.verdict import CannotEvaluate, Proven, Recorded, Rejected, Report, Step, Steps, Verdict


@dataclass(frozen=True)
class _Words:
    """What the block's state says of the item, of those who signed, and of the partners named."""

    slot: Slot | None
    challenges: ChallengeWord | None
    keys: dict[bytes, KeyWord]
    name_hashes: dict[int, bytes]


def verify(
    bundle: bytes, trust: bytes, wanted: Wanted | None = None, ask_node: AskNode | None = None
) -> Report:
    """Judges a bundle by a trust file, both as the bytes of their files. Never raises for what these hold.

    `ask_node` is needed only where the trust file's root is a node.
    """
    steps = Steps()
    try:
        with _uncollected():
            proven = _prove(steps, bundle, read_trust(trust), wanted or Wanted(), ask_node)
    except Rejected as rejection:
        return Report(Verdict.REJECTED, tuple(steps.passed), None, rejection.step, rejection.reason)
    except CannotEvaluate as lack:
        return Report(Verdict.CANNOT_EVALUATE, tuple(steps.passed), reason=str(lack))
    return Report(Verdict.VERIFIED, tuple(steps.passed), proven)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: what is parsed and judged here has none, and the looking took a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def read_trust(data: bytes) -> Trust:
    """The trust in a file's bytes; CannotEvaluate where it holds none."""
    try:
        return Trust.from_bytes(data)
    except InputError as error:
        raise CannotEvaluate(f"the trust file cannot be used: {error}") from error


def _prove(steps: Steps, data: bytes, trust: Trust, wanted: Wanted, ask_node: AskNode | None) -> Proven:
    with steps.take(Step.FORM) as step:  # 1
        bundle = _read(data)
        step.found = f"{len(bundle.events)} events, {len(bundle.challenges)} challenges"
    with steps.take(Step.DEPLOYMENT) as step:  # 2
        require_deployment(bundle.chain_id, bundle.ledger, trust)
        step.found = f"ledger 0x{bundle.ledger.hex()} on chain {bundle.chain_id}"
    with steps.take(Step.ITEM) as step:  # 3
        _require_item(bundle)
        step.found = bundle.item.uri or "known by its id alone"
    with steps.take(Step.BLOCK) as step:  # 4
        header, step.found = vouched_header(bundle.header, bundle.attestations, trust, wanted, ask_node)
    with steps.take(Step.CONTRACTS) as step:  # 5
        pool = NodePool(bundle.nodes)
        ledger = storage_root(pool, header, trust, Contract.LEDGER)
        registry = storage_root(pool, header, trust, Contract.REGISTRY)
        step.found = "ledger and registry have the pinned code"
    with steps.take(Step.STATE) as step:  # 6
        words = _read_words(pool, ledger, registry, bundle)
        step.found = f"{len(bundle.nodes)} trie nodes"
    with steps.take(Step.SIGNATURES) as step:  # 7
        step.found = f"{_check_signatures(bundle, words, trust)} signatures checked"
    with steps.take(Step.KEYS) as step:  # 8
        _require_keys(bundle, words)
        step.found = f"{len(words.keys)} keys, each valid in its time"
    with steps.take(Step.RULES) as step:  # 9
        history = _replay(bundle, words, header)
        step.found = "every event was allowed where it stands"
    with steps.take(Step.COMPLETENESS) as step:  # 10
        _require_complete(history, words)
        step.found = (
            f"all {len(bundle.events)} events, in order" if history else "the item was never taken in"
        )
    with steps.take(Step.FRESHNESS) as step:  # 11
        step.found = require_fresh(header, wanted)
    partner_of = {key: found.partner for key, found in words.keys.items()}
    return Proven(bundle, header, words.slot, history, partner_of, remarks_on(bundle, history, trust))


def _read(data: bytes) -> Bundle:
    try:
        return Bundle.from_bytes(data)
    except UnknownFormat as unknown:
        raise CannotEvaluate(str(unknown)) from unknown


def _require_item(bundle: Bundle) -> None:
    item = bundle.item
    if item.uri is not None and item.salt is not None and item_id(item.salt, item.uri) != item.id:
        raise FieldError("item.id", item.id, "it does not follow from the URI and the salt")


def _read_words(pool: NodePool, ledger: bytes, registry: bytes, bundle: Bundle) -> _Words:
    """The order is part of the format: nodes stand in the order of their first use."""
    keys, named = bundle.keys, [partner for partner, name in bundle.partners if name is not None]
    places = state.places_of(bundle.item.id, keys, named)
    slot, challenges = (state.read_word(pool, ledger, place) for place in places[Contract.LEDGER])
    found = [state.read_word(pool, registry, place) for place in places[Contract.REGISTRY]]
    pool.require_used()
    return _Words(
        Slot.from_storage(slot),
        ChallengeWord.from_storage(challenges),
        {key: _key_word(key, word) for key, word in zip(keys, found, strict=False)},
        dict(zip(named, found[len(keys) :], strict=True)),
    )


def _key_word(key: bytes, word: bytes) -> KeyWord:
    found = KeyWord.from_storage(word)
    if found is None:
        raise FieldError("key", key, "the registry never granted it")
    return found


def _check_signatures(bundle: Bundle, words: _Words, trust: Trust) -> int:
    """How many signatures were checked; those of wallets cannot be."""
    domain = Domain(Contract.LEDGER, bundle.chain_id, bundle.ledger)
    checked = 0
    for place, told in _places(bundle):
        for message, signed in _signed_messages(told):
            if words.keys[signed.key].kind == KeyKind.WALLET:
                _require_wallet(place, signed, trust)
            else:
                _require_signed(place, message, signed, domain)
                checked += 1
    return checked


def _places(bundle: Bundle) -> Iterator[tuple[str, Told]]:
    for name, row in (("events", bundle.events), ("challenges", bundle.challenges)):
        for index, told in enumerate(row):
            yield f"{name}[{index}]", told


def _signed_messages(told: Told) -> Iterator[tuple[Message, KeySignature]]:
    """What each of the record's keys signed."""
    yield told.message, told.signed
    if told.accepted:
        yield told.accepted.acceptance.of(struct_hash(told.message)), told.accepted.signed


def _require_wallet(place: str, signed: KeySignature, trust: Trust) -> None:
    if signed.signature is not None or signed.path:
        raise FieldError(f"{place}.signed", signed.key, "a wallet's signature cannot be checked: write null")
    if not trust.accepts_wallets:
        raise FieldError(f"{place}.signed", signed.key, "a contract wallet; the trust file refuses those")


def _require_signed(place: str, message: Message, signed: KeySignature, domain: Domain) -> None:
    if signed.signature is None:
        raise FieldError(f"{place}.signed", signed.key, "it is no wallet: give its signature")
    content = struct_hash(message)
    if signed.path:
        root = root_by_path(content, signed.index, signed.path)
        content = keccak(tree_type_hash(type(message), len(signed.path)) + root)
    if recover(domain.digest(content), signed.signature) != signed.key:
        raise FieldError(f"{place}.signed", signed.key, "this key did not sign what the record says")


def _require_keys(bundle: Bundle, words: _Words) -> None:
    for place, told in _places(bundle):
        for signed in told.signatures:
            key = words.keys[signed.key]
            if not key.is_valid_at(told.time):
                raise FieldError(
                    f"{place}.signed",
                    signed.key,
                    f"valid from {key.valid_from} to {key.valid_to}, not at {told.time}",
                )
    mentioned = {key.partner for key in words.keys.values()} | set(_receivers(bundle.events))
    told_of = {partner for partner, _ in bundle.partners}
    if mentioned != told_of:
        raise FieldError("partners", sorted(told_of), f"the history mentions {sorted(mentioned)}")
    for partner, name in bundle.partners:
        if name is not None and keccak(name.encode()) != words.name_hashes[partner]:
            raise FieldError(f"name of partner {partner}", name, "the registry has another name's hash")


def _receivers(events: Sequence[Told]) -> Iterator[int]:
    for told in events:
        if isinstance(told.message, CustodyOffer | Ruling) and told.message.to:
            yield told.message.to


def _replay(bundle: Bundle, words: _Words, header: Header) -> tuple[Recorded, ...]:
    item = Item(bundle.item.id, genesis(bundle.chain_id, bundle.ledger, bundle.item.id))
    history, before = [], 0
    for told in _in_order(bundle.events, bundle.challenges):
        if not before <= told.time <= header.time:
            raise FieldError("time", told.time, f"it lies before {before} or after the block's {header.time}")
        event = _event(told, words)
        try:
            item = rules.apply(item, event, event_digest(event), told.time)
        except Refused as refusal:
            raise FieldError(told.kind, _number(told), str(refusal)) from refusal
        history.append(Recorded(told, item))
        before = told.time
    return tuple(history)


def _in_order(events: Sequence[Told], challenges: Sequence[Told]) -> Iterator[Told]:
    """Both rows as one. Within a second, a challenge comes as early as it can: so there is one order only."""
    rest = list(challenges)
    for seq, told in enumerate(events):
        while rest and _comes_before(rest[0], told, seq):
            yield rest.pop(0)
        yield told
    yield from rest


def _comes_before(challenge: Told, event: Told, recorded: int) -> bool:
    if challenge.time != event.time:
        return challenge.time < event.time
    return isinstance(challenge.message, Challenge) and challenge.message.challenged <= recorded


def _number(told: Told) -> str:
    for name in ("seq", "count"):
        if hasattr(told.message, name):
            return f"{name} {getattr(told.message, name)}"
    return f"at {told.time}"


def _event(told: Told, words: _Words) -> Event:
    by = _signer(told.signed, words)
    message = told.message
    if isinstance(message, CustodyOffer):
        if told.accepted is None:  # the form requires it
            raise FieldError("acceptance", None, "a hand-over has one")
        return HandOver(message, by, told.accepted.acceptance, _signer(told.accepted.signed, words))
    if isinstance(message, Ruling) and told.accepted is not None:
        return AcceptedRuling(message, by, told.accepted.acceptance, _signer(told.accepted.signed, words))
    return Signed(message, by)


def _signer(signed: KeySignature, words: _Words) -> Signer:
    key = words.keys[signed.key]
    return Signer(signed.key, key.partner, key.roles, key.kind)


def _require_complete(history: Sequence[Recorded], words: _Words) -> None:
    last = history[-1].after if history else None
    slot, challenges = (last.slot, last.challenges) if last else (None, None)
    if slot != words.slot:
        raise FieldError(
            "history",
            f"{slot.seq if slot else 0} events",
            f"the chain's own state commits to {words.slot.seq if words.slot else 0}"
            f"{', and to others' if slot and words.slot and slot.seq == words.slot.seq else ''}: "
            "something is missing, added, altered or moved",
        )
    if challenges != words.challenges:
        raise FieldError(
            "challenges",
            f"{challenges.count if challenges else 0}",
            f"the chain's own state commits to {words.challenges.count if words.challenges else 0}: "
            "something is missing, added, altered or moved",
        )
