// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorized} from "../../contracts/Authorized.sol";
import {IPartnerRegistry as R} from "../../contracts/interfaces/IPartnerRegistry.sol";
import {IProvenanceLedger as L} from "../../contracts/interfaces/IProvenanceLedger.sol";
import {TypedTree} from "../../contracts/libraries/TypedTree.sol";
import {Kind} from "./support/Ghost.sol";
import {Histories} from "./support/Histories.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @dev One long walk that must have been everywhere: so the invariants above are not true for want of events.
contract LedgerWalk is Histories {
    uint256 private constant STEPS = 6000;

    function test_a_long_walk_reaches_every_stage_message_and_refusal_and_all_invariants_hold() public {
        for (uint256 step = 0; step < STEPS; ++step) {
            _act(uint256(keccak256(abi.encode("walk", step))));
        }
        _holdAll();
        for (uint256 stage = 1; stage <= 14; ++stage) {
            yes(handler.entered(stage) >= 5, "stage entered five times", stage);
        }
        for (uint8 kind = 0; kind <= uint8(type(Kind).max); ++kind) {
            yes(handler.recorded(Kind(kind)) >= 20, "kind recorded twenty times", kind);
        }
        bytes4[] memory reasons = _reasons();
        for (uint256 i = 0; i < reasons.length; ++i) {
            yes(handler.refused(reasons[i]) != 0, "reason given", i);
        }
    }

    function _holdAll() private view {
        _theSlotCommitsToEveryEvent();
        _theChallengeWordCommitsToEveryChallenge();
        _theJournalMissesNothing();
        _onlyTheCustodianMovesAnItem();
        _onlyAnAuditorOfAnotherPartnerOverrulesTheCustodian();
        _nobodyTakesCustodyWithoutSigningForIt();
        _noEventAfterAnEndStageButARuling();
        _aHeldItemNeverChangesHands();
        _onlyAnInspectorOrARulingGrades();
        _anItemHasACustodianExactlyWhileItIsInTheNetwork();
        _aCorrectionOrAWithdrawalChangesNoState();
        _nothingDishonestIsRecorded();
        _aKeyWordIsWrittenOnceAndOnlyEndsEarlier();
    }

    function _act(uint256 seed) private {
        uint256 what = seed % 12;
        if (what < 2) handler.takeIn(seed);
        else if (what < 4) handler.report(seed);
        else if (what == 4) handler.transfer(seed);
        else if (what == 5) handler.withdraw(seed);
        else if (what == 6) handler.correct(seed);
        else if (what == 7) handler.challenge(seed);
        else if (what == 8) handler.hold(seed);
        else if (what == 9) handler.rule(seed);
        else if (what == 10) handler.submit(seed);
        else handler.disturb(seed);
    }

    /// @dev All but SeqExhausted, which takes 65,535 events and has a test of its own.
    function _reasons() private pure returns (bytes4[] memory reasons) {
        bytes4[31] memory all = [
            L.NothingToRecord.selector,
            L.LengthMismatch.selector,
            TypedTree.BadPath.selector,
            Pausable.EnforcedPause.selector,
            R.UnknownKey.selector,
            R.KeyNotValid.selector,
            R.PartnerSuspended.selector,
            Authorized.BadSignature.selector,
            L.Expired.selector,
            L.UnknownItem.selector,
            L.StaleSeq.selector,
            L.StaleCount.selector,
            L.UnknownStage.selector,
            L.UnknownGrade.selector,
            L.GradeMissing.selector,
            L.ForbiddenMove.selector,
            L.NotCustodian.selector,
            L.MissingRole.selector,
            L.OnHold.selector,
            L.HoldUnchanged.selector,
            L.HistoryChanged.selector,
            L.NotTransferable.selector,
            L.WrongReceiver.selector,
            L.SameCustodian.selector,
            L.Ended.selector,
            L.NoSuchEvent.selector,
            L.NoSuchChallenge.selector,
            L.NotIndependent.selector,
            L.WrongCustodian.selector,
            L.AcceptanceMissing.selector,
            L.AcceptanceUnexpected.selector
        ];
        reasons = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            reasons[i] = all[i];
        }
    }
}
