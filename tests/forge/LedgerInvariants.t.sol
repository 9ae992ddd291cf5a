// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {LedgerHandler} from "./LedgerHandler.sol";
import {Histories} from "./support/Histories.sol";
import {FuzzSelector} from "./support/Vm.sol";

/// @dev forge calls the handler at random and asks after each call.
contract LedgerInvariants is Histories {
    /// @dev Every run begins with items: none can pass for want of any. What is reached beyond, the long walk counts.
    function setUp() public override {
        super.setUp();
        for (uint256 seed = 0; handler.itemCount() < 3; ++seed) {
            handler.takeIn(seed);
        }
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory actions = new bytes4[](10);
        actions[0] = LedgerHandler.takeIn.selector;
        actions[1] = LedgerHandler.report.selector;
        actions[2] = LedgerHandler.transfer.selector;
        actions[3] = LedgerHandler.withdraw.selector;
        actions[4] = LedgerHandler.correct.selector;
        actions[5] = LedgerHandler.challenge.selector;
        actions[6] = LedgerHandler.hold.selector;
        actions[7] = LedgerHandler.rule.selector;
        actions[8] = LedgerHandler.submit.selector;
        actions[9] = LedgerHandler.disturb.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), actions);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_the_slot_commits_to_every_event() public view {
        _theSlotCommitsToEveryEvent();
    }

    function invariant_the_challenge_word_commits_to_every_challenge() public view {
        _theChallengeWordCommitsToEveryChallenge();
    }

    function invariant_the_journal_misses_nothing() public view {
        _theJournalMissesNothing();
    }

    function invariant_only_the_custodian_moves_an_item() public view {
        _onlyTheCustodianMovesAnItem();
    }

    function invariant_only_an_auditor_of_another_partner_overrules_the_custodian() public view {
        _onlyAnAuditorOfAnotherPartnerOverrulesTheCustodian();
    }

    function invariant_nobody_takes_custody_without_signing_for_it() public view {
        _nobodyTakesCustodyWithoutSigningForIt();
    }

    function invariant_no_event_after_an_end_stage_but_a_ruling() public view {
        _noEventAfterAnEndStageButARuling();
    }

    function invariant_a_held_item_never_changes_hands() public view {
        _aHeldItemNeverChangesHands();
    }

    function invariant_only_an_inspector_or_a_ruling_grades() public view {
        _onlyAnInspectorOrARulingGrades();
    }

    function invariant_an_item_has_a_custodian_exactly_while_it_is_in_the_network() public view {
        _anItemHasACustodianExactlyWhileItIsInTheNetwork();
    }

    function invariant_a_correction_or_a_withdrawal_changes_no_state() public view {
        _aCorrectionOrAWithdrawalChangesNoState();
    }

    function invariant_nothing_dishonest_is_recorded() public view {
        _nothingDishonestIsRecorded();
    }

    function invariant_a_key_word_is_written_once_and_only_ends_earlier() public view {
        _aKeyWordIsWrittenOnceAndOnlyEndsEarlier();
    }
}
