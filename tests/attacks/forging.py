"""What those who hold real keys can do, and those who run the chain: false histories, signed, and false states, proven."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import rlp
from trie import HexaryTrie

from attacks.story import Story
from provenance.errors import Refused
from provenance.model import item as rules
from provenance.model.calls import Contract
from provenance.model.events import AcceptedRuling, Event, HandOver, Signed, Signer
from provenance.model.hashing import keccak
from provenance.model.item import Item
from provenance.model.messages import Challenge, CustodyOffer, ItemMessage, Message
from provenance.model.vocabulary import KeyKind
from provenance.model.words import KeyWord, genesis
from provenance.proofs import state
from provenance.proofs.bundle import Accepted, Bundle, Document, KeySignature, Told
from provenance.proofs.digests import event_digest
from provenance.proofs.eip712 import Domain, struct_hash
from provenance.proofs.signatures import sign
from provenance.proofs.verifier import _in_order
from sample_keys import address, private_key

SIGNERS = (
    "centre",
    "workshop",
    "auditor",
    "story: leaver",
    "story: brief",
    "story: another",
    "a partner who is not named",
)


@dataclass(frozen=True)
class Forger:
    """Everybody's keys, for one deployment."""

    chain_id: int
    ledger: bytes
    words: Mapping[bytes, KeyWord]

    @classmethod
    def of(cls, story: Story, *wallets: bytes) -> "Forger":
        held = [*(address(label) for label in SIGNERS), *wallets]
        words = {key: story.world.gateway.key(key) for key in held}
        deployment = story.world.deployment
        return cls(deployment.chain_id, deployment.ledger, {key: word for key, word in words.items() if word})

    def signed(self, message: Message, key: bytes) -> KeySignature:
        """The signature of whoever holds the key; none where it is a wallet."""
        if self.words[key].kind == KeyKind.WALLET:
            return KeySignature(key, None)
        label = next(label for label in SIGNERS if address(label) == key)
        domain = Domain(Contract.LEDGER, self.chain_id, self.ledger)
        return KeySignature(key, sign(private_key(label), domain.digest(struct_hash(message))))

    def told(
        self,
        message: ItemMessage,
        key: bytes,
        time: int,
        *,
        document: Document | None = None,
        accepted: Accepted | None = None,
    ) -> Told:
        """A record that nobody made."""
        document = document or Document(bytes(32))
        return Told(
            time, replace(message, details=document.root), document, self.signed(message, key), accepted
        )

    def history(
        self, bundle: Bundle, events: Iterable[Told], challenges: Iterable[Told] | None = None
    ) -> Bundle:
        """The bundle with these records instead, numbered and linked as if they had happened, all signed anew."""
        challenges = bundle.challenges if challenges is None else tuple(challenges)
        state_, kept_events, kept_challenges = self._start(bundle), [], []
        for told in _in_order(tuple(events), challenges):
            made = self._fitting(told, state_)
            (kept_challenges if isinstance(told.message, Challenge) else kept_events).append(made)
            state_ = self._after(state_, made)
        return replace(bundle, events=tuple(kept_events), challenges=tuple(kept_challenges))

    def slot_after(self, bundle: Bundle) -> Item:
        """The words in which the bundle's history ends."""
        item = self._start(bundle)
        for told in _in_order(bundle.events, bundle.challenges):
            item = self._after(item, told)
        return item

    def _start(self, bundle: Bundle) -> Item:
        return Item(bundle.item.id, genesis(self.chain_id, self.ledger, bundle.item.id))

    def _fitting(self, told: Told, item: Item) -> Told:
        message = told.message
        if isinstance(message, CustodyOffer):
            message = replace(message, prior=item.slot.to_word() if item.slot else bytes(32))
        elif isinstance(message, Challenge):
            last = item.slot.seq if item.slot else 1
            message = replace(
                message, count=item.challenge_count + 1, challenged=min(message.challenged, last)
            )
        else:
            message = replace(message, seq=item.slot.seq + 1 if item.slot else 1)
        accepted = told.accepted
        if accepted:
            acceptance = accepted.acceptance.of(struct_hash(message))
            accepted = replace(accepted, signed=self.signed(acceptance, accepted.signed.key))
        return replace(told, message=message, signed=self.signed(message, told.signed.key), accepted=accepted)

    def _after(self, item: Item, told: Told) -> Item:
        event = self._event(told)
        try:
            return rules.apply(item, event, event_digest(event), told.time)
        except Refused:  # a history against the rules goes on all the same: its author does not care
            if item.slot is None or isinstance(told.message, Challenge):
                return item
            return replace(item, slot=replace(item.slot, seq=item.slot.seq + 1))

    def _event(self, told: Told) -> Event:
        by = self._signer(told.signed.key)
        if told.accepted is None:
            return Signed(told.message, by)
        receiver = self._signer(told.accepted.signed.key)
        if isinstance(told.message, CustodyOffer):
            return HandOver(told.message, by, told.accepted.acceptance, receiver)
        return AcceptedRuling(told.message, by, told.accepted.acceptance, receiver)  # type: ignore[arg-type]

    def _signer(self, key: bytes) -> Signer:
        word = self.words[key]
        return Signer(key, word.partner, word.roles, word.kind)


@dataclass(frozen=True)
class FalseState:
    """A chain's state of somebody's own making: accounts with code hashes, and words at places of their storage.

    Words are given as the trie keeps them (bytes that are then RLP-encoded), or as anything else to encode.
    """

    code_hashes: Mapping[Contract, bytes]
    addresses: Mapping[Contract, bytes]
    words: Mapping[Contract, Mapping[bytes, Any]]
    account_of: Callable[[bytes, bytes], Any] = lambda storage, code: [b"\1", b"", storage, code]
    others: int = 8
    """So many other accounts and words beside, that the tries have some height."""

    def prove(self, bundle: Bundle) -> Bundle:
        """The bundle with a header of this state, and its nodes. Places without a word are proven absent."""
        storages = {contract: self._storage(contract) for contract in self.words}
        accounts = HexaryTrie({})
        for number in range(self.others):
            accounts[keccak(b"other account %d" % number)] = rlp.encode([b"", b"\1", bytes(32), bytes(32)])
        for contract, trie in storages.items():
            account = self.account_of(trie.root_hash, self.code_hashes[contract])
            accounts[keccak(self.addresses[contract])] = rlp.encode(account)
        named = [partner for partner, name in bundle.partners if name is not None]
        places = state.places_of(bundle.item.id, bundle.keys, named)
        nodes: dict[bytes, None] = {}
        for contract in storages:
            nodes.update(dict.fromkeys(_way(accounts, keccak(self.addresses[contract]))))
        for contract, trie in storages.items():
            for place in places[contract]:
                nodes.update(dict.fromkeys(_way(trie, keccak(place))))
        return replace(bundle, header=self._header(bundle, accounts.root_hash), nodes=tuple(nodes))

    def _storage(self, contract: Contract) -> HexaryTrie:
        trie = HexaryTrie({})
        for number in range(self.others):
            trie[keccak(b"other place %d" % number)] = rlp.encode(b"\1")
        for place, word in self.words[contract].items():
            if word != b"":
                trie[keccak(place)] = rlp.encode(word)
        return trie

    @staticmethod
    def _header(bundle: Bundle, root: bytes) -> bytes:
        fields = rlp.decode(bundle.header)
        return bytes(rlp.encode([*fields[:3], root, *fields[4:]]))


def true_words(story: Story, bundle: Bundle) -> dict[Contract, dict[bytes, bytes]]:
    """The words that the chain really keeps at the places that the bundle proves."""
    named = [partner for partner, name in bundle.partners if name is not None]
    places = state.places_of(bundle.item.id, bundle.keys, named)
    deployment, chain = story.world.deployment, story.world.chain
    return {
        contract: {
            place: _stored(
                chain.request("eth_getStorageAt", [_hex(deployment.address(contract)), _hex(place), "latest"])
            )
            for place in wanted
        }
        for contract, wanted in places.items()
    }


def _stored(word: str) -> bytes:
    return bytes.fromhex(word[2:].zfill(64)).lstrip(b"\0")


def _way(trie: HexaryTrie, key: bytes) -> list[bytes]:
    """The nodes that are found by their hash on the way to a key; inline nodes stand within others."""
    nodes = [bytes(rlp.encode(node)) for node in trie.get_proof(key)]
    return [node for node in nodes if len(node) >= 32 or keccak(node) == trie.root_hash]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
