// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IProvenanceLedger as L} from "../interfaces/IProvenanceLedger.sol";
import {Vocabulary as V} from "./Vocabulary.sol";
import {ChallengeWord, KeyWord, Slot} from "./Words.sol";

/// @dev A key that signed.
struct Signer {
    address account;
    KeyWord key;
}

/// @title What may happen to an item, and who may say so
/// @notice Each function returns nothing if the message may be recorded, else the custom error that says why not: the
/// first that fails, in the order of SPEC.md section 4. A refusal is data, so that one bad message never blocks others.
library Rules {
    function onIntake(Slot slot, L.Intake calldata m, Signer memory by) internal view returns (bytes memory refusal) {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        refusal = _sequence(slot, m.item, m.seq);
        if (refusal.length != 0) return refusal;
        if (m.grade > V.LAST_GRADE) return abi.encodeWithSelector(L.UnknownGrade.selector, m.item, m.grade);
        if (!V.isOpenToIntake(slot.stage())) return _forbiddenMove(m.item, slot.stage(), V.RECEIVED);
        if (by.key.roles() & V.INTAKE == 0) return _missingRole(by, V.INTAKE);
        if (m.grade != 0 && by.key.roles() & V.INSPECTOR == 0) return _missingRole(by, V.INSPECTOR);
    }

    function onReport(Slot slot, L.ConditionReport calldata m, Signer memory by)
        internal
        view
        returns (bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        refusal = _sequence(slot, m.item, m.seq);
        if (refusal.length != 0) return refusal;
        refusal = _stageAndGrade(m.item, m.stage, m.grade);
        if (refusal.length != 0) return refusal;
        uint256 from = slot.stage();
        if (!V.mayBecome(from, m.stage)) return _forbiddenMove(m.item, from, m.stage);
        if (by.key.partner() != slot.custodian()) return _notCustodian(slot, m.item, by);
        if (slot.onHold() && V.isAway(m.stage)) return _onHold(m.item);
        // An observation, which leaves the stage, is anybody's who acts for the custodian.
        if (m.stage != from && by.key.roles() & V.roleFor(m.stage) == 0) return _missingRole(by, V.roleFor(m.stage));
        if (m.grade != slot.grade() && by.key.roles() & V.INSPECTOR == 0) return _missingRole(by, V.INSPECTOR);
        if (m.stage == V.EVALUATED && m.grade == 0) return _gradeMissing(m.item);
    }

    function onTransfer(Slot slot, L.CustodyOffer calldata m, Signer memory giver, Signer memory receiver)
        internal
        view
        returns (bytes memory)
    {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        if (Slot.unwrap(slot) != uint256(m.prior)) {
            return abi.encodeWithSelector(L.HistoryChanged.selector, m.item, m.prior, slot);
        }
        if (slot.seq() == type(uint16).max) return _seqExhausted(m.item);
        uint256 stage = slot.stage();
        if (V.isAway(stage) || stage == V.MISSING) {
            return abi.encodeWithSelector(L.NotTransferable.selector, m.item, stage);
        }
        if (giver.key.partner() != slot.custodian()) return _notCustodian(slot, m.item, giver);
        if (giver.key.roles() & V.HANDLERS == 0) return _missingRole(giver, V.HANDLERS);
        if (slot.onHold()) return _onHold(m.item);
        if (receiver.key.partner() != m.to) return _wrongReceiver(m.item, receiver, m.to);
        if (m.to == slot.custodian()) return abi.encodeWithSelector(L.SameCustodian.selector, m.item, m.to);
        if (receiver.key.roles() & V.HANDLERS == 0) return _missingRole(receiver, V.HANDLERS);
        return "";
    }

    function onWithdrawal(Slot slot, L.Withdrawal calldata m, Signer memory by)
        internal
        view
        returns (bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        refusal = _sequence(slot, m.item, m.seq);
        if (refusal.length != 0) return refusal;
        if (by.key.partner() != slot.custodian()) return _notCustodian(slot, m.item, by);
        if (by.key.roles() & V.HANDLERS == 0) return _missingRole(by, V.HANDLERS);
    }

    /// @param challenges how many challenges the item has; read only if the correction answers one
    function onCorrection(Slot slot, uint256 challenges, L.Correction calldata m, Signer memory by)
        internal
        view
        returns (bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        refusal = _sequence(slot, m.item, m.seq);
        if (refusal.length != 0) return refusal;
        if (V.hasEnded(slot.stage())) return _ended(slot, m.item);
        if (m.corrects == 0 || m.corrects > slot.seq()) return _noSuchEvent(slot, m.item, m.corrects);
        if (m.answers > challenges) return _noSuchChallenge(m.item, m.answers, challenges);
        if (by.key.partner() != slot.custodian() && by.key.roles() & V.AUDITOR == 0) {
            return _notCustodian(slot, m.item, by);
        }
    }

    function onChallenge(Slot slot, ChallengeWord word, L.Challenge calldata m)
        internal
        view
        returns (bytes memory)
    {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        if (word.count() == type(uint16).max) return _seqExhausted(m.item);
        if (m.count != word.count() + 1) {
            return abi.encodeWithSelector(L.StaleCount.selector, m.item, m.count, word.count() + 1);
        }
        if (m.challenged == 0 || m.challenged > slot.seq()) return _noSuchEvent(slot, m.item, m.challenged);
        return "";
    }

    function onHold(Slot slot, L.Hold calldata m, Signer memory by) internal view returns (bytes memory refusal) {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        refusal = _sequence(slot, m.item, m.seq);
        if (refusal.length != 0) return refusal;
        if (V.hasEnded(slot.stage())) return _ended(slot, m.item);
        if (by.key.roles() & V.AUDITOR == 0) return _missingRole(by, V.AUDITOR);
        // Nobody judges the own case.
        if (by.key.partner() == slot.custodian()) return _notIndependent(m.item, by);
        if (m.onHold == slot.onHold()) return abi.encodeWithSelector(L.HoldUnchanged.selector, m.item, m.onHold);
    }

    /// @param challenges how many challenges the item has; read only if the ruling answers one
    /// @param receiver the account is zero if nobody accepted
    function onRuling(
        Slot slot,
        uint256 challenges,
        L.Ruling calldata m,
        Signer memory by,
        Signer memory receiver
    ) internal view returns (bytes memory refusal) {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        refusal = _sequence(slot, m.item, m.seq);
        if (refusal.length != 0) return refusal;
        refusal = _stageAndGrade(m.item, m.stage, m.grade);
        if (refusal.length != 0) return refusal;
        if (m.stage == V.EVALUATED && m.grade == 0) return _gradeMissing(m.item);
        if (by.key.roles() & V.AUDITOR == 0) return _missingRole(by, V.AUDITOR);
        if (by.key.partner() == slot.custodian() || by.key.partner() == m.to) return _notIndependent(m.item, by);
        if ((m.to == 0) != V.isAway(m.stage)) {
            return abi.encodeWithSelector(L.WrongCustodian.selector, m.item, m.stage, m.to);
        }
        if (slot.onHold() && (m.to != slot.custodian() || V.isAway(m.stage))) return _onHold(m.item);
        if (m.answers > challenges) return _noSuchChallenge(m.item, m.answers, challenges);
        bool accepted = receiver.account != address(0);
        if (m.to == 0 || m.to == slot.custodian()) {
            return accepted ? abi.encodeWithSelector(L.AcceptanceUnexpected.selector, m.item) : bytes("");
        }
        if (!accepted) return abi.encodeWithSelector(L.AcceptanceMissing.selector, m.item, m.to);
        if (receiver.key.partner() != m.to) return _wrongReceiver(m.item, receiver, m.to);
        if (receiver.key.roles() & V.HANDLERS == 0) return _missingRole(receiver, V.HANDLERS);
    }

    function _sequence(Slot slot, bytes32 item, uint16 seq) private pure returns (bytes memory) {
        uint256 last = slot.seq();
        if (last == type(uint16).max) return _seqExhausted(item);
        if (seq != last + 1) return abi.encodeWithSelector(L.StaleSeq.selector, item, seq, last + 1);
        return "";
    }

    function _stageAndGrade(bytes32 item, uint8 stage, uint8 grade) private pure returns (bytes memory) {
        if (stage == 0 || stage > V.LAST_STAGE) return abi.encodeWithSelector(L.UnknownStage.selector, item, stage);
        if (grade > V.LAST_GRADE) return abi.encodeWithSelector(L.UnknownGrade.selector, item, grade);
        return "";
    }

    function _expired(bytes32 item, uint64 deadline) private view returns (bytes memory) {
        return abi.encodeWithSelector(L.Expired.selector, item, deadline, block.timestamp);
    }

    function _unknownItem(bytes32 item) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.UnknownItem.selector, item);
    }

    function _seqExhausted(bytes32 item) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.SeqExhausted.selector, item);
    }

    function _forbiddenMove(bytes32 item, uint256 from, uint256 to) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.ForbiddenMove.selector, item, from, to);
    }

    function _gradeMissing(bytes32 item) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.GradeMissing.selector, item);
    }

    function _missingRole(Signer memory by, uint16 needs) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.MissingRole.selector, by.account, by.key.roles(), needs);
    }

    function _notCustodian(Slot slot, bytes32 item, Signer memory by) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.NotCustodian.selector, item, by.key.partner(), slot.custodian());
    }

    function _onHold(bytes32 item) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.OnHold.selector, item);
    }

    function _wrongReceiver(bytes32 item, Signer memory receiver, uint24 to) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.WrongReceiver.selector, item, receiver.key.partner(), to);
    }

    function _ended(Slot slot, bytes32 item) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.Ended.selector, item, slot.stage());
    }

    function _noSuchEvent(Slot slot, bytes32 item, uint16 named) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.NoSuchEvent.selector, item, named, slot.seq());
    }

    function _noSuchChallenge(bytes32 item, uint16 named, uint256 last) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.NoSuchChallenge.selector, item, named, last);
    }

    function _notIndependent(bytes32 item, Signer memory by) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.NotIndependent.selector, item, by.key.partner());
    }
}
