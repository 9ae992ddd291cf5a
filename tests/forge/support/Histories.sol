// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ProvenanceLedger} from "../../../contracts/ProvenanceLedger.sol";
import {ChallengeWord, Journal, KeyWord, Slot} from "../../../contracts/libraries/Words.sol";
import {LedgerHandler} from "../LedgerHandler.sol";
import {Check} from "./Check.sol";
import {Kind, Recorded} from "./Ghost.sol";
import {Key} from "./Network.sol";
import {Read} from "./Read.sol";

/// @dev Whatever anybody does, in whatever order: these stay true of every history.
abstract contract Histories is Check {
    uint16 private constant INSPECTOR = 8;
    uint16 private constant AUDITOR = 256;

    LedgerHandler internal handler;
    ProvenanceLedger internal ledger;

    function setUp() public virtual {
        handler = new LedgerHandler();
        ledger = handler.theLedger();
    }

    function _theSlotCommitsToEveryEvent() internal view {
        for (uint256 i = 0; i < handler.itemCount(); ++i) {
            bytes32 item = handler.items(i);
            Recorded[] memory events = handler.eventsOf(item);
            uint256 slot = Slot.unwrap(ledger.slotOf(item));
            _equalToFold(item, events, slot);
            equal(Read.seq(slot), events.length, "seq is the number of events");
        }
    }

    function _theChallengeWordCommitsToEveryChallenge() internal view {
        for (uint256 i = 0; i < handler.itemCount(); ++i) {
            bytes32 item = handler.items(i);
            Recorded[] memory challenges = handler.challengesOf(item);
            uint256 word = ChallengeWord.unwrap(ledger.challengeWordOf(item));
            _equalToFold(item, challenges, word);
            equal((word << 208) >> 208, challenges.length << 32, "the count of challenges, and nothing else");
        }
    }

    function _theJournalMissesNothing() internal view {
        equal(Journal.unwrap(ledger.journal()), handler.journal(), "journal");
        uint256 records = 0;
        for (uint256 i = 0; i < handler.itemCount(); ++i) {
            bytes32 item = handler.items(i);
            records += handler.eventsOf(item).length + handler.challengesOf(item).length;
        }
        equal(uint64(Journal.unwrap(ledger.journal())), records, "the journal counts every record");
    }

    function _onlyTheCustodianMovesAnItem() internal view {
        _everyEvent(_movedByItsCustodian);
    }

    function _onlyAnAuditorOfAnotherPartnerOverrulesTheCustodian() internal view {
        _everyEvent(_overruledByAnOutsider);
    }

    function _nobodyTakesCustodyWithoutSigningForIt() internal view {
        _everyEvent(_receivedBySignature);
    }

    function _noEventAfterAnEndStageButARuling() internal view {
        _everyEvent(_endedUnlessRuled);
    }

    function _aHeldItemNeverChangesHands() internal view {
        _everyEvent(_heldInPlace);
    }

    function _onlyAnInspectorOrARulingGrades() internal view {
        _everyEvent(_gradedByAnInspector);
    }

    function _anItemHasACustodianExactlyWhileItIsInTheNetwork() internal view {
        _everyEvent(_custodianWhileHere);
    }

    function _aCorrectionOrAWithdrawalChangesNoState() internal view {
        _everyEvent(_onlyNoted);
    }

    function _nothingDishonestIsRecorded() internal view {
        equal(handler.recordedDishonest(), 0, "records of forged signatures or of keys without right");
    }

    function _aKeyWordIsWrittenOnceAndOnlyEndsEarlier() internal view {
        Key[] memory keys = handler.allKeys();
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 word = KeyWord.unwrap(handler.theRegistry().keyOf(keys[i].account));
            equal(uint24(word >> 152), keys[i].partner, "partner");
            equal(uint16(word >> 136), keys[i].roles, "roles");
            equal(uint64(word), keys[i].validTo, "validTo");
            if (keys[i].partner != 0) equal(uint8(word >> 128), keys[i].kind, "kind");
        }
    }

    function _movedByItsCustodian(Recorded memory e) private pure returns (bool) {
        if (e.sent.kind != Kind.Report && e.sent.kind != Kind.Transfer) return true;
        return Read.custodian(e.before) == e.sent.partner && e.sent.partner != 0;
    }

    function _overruledByAnOutsider(Recorded memory e) private pure returns (bool) {
        if (e.sent.kind != Kind.Ruling && e.sent.kind != Kind.Hold) return true;
        return e.sent.roles & AUDITOR != 0 && e.sent.partner != Read.custodian(e.before)
            && e.sent.partner != Read.custodian(e.later);
    }

    function _receivedBySignature(Recorded memory e) private pure returns (bool) {
        uint24 custodian = Read.custodian(e.later);
        if (custodian == Read.custodian(e.before) || custodian == 0) return true;
        return e.sent.kind == Kind.Intake ? custodian == e.sent.partner : custodian == e.sent.receiver;
    }

    function _endedUnlessRuled(Recorded memory e) private pure returns (bool) {
        return !Read.hasEnded(e.before) || e.sent.kind == Kind.Ruling;
    }

    /// @dev An item held after it has left may be taken in anew; the hold stays on it.
    function _heldInPlace(Recorded memory e) private pure returns (bool) {
        if (!Read.onHold(e.before)) return true;
        if (e.sent.kind == Kind.Intake) return Read.custodian(e.before) == 0 && Read.onHold(e.later);
        if (e.sent.kind != Kind.Hold && !Read.onHold(e.later)) return false;
        return Read.custodian(e.before) == Read.custodian(e.later) && Read.isAway(e.before) == Read.isAway(e.later);
    }

    function _gradedByAnInspector(Recorded memory e) private pure returns (bool) {
        if (Read.stage(e.later) == 2 && Read.grade(e.later) == 0) return false;
        if (e.sent.kind == Kind.Ruling || Read.grade(e.before) == Read.grade(e.later)) return true;
        // An intake without a grade forgets the one of the cycle before.
        if (e.sent.kind == Kind.Intake && Read.grade(e.later) == 0) return true;
        return e.sent.roles & INSPECTOR != 0;
    }

    function _custodianWhileHere(Recorded memory e) private pure returns (bool) {
        uint8 stage = Read.stage(e.later);
        return stage >= 1 && stage <= 14 && (Read.custodian(e.later) == 0) == Read.isAway(e.later);
    }

    function _onlyNoted(Recorded memory e) private pure returns (bool) {
        if (e.sent.kind != Kind.Correction && e.sent.kind != Kind.Withdrawal) return true;
        return uint32(e.before) == uint32(e.later);
    }

    function _equalToFold(bytes32 item, Recorded[] memory records, uint256 word) private view {
        uint256 folded = 0;
        for (uint256 i = 0; i < records.length; ++i) {
            equal(records[i].before, folded, "the word before");
            bytes32 prior = folded == 0 ? keccak256(abi.encode(block.chainid, ledger, item)) : bytes32(folded);
            bytes32 head = keccak256(abi.encode(prior, records[i].sent.digest, records[i].time));
            folded = (uint256(head) >> 48 << 48) | (records[i].later << 208 >> 208);
            equal(records[i].later, folded, "the word after");
        }
        equal(word, folded, "the word in storage");
    }

    function _everyEvent(function(Recorded memory) view returns (bool) holds) private view {
        for (uint256 i = 0; i < handler.itemCount(); ++i) {
            Recorded[] memory events = handler.eventsOf(handler.items(i));
            for (uint256 n = 0; n < events.length; ++n) {
                yes(holds(events[n]), "item, times 2^16, plus event", (i << 16) | (n + 1));
            }
        }
    }
}
