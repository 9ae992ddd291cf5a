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
/// @notice Each function gives what the slot shall say after the message, its head and number aside; or else the custom
/// error that says why it may not be recorded: the first that fails, in the order of SPEC.md section 4. A refusal is data,
/// so that one bad message never blocks others.
library Rules {
    function onIntake(Slot slot, L.Intake calldata m, Signer memory by)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (m.seq != _next(slot.seq())) return (slot, _outOfSequence(slot, m.item, m.seq));
        if (m.grade > V.LAST_GRADE) return (slot, _unknownGrade(m.item, m.grade));
        if (!V.isOpenToIntake(slot.stage())) return (slot, _forbiddenMove(m.item, slot.stage(), V.RECEIVED));
        if (by.key.roles() & V.INTAKE == 0) return (slot, _missingRole(by, V.INTAKE));
        if (m.grade != 0 && by.key.roles() & V.INSPECTOR == 0) return (slot, _missingRole(by, V.INSPECTOR));
        state = slot.withStage(V.RECEIVED).withGrade(m.grade).withCustodian(by.key.partner());
    }

    function onReport(Slot slot, L.ConditionReport calldata m, Signer memory by)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (slot.isNone()) return (slot, _unknownItem(m.item));
        if (m.seq != _next(slot.seq())) return (slot, _outOfSequence(slot, m.item, m.seq));
        (uint256 from, uint256 to, uint256 grade) = (slot.stage(), m.stage, m.grade);
        if (!V.isStage(to)) return (slot, _unknownStage(m.item, to));
        if (grade > V.LAST_GRADE) return (slot, _unknownGrade(m.item, grade));
        if (!V.mayBecome(from, to)) return (slot, _forbiddenMove(m.item, from, to));
        (uint256 partner, uint256 roles) = (by.key.partner(), by.key.roles());
        if (partner != slot.custodian()) return (slot, _notCustodian(slot, m.item, by));
        if (slot.onHold() && V.isAway(to)) return (slot, _onHold(m.item));
        // An observation, which leaves the stage, is anybody's who acts for the custodian.
        if (to != from && roles & V.roleFor(to) == 0) return (slot, _missingRole(by, V.roleFor(to)));
        if (grade != slot.grade() && roles & V.INSPECTOR == 0) return (slot, _missingRole(by, V.INSPECTOR));
        if (to == V.EVALUATED && grade == 0) return (slot, _gradeMissing(m.item));
        state = slot.withStage(to).withGrade(grade);
        if (V.isAway(to)) state = state.withCustodian(0);
    }

    function onTransfer(Slot slot, L.CustodyOffer calldata m, Signer memory giver, Signer memory receiver)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (slot.isNone()) return (slot, _unknownItem(m.item));
        if (Slot.unwrap(slot) != uint256(m.prior)) {
            return (slot, abi.encodeWithSelector(L.HistoryChanged.selector, m.item, m.prior, slot));
        }
        if (slot.seq() == type(uint16).max) return (slot, _seqExhausted(m.item));
        uint256 stage = slot.stage();
        if (V.isAway(stage) || stage == V.MISSING) {
            return (slot, abi.encodeWithSelector(L.NotTransferable.selector, m.item, stage));
        }
        if (giver.key.partner() != slot.custodian()) return (slot, _notCustodian(slot, m.item, giver));
        if (giver.key.roles() & V.HANDLERS == 0) return (slot, _missingRole(giver, V.HANDLERS));
        if (slot.onHold()) return (slot, _onHold(m.item));
        if (receiver.key.partner() != m.to) return (slot, _wrongReceiver(m.item, receiver, m.to));
        if (m.to == slot.custodian()) return (slot, abi.encodeWithSelector(L.SameCustodian.selector, m.item, m.to));
        if (receiver.key.roles() & V.HANDLERS == 0) return (slot, _missingRole(receiver, V.HANDLERS));
        state = slot.withCustodian(m.to);
    }

    function onWithdrawal(Slot slot, L.Withdrawal calldata m, Signer memory by)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (slot.isNone()) return (slot, _unknownItem(m.item));
        if (m.seq != _next(slot.seq())) return (slot, _outOfSequence(slot, m.item, m.seq));
        if (by.key.partner() != slot.custodian()) return (slot, _notCustodian(slot, m.item, by));
        if (by.key.roles() & V.HANDLERS == 0) return (slot, _missingRole(by, V.HANDLERS));
        state = slot;
    }

    /// @param challenges how many challenges the item has; read only if the correction answers one
    function onCorrection(Slot slot, uint256 challenges, L.Correction calldata m, Signer memory by)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (slot.isNone()) return (slot, _unknownItem(m.item));
        if (m.seq != _next(slot.seq())) return (slot, _outOfSequence(slot, m.item, m.seq));
        if (V.hasEnded(slot.stage())) return (slot, _ended(slot, m.item));
        if (m.corrects == 0 || m.corrects > slot.seq()) return (slot, _noSuchEvent(slot, m.item, m.corrects));
        if (m.answers > challenges) return (slot, _noSuchChallenge(m.item, m.answers, challenges));
        if (by.key.partner() != slot.custodian() && by.key.roles() & V.AUDITOR == 0) {
            return (slot, _notCustodian(slot, m.item, by));
        }
        state = slot;
    }

    function onChallenge(Slot slot, ChallengeWord word, L.Challenge calldata m)
        internal
        view
        returns (bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return _expired(m.item, m.deadline);
        if (slot.isNone()) return _unknownItem(m.item);
        if (word.count() == type(uint16).max) return _seqExhausted(m.item);
        if (m.count != word.count() + 1) {
            return abi.encodeWithSelector(L.StaleCount.selector, m.item, m.count, word.count() + 1);
        }
        if (m.challenged == 0 || m.challenged > slot.seq()) return _noSuchEvent(slot, m.item, m.challenged);
    }

    function onHold(Slot slot, L.Hold calldata m, Signer memory by)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (slot.isNone()) return (slot, _unknownItem(m.item));
        if (m.seq != _next(slot.seq())) return (slot, _outOfSequence(slot, m.item, m.seq));
        if (V.hasEnded(slot.stage())) return (slot, _ended(slot, m.item));
        if (by.key.roles() & V.AUDITOR == 0) return (slot, _missingRole(by, V.AUDITOR));
        // Nobody judges the own case.
        if (by.key.partner() == slot.custodian()) return (slot, _notIndependent(m.item, by));
        if (m.onHold == slot.onHold()) {
            return (slot, abi.encodeWithSelector(L.HoldUnchanged.selector, m.item, m.onHold));
        }
        state = slot.withHold(m.onHold);
    }

    /// @param challenges how many challenges the item has; read only if the ruling answers one
    /// @param receiver the account is zero if nobody accepted
    function onRuling(Slot slot, uint256 challenges, L.Ruling calldata m, Signer memory by, Signer memory receiver)
        internal
        view
        returns (Slot state, bytes memory refusal)
    {
        if (block.timestamp > m.deadline) return (slot, _expired(m.item, m.deadline));
        if (slot.isNone()) return (slot, _unknownItem(m.item));
        if (m.seq != _next(slot.seq())) return (slot, _outOfSequence(slot, m.item, m.seq));
        if (!V.isStage(m.stage)) return (slot, _unknownStage(m.item, m.stage));
        if (m.grade > V.LAST_GRADE) return (slot, _unknownGrade(m.item, m.grade));
        if (m.stage == V.EVALUATED && m.grade == 0) return (slot, _gradeMissing(m.item));
        if (by.key.roles() & V.AUDITOR == 0) return (slot, _missingRole(by, V.AUDITOR));
        if (by.key.partner() == slot.custodian() || by.key.partner() == m.to) {
            return (slot, _notIndependent(m.item, by));
        }
        if ((m.to == 0) != V.isAway(m.stage)) {
            return (slot, abi.encodeWithSelector(L.WrongCustodian.selector, m.item, m.stage, m.to));
        }
        if (slot.onHold() && (m.to != slot.custodian() || V.isAway(m.stage))) return (slot, _onHold(m.item));
        if (m.answers > challenges) return (slot, _noSuchChallenge(m.item, m.answers, challenges));
        state = slot.withStage(m.stage).withGrade(m.grade).withCustodian(m.to);
        bool accepted = receiver.account != address(0);
        if (m.to == 0 || m.to == slot.custodian()) {
            if (accepted) return (slot, abi.encodeWithSelector(L.AcceptanceUnexpected.selector, m.item));
            return (state, refusal);
        }
        if (!accepted) return (slot, abi.encodeWithSelector(L.AcceptanceMissing.selector, m.item, m.to));
        if (receiver.key.partner() != m.to) return (slot, _wrongReceiver(m.item, receiver, m.to));
        if (receiver.key.roles() & V.HANDLERS == 0) return (slot, _missingRole(receiver, V.HANDLERS));
    }

    /// @dev 65536 after the last number there is: no message can name it.
    function _next(uint256 number) private pure returns (uint256) {
        unchecked {
            return number + 1;
        }
    }

    function _outOfSequence(Slot slot, bytes32 item, uint16 seq) private pure returns (bytes memory) {
        if (slot.seq() == type(uint16).max) return _seqExhausted(item);
        return abi.encodeWithSelector(L.StaleSeq.selector, item, seq, slot.seq() + 1);
    }

    function _unknownStage(bytes32 item, uint256 stage) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.UnknownStage.selector, item, stage);
    }

    function _unknownGrade(bytes32 item, uint256 grade) private pure returns (bytes memory) {
        return abi.encodeWithSelector(L.UnknownGrade.selector, item, grade);
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

    function _missingRole(Signer memory by, uint256 needs) private pure returns (bytes memory) {
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
