"""Sending: what was taken in reaches the chain, exactly once, whatever dies on the way.

The order of writes: a transaction is on the disk, and its submissions name it, before it is broadcast. What is on the
disk is broadcast until it is mined. What was mined and is not in the index then, waits again and is simulated afresh: the
contract records an event once only, so sending twice does no harm. There is no other recovery: this is the normal path.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from provenance.errors import EnforcedPause, Refused
from provenance.ledger.gateway import Gateway
from provenance.ledger.refusals import Reverted
from provenance.ledger.relay import Fees, Relay
from provenance.model.vocabulary import KeyKind
from provenance.store import index
from provenance.store import queue as waiting
from provenance.store.authorizations import authorizations_of, keys_of
from provenance.store.database import Connection, Database
from provenance.store.keyrequests import (
    KeyRequest,
    carry_requests_by,
    mark_request,
    pending_requests,
    settle_requests,
)
from provenance.store.keyrequests import is_busy as requests_wait
from provenance.store.submissions import Queued, Status
from provenance.store.transactions import (
    State,
    Transaction,
    next_nonce,
    note_final,
    note_lost,
    note_mined,
    note_out,
    open_transactions,
    save_transactions,
    versions_of,
)
from provenance.workflows.granting import GAS_PER_REQUEST, calldata_of
from provenance.workflows.packing import (
    Carried,
    Signatures,
    calldata,
    calls_of,
    gas_of,
    singly,
    transactions_of,
)

_LOGGER = logging.getLogger(__name__)

MOST_UNDER_WAY = 16
"""Transactions at once; nodes hold back what one account sends beyond some dozens."""
MOST_KEYS = 8
"""Grants and revocations at once."""
LOOKED_AT = 4_000
"""Submissions a look takes from the queue."""
STUCK_SECONDS = 30
LOST_SECONDS = 5
TRANSFER_GAS = 21_000

Fence = Callable[[Connection], None]


def has_work(database: Database) -> bool:
    """Whether anything waits to be sent, or is under way."""
    with database.reading() as connection:
        return waiting.is_busy(connection) or requests_wait(connection)


class Sending:
    """Sends for one account. `step` is called again and again, by the one process whose fence lets it write."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        relay: Relay,
        fence: Fence,
        *,
        stuck_seconds: float = STUCK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._relay = relay
        self._fence = fence
        self._stuck_seconds = stuck_seconds
        self._clock = clock
        self._missing_since: dict[int, float] = {}

    @property
    def account(self) -> bytes:
        return self._relay.address

    def step(self) -> bool:
        """Looks after what is under way, then sends what waits; whether anything new was sent.

        Raises ChainError, LeaseLostError, or the transport's error: call it again later.
        """
        self._settle()
        self._release()
        keys = self._dispatch_keys()
        return self._dispatch() or keys

    # What is under way.

    def _settle(self) -> None:
        with self._database.reading() as connection:
            under_way = open_transactions(connection, self.account)
            position = index.position(connection)
        if not under_way:
            return
        latest = self._relay.count("latest")
        self._note_used([one for one in under_way if one.nonce < latest and one.state == State.OUT])
        self._note_taken_back([one for one in under_way if one.nonce >= latest and one.state == State.MINED])
        ahead = [one for one in under_way if one.nonce >= latest]
        self._fill_gaps(ahead, latest)
        self._push(ahead)
        if position is not None:
            with self._database.writing() as connection:
                note_final(connection, self.account, position.finalized)

    def _note_used(self, used: Sequence[Transaction]) -> None:
        """Their nonces are used: by one of their own versions, or else, when that stays so, by a stranger."""
        if not used:
            return
        with self._database.reading() as connection:
            versions = versions_of(connection, self.account, [one.nonce for one in used])
        found = self._relay.mined([hash_ for hashes in versions.values() for hash_ in hashes])
        with self._database.writing() as connection:
            self._fence(connection)
            for one in used:
                mined = next((found[hash_] for hash_ in versions[one.nonce] if hash_ in found), None)
                if mined is not None:
                    self._missing_since.pop(one.nonce, None)
                    self._carry_by(connection, one.hash, mined.hash)
                    note_mined(connection, one, mined.hash, mined.block, mined.block_hash)
                elif self._is_lost(one.nonce):
                    _LOGGER.warning("nonce %d was used for something else: sending again", one.nonce)
                    note_lost(connection, one)
                    waiting.release(connection, one.hash)

    def _is_lost(self, nonce: int) -> bool:
        """A node may know the count before the receipt: so not at the first look."""
        return self._clock() - self._missing_since.setdefault(nonce, self._clock()) >= LOST_SECONDS

    def _note_taken_back(self, undone: Sequence[Transaction]) -> None:
        if undone:
            with self._database.writing() as connection:
                self._fence(connection)
                for one in undone:
                    note_out(connection, one)

    def _push(self, out: Sequence[Transaction]) -> None:
        """Broadcasts what the node does not have, and raises the fees of what it has had for long."""
        known = self._relay.known([one.hash for one in out])
        pushed = []
        for one, has in zip(out, known, strict=True):
            if has and self._clock() - one.posted < self._stuck_seconds:
                continue
            pushed.append(self._dearer(one) if has else one)
        if changed := [new for new in pushed if new not in out]:
            before = {one.nonce: one for one in out}
            with self._database.writing() as connection:
                self._fence(connection)
                save_transactions(connection, changed)
                for one in changed:
                    self._carry_by(connection, before[one.nonce].hash, one.hash)
        self._post(pushed)

    def _dearer(self, one: Transaction) -> Transaction:
        fees = Fees(one.max_fee, one.tip).raised().at_least(self._relay.fees())
        return self._made(one.nonce, one.to, one.data, one.gas, fees)

    def _fill_gaps(self, ahead: Sequence[Transaction], latest: int) -> None:
        """A nonce that nobody uses would hold up all that come after: it is used for nothing."""
        if not ahead or ahead[0].nonce == latest:
            return
        begin = max(latest, self._relay.count("pending"))
        gaps = range(begin, ahead[0].nonce)
        if gaps:
            fees = self._relay.fees()
            fillers = [self._made(nonce, self.account, b"", TRANSFER_GAS, fees) for nonce in gaps]
            with self._database.writing() as connection:
                self._fence(connection)
                save_transactions(connection, fillers)
            self._post(fillers)

    def _release(self) -> None:
        with self._database.writing() as connection:
            self._fence(connection)
            settle_requests(connection, self.account)
            if released := waiting.release_unrecorded(connection, self.account):
                _LOGGER.info("%d submissions were not recorded as sent: judging them afresh", released)

    @staticmethod
    def _carry_by(connection: Connection, before: bytes, after: bytes) -> None:
        waiting.carry_by(connection, before, after)
        carry_requests_by(connection, before, after)

    # What waits.

    def _dispatch_keys(self) -> bool:
        """Sends grants and revocations of keys, a transaction each: they are few."""
        with self._database.reading() as connection:
            requests = pending_requests(connection, MOST_KEYS)
            indexed = index.position(connection)
        if not requests or indexed is None:
            return False
        caught_up = indexed.block >= self._gateway.head().number
        registry, passing = self._gateway.deployment.registry, list[KeyRequest]()
        for request in requests:
            reason = self._relay.simulate(registry, calldata_of(request), GAS_PER_REQUEST)
            if reason is None:
                passing.append(request)
            elif isinstance(reason, Refused) and not isinstance(reason, EnforcedPause) and caught_up:
                with self._database.writing() as connection:
                    self._fence(connection)
                    mark_request(connection, request.digest, Status.REJECTED, reason=str(reason))
        if not passing:
            return False
        fees, pending = self._relay.fees(), self._relay.count("pending")
        with self._database.writing() as connection:
            self._fence(connection)
            first = max(pending, next_nonce(connection, self.account))
            made = [
                self._made(nonce, registry, calldata_of(request), GAS_PER_REQUEST, fees)
                for nonce, request in enumerate(passing, first)
            ]
            save_transactions(connection, made)
            for one, request in zip(made, passing, strict=True):
                mark_request(connection, request.digest, Status.SENT, tx=one.hash)
        self._post(made)
        return True

    def _dispatch(self) -> bool:
        with self._database.reading() as connection:
            under_way = [one for one in open_transactions(connection, self.account) if one.state == State.OUT]
            room = MOST_UNDER_WAY - len(under_way)
            queue = waiting.next_queued(connection, LOOKED_AT) if room > 0 else []
            signatures = _signatures_of(connection, queue)
            indexed = index.position(connection)
        if not queue or indexed is None:
            return False
        # What the index lacks may be why something is refused: it is not refused for good then.
        caught_up = indexed.block >= self._gateway.head().number
        judged = _Judged(self._relay, self._gateway.deployment.ledger, signatures)
        for together in transactions_of(calls_of(queue, signatures), room):
            judged.judge(together)
        if judged.refused and caught_up:
            with self._database.writing() as connection:
                self._fence(connection)
                waiting.reject(connection, judged.refused)
        return self._send(judged.passing)

    def _send(self, groups: Sequence[Sequence[Carried]]) -> bool:
        if not groups:
            return False
        fees = self._relay.fees()
        pending = self._relay.count("pending")
        with self._database.writing() as connection:
            self._fence(connection)
            first = max(pending, next_nonce(connection, self.account))
            made = []
            for nonce, together in enumerate(groups, first):
                ledger = self._gateway.deployment.ledger
                one = self._made(nonce, ledger, calldata(together), gas_of(together), fees)
                made.append(one)
            save_transactions(connection, made)
            for one, together in zip(made, groups, strict=True):
                waiting.carry(connection, [row.id for call in together for row in call.rows], one.hash)
        self._post(made)
        return True

    def _made(self, nonce: int, to: bytes, data: bytes, gas: int, fees: Fees) -> Transaction:
        raw, hash_ = self._relay.sign(nonce, to, data, gas, fees)
        now = int(self._clock())
        return Transaction(self.account, nonce, hash_, raw, to, data, gas, fees.max_fee, fees.tip, now)

    def _post(self, made: Sequence[Transaction]) -> None:
        """Broadcasts; what a node has against it shows at the next look, by whether the node has it."""
        for one, trouble in zip(made, self._relay.post([one.raw for one in made]), strict=True):
            if trouble is not None:
                _LOGGER.info("transaction 0x%s (nonce %d): %s", one.hash.hex(), one.nonce, trouble)


class _Judged:
    """What passes the simulation, in groups that go into a transaction each; and what is refused, and why."""

    def __init__(self, relay: Relay, ledger: bytes, signatures: Signatures) -> None:
        self._relay = relay
        self._ledger = ledger
        self._signatures = signatures
        self.passing: list[list[Carried]] = []
        self.refused: list[tuple[int, str]] = []

    def judge(self, together: list[Carried]) -> None:
        """Simulates the group; halves it until what fails stands alone."""
        reason = self._relay.simulate(self._ledger, calldata(together), gas_of(together))
        if reason is None:
            self.passing.append(together)
        elif len(together) > 1:
            half = len(together) // 2
            first, second = together[:half], together[half:]
            self.judge(first)
            # What builds on the first half cannot be judged without it: it waits for the next look.
            begun = {item for one in first for item in one.items}
            if rest := [one for one in second if not one.items & begun]:
                self.judge(rest)
        elif len(together[0].rows) > 1:
            self._judge_singly(together[0])
        else:
            self._refuse(together[0], reason)

    def _judge_singly(self, call: Carried) -> None:
        """All messages of a call were refused, each for a reason of its own."""
        begun: set[bytes] = set()
        for one in singly(call, self._signatures):
            if not one.items & begun:
                self.judge([one])
            begun |= one.items

    def _refuse(self, call: Carried, reason: Refused | Reverted) -> None:
        # A pause ends some day; what reverts without a rule's name may do so for want of gas, or a node's fault.
        if isinstance(reason, Refused) and not isinstance(reason, EnforcedPause):
            self.refused.append((call.rows[0].id, str(reason)))


def _signatures_of(connection: Connection, queue: Sequence[Queued]) -> Signatures:
    numbers = {row.authorization for row in queue}
    numbers |= {row.receiver_authorization for row in queue if row.receiver_authorization is not None}
    found = authorizations_of(connection, sorted(numbers))
    keys = keys_of(connection, sorted({one.signer for one in found.values()}))
    wallets = frozenset(row["address"] for row in keys if row["kind"] == KeyKind.WALLET)
    return Signatures(found, wallets)
