// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorized} from "./Authorized.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {Authorization, IProvenanceLedger} from "./interfaces/IProvenanceLedger.sol";
import {Messages} from "./libraries/Messages.sol";
import {Rules, Signer} from "./libraries/Rules.sol";
import {TypedTree} from "./libraries/TypedTree.sol";
import {Vocabulary} from "./libraries/Vocabulary.sol";
import {ChallengeWord, Journal, JournalLib, Slot} from "./libraries/Words.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {EfficientHashLib} from "solady/src/utils/EfficientHashLib.sol";

/// @title The ledger, see IProvenanceLedger
/// @dev Nobody owns this contract. A record costs one storage write; what it says is in the log and, hashed, in the slot.
contract ProvenanceLedger is IProvenanceLedger, Authorized {
    /// @dev What a call has done so far. The journal is folded here and stored once.
    struct Tally {
        Journal before;
        Journal journal;
        bytes firstRefusal;
    }

    address private immutable PREDECESSOR;

    mapping(bytes32 item => Slot) private _slots;
    mapping(bytes32 item => ChallengeWord) private _challenges;
    Journal private _journal;

    constructor(IPartnerRegistry registry_, address predecessor_)
        EIP712("ProvenanceLedger", "1")
        Authorized(registry_)
    {
        PREDECESSOR = predecessor_;
        _journal = JournalLib.open(address(this));
    }

    function takeIn(Intake[] calldata intakes, Authorization calldata authorization) external {
        bytes32[] memory hashes = new bytes32[](intakes.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(intakes[i]);
        }
        Signer memory by = _signer(hashes, authorization, "Intake", Messages.INTAKE, 5);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            Intake calldata m = intakes[i];
            Slot slot = _slots[m.item];
            (Slot state, bytes memory refusal) = Rules.onIntake(slot, m, by);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            slot = _record(tally, m.item, slot, state, _digest(hashes[i], by));
            emit ItemTakenIn(m.item, slot, by.account, m.deadline, m.details);
        }
        _close(tally);
    }

    function report(ConditionReport[] calldata reports, Authorization calldata authorization) external {
        bytes32[] memory hashes = new bytes32[](reports.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(reports[i]);
        }
        Signer memory by = _signer(hashes, authorization, "ConditionReport", Messages.CONDITION_REPORT, 6);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            ConditionReport calldata m = reports[i];
            Slot slot = _slots[m.item];
            (Slot state, bytes memory refusal) = Rules.onReport(slot, m, by);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            slot = _record(tally, m.item, slot, state, _digest(hashes[i], by));
            emit ConditionReported(m.item, slot, by.account, m.deadline, m.details);
        }
        _close(tally);
    }

    function transfer(
        CustodyOffer[] calldata offers,
        Authorization calldata giver,
        Acceptance[] calldata acceptances,
        Authorization calldata receiver
    ) external {
        _requireEqual(offers.length, acceptances.length);
        bytes32[] memory hashes = new bytes32[](offers.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(offers[i]);
        }
        bytes32[] memory acceptanceHashes = _acceptanceHashes(hashes, acceptances);
        Signer memory from = _signer(hashes, giver, "CustodyOffer", Messages.CUSTODY_OFFER, 5);
        Signer memory to = _receiver(acceptanceHashes, receiver);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            CustodyOffer calldata m = offers[i];
            Slot slot = _slots[m.item];
            (Slot state, bytes memory refusal) = Rules.onTransfer(slot, m, from, to);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            bytes32 digest = _digest(hashes[i], from, acceptanceHashes[i], to);
            slot = _record(tally, m.item, slot, state, digest);
            emit CustodyTransferred(
                m.item,
                slot,
                from.account,
                to.account,
                m.deadline,
                acceptances[i].exceptions,
                m.details,
                acceptances[i].details
            );
        }
        _close(tally);
    }

    function withdraw(Withdrawal[] calldata withdrawals, Authorization calldata authorization) external {
        bytes32[] memory hashes = new bytes32[](withdrawals.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(withdrawals[i]);
        }
        Signer memory by = _signer(hashes, authorization, "Withdrawal", Messages.WITHDRAWAL, 5);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            Withdrawal calldata m = withdrawals[i];
            Slot slot = _slots[m.item];
            (Slot state, bytes memory refusal) = Rules.onWithdrawal(slot, m, by);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            slot = _record(tally, m.item, slot, state, _digest(hashes[i], by));
            emit OfferWithdrawn(m.item, slot, by.account, m.deadline, m.offer, m.details);
        }
        _close(tally);
    }

    function correct(Correction[] calldata corrections, Authorization calldata authorization) external {
        bytes32[] memory hashes = new bytes32[](corrections.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(corrections[i]);
        }
        Signer memory by = _signer(hashes, authorization, "Correction", Messages.CORRECTION, 6);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            Correction calldata m = corrections[i];
            Slot slot = _slots[m.item];
            (Slot state, bytes memory refusal) = Rules.onCorrection(slot, _challengesFor(m.item, m.answers), m, by);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            slot = _record(tally, m.item, slot, state, _digest(hashes[i], by));
            emit EventCorrected(m.item, slot, by.account, m.deadline, m.corrects, m.answers, m.details);
        }
        _close(tally);
    }

    function challenge(Challenge[] calldata challenges, Authorization calldata authorization) external {
        bytes32[] memory hashes = new bytes32[](challenges.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(challenges[i]);
        }
        Signer memory by = _signer(hashes, authorization, "Challenge", Messages.CHALLENGE, 5);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            Challenge calldata m = challenges[i];
            ChallengeWord word = _challenges[m.item];
            bytes memory refusal = Rules.onChallenge(_slots[m.item], word, m);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            word = _recordChallenge(tally, m.item, word, _digest(hashes[i], by));
            emit EventChallenged(m.item, word, by.account, m.deadline, m.challenged, m.details);
        }
        _close(tally);
    }

    function hold(Hold[] calldata holds, Authorization calldata authorization) external {
        bytes32[] memory hashes = new bytes32[](holds.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(holds[i]);
        }
        Signer memory by = _signer(hashes, authorization, "Hold", Messages.HOLD, 5);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            Hold calldata m = holds[i];
            Slot slot = _slots[m.item];
            (Slot state, bytes memory refusal) = Rules.onHold(slot, m, by);
            if (refusal.length != 0) {
                _skip(tally, m.item, i, refusal);
                continue;
            }
            slot = _record(tally, m.item, slot, state, _digest(hashes[i], by));
            emit HoldChanged(m.item, slot, by.account, m.deadline, m.details);
        }
        _close(tally);
    }

    function rule(Ruling[] calldata rulings, Authorization calldata auditor) external {
        bytes32[] memory hashes = _rulingHashes(rulings);
        Signer memory by = _auditor(hashes, auditor);
        Signer memory nobody;
        Acceptance memory none;
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            _rule(tally, rulings[i], i, by, nobody, _digest(hashes[i], by), none);
        }
        _close(tally);
    }

    function ruleAndTransfer(
        Ruling[] calldata rulings,
        Authorization calldata auditor,
        Acceptance[] calldata acceptances,
        Authorization calldata receiver
    ) external {
        _requireEqual(rulings.length, acceptances.length);
        bytes32[] memory hashes = _rulingHashes(rulings);
        bytes32[] memory acceptanceHashes = _acceptanceHashes(hashes, acceptances);
        Signer memory by = _auditor(hashes, auditor);
        Signer memory to = _receiver(acceptanceHashes, receiver);
        Tally memory tally = _open();
        for (uint256 i = 0; i < hashes.length; ++i) {
            bytes32 digest = _digest(hashes[i], by, acceptanceHashes[i], to);
            _rule(tally, rulings[i], i, by, to, digest, acceptances[i]);
        }
        _close(tally);
    }

    function submit(bytes[] calldata calls) external {
        if (calls.length == 0) revert NothingToRecord();
        uint256 recorded;
        bytes memory firstRefusal;
        for (uint256 i = 0; i < calls.length; ++i) {
            // Only this contract's own functions, each of which believes signatures and never the caller.
            (bool done, bytes memory answer) = address(this).delegatecall(calls[i]);
            if (done) {
                ++recorded;
                continue;
            }
            if (firstRefusal.length == 0) firstRefusal = answer;
            emit CallSkipped(i, answer);
        }
        if (recorded == 0) _revert(firstRefusal);
    }

    function slotOf(bytes32 item) external view returns (Slot) {
        return _slots[item];
    }

    function challengeWordOf(bytes32 item) external view returns (ChallengeWord) {
        return _challenges[item];
    }

    function journal() external view returns (Journal) {
        return _journal;
    }

    function genesisOf(bytes32 item) external view returns (bytes32) {
        return _genesis(item);
    }

    function registry() external view returns (IPartnerRegistry) {
        return REGISTRY;
    }

    function predecessor() external view returns (address) {
        return PREDECESSOR;
    }

    /// @dev The key that signed the messages, alone or as part of a tree.
    function _signer(
        bytes32[] memory hashes,
        Authorization calldata authorization,
        string memory name,
        string memory typeString,
        uint256 fields
    ) private view returns (Signer memory by) {
        if (hashes.length == 0) revert NothingToRecord();
        bytes32 signed = TypedTree.signedHash(hashes, authorization.index, authorization.path, name, typeString, fields);
        by.account = authorization.signer;
        by.key = REGISTRY.authority(by.account);
        _requireSigned(by.account, by.key, signed, authorization.signature);
    }

    function _receiver(bytes32[] memory hashes, Authorization calldata authorization)
        private
        view
        returns (Signer memory)
    {
        return _signer(hashes, authorization, "CustodyAcceptance", Messages.CUSTODY_ACCEPTANCE, 3);
    }

    function _auditor(bytes32[] memory hashes, Authorization calldata authorization)
        private
        view
        returns (Signer memory)
    {
        return _signer(hashes, authorization, "Ruling", Messages.RULING, 8);
    }

    function _rulingHashes(Ruling[] calldata rulings) private pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](rulings.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(rulings[i]);
        }
    }

    function _acceptanceHashes(bytes32[] memory offerHashes, Acceptance[] calldata acceptances)
        private
        pure
        returns (bytes32[] memory hashes)
    {
        hashes = new bytes32[](offerHashes.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Messages.hash(offerHashes[i], acceptances[i]);
        }
    }

    function _requireEqual(uint256 messages, uint256 acceptances) private pure {
        if (messages != acceptances) revert LengthMismatch(messages, acceptances);
    }

    function _digest(bytes32 structHash, Signer memory by) private pure returns (bytes32) {
        return EfficientHashLib.hash(structHash, _word(by.account), bytes32(uint256(by.key.kind())));
    }

    function _digest(bytes32 structHash, Signer memory by, bytes32 acceptanceHash, Signer memory receiver)
        private
        pure
        returns (bytes32)
    {
        return EfficientHashLib.hash(
            structHash,
            _word(by.account),
            bytes32(uint256(by.key.kind())),
            acceptanceHash,
            _word(receiver.account),
            bytes32(uint256(receiver.key.kind()))
        );
    }

    function _word(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function _genesis(bytes32 item) private view returns (bytes32) {
        return EfficientHashLib.hash(bytes32(block.chainid), _word(address(this)), item);
    }

    /// @dev Hashes one more event onto a word, or onto the genesis where there is none.
    function _chain(uint256 word, bytes32 item, bytes32 digest) private view returns (bytes32) {
        bytes32 prior = word == 0 ? _genesis(item) : bytes32(word);
        return EfficientHashLib.hash(prior, digest, bytes32(block.timestamp));
    }

    /// @param state what the slot shall say beside its head and number
    function _record(Tally memory tally, bytes32 item, Slot slot, Slot state, bytes32 digest)
        private
        returns (Slot next)
    {
        next = state.advanced(_chain(Slot.unwrap(slot), item, digest));
        _slots[item] = next;
        tally.journal = tally.journal.fold(item, Slot.unwrap(next));
    }

    function _recordChallenge(Tally memory tally, bytes32 item, ChallengeWord word, bytes32 digest)
        private
        returns (ChallengeWord next)
    {
        next = word.advanced(_chain(ChallengeWord.unwrap(word), item, digest));
        _challenges[item] = next;
        tally.journal = tally.journal.fold(item, ChallengeWord.unwrap(next));
    }

    /// @dev Records one ruling, or skips it.
    /// @param to the account is zero where nobody accepts
    function _rule(
        Tally memory tally,
        Ruling calldata m,
        uint256 index,
        Signer memory by,
        Signer memory to,
        bytes32 digest,
        Acceptance memory acceptance
    ) private {
        Slot slot = _slots[m.item];
        (Slot state, bytes memory refusal) = Rules.onRuling(slot, _challengesFor(m.item, m.answers), m, by, to);
        if (refusal.length != 0) {
            _skip(tally, m.item, index, refusal);
            return;
        }
        slot = _record(tally, m.item, slot, state, digest);
        emit ItemRuled(
            m.item,
            slot,
            by.account,
            m.deadline,
            m.answers,
            m.details,
            to.account,
            acceptance.exceptions,
            acceptance.details
        );
    }

    /// @dev How many challenges the item has, if it matters: most messages answer none and need no look.
    function _challengesFor(bytes32 item, uint16 answers) private view returns (uint256) {
        return answers == 0 ? 0 : _challenges[item].count();
    }

    function _open() private view returns (Tally memory tally) {
        tally.before = _journal;
        tally.journal = tally.before;
    }

    function _skip(Tally memory tally, bytes32 item, uint256 index, bytes memory refusal) private {
        if (tally.firstRefusal.length == 0) tally.firstRefusal = refusal;
        emit Skipped(item, index, refusal);
    }

    function _close(Tally memory tally) private {
        if (tally.journal.count() == tally.before.count()) _revert(tally.firstRefusal);
        _journal = tally.journal;
    }

    function _revert(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
