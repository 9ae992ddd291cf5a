// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ChallengeWord, Journal, Slot} from "../libraries/Words.sol";
import {IPartnerRegistry} from "./IPartnerRegistry.sol";

/// @title What happened to returned products, in order and signed
/// @notice One word per item commits to the item's whole history, one word for all commits to every record in order.
/// Whoever sends the transaction, an event counts for the key that signed it. SPEC.md has the rules, the hashes and the
/// order of the checks.
interface IProvenanceLedger {
    /// @notice First record of a return; opens a cycle. The same item may come back again.
    /// @param seq the number this event will have in the item's history, the first being 1
    /// @param grade 0 for not graded; anything else takes the role INSPECTOR
    /// @param deadline Unix seconds, the last second in which the event may be recorded
    /// @param details root over the committed fields of the details document, or zero
    struct Intake {
        bytes32 item;
        uint16 seq;
        uint8 grade;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice A new stage, or an observation when the stage is the present one.
    /// @param stage 1 Received to 14 Disposed
    /// @param grade 1 to 7, coarse; only an INSPECTOR changes it
    struct ConditionReport {
        bytes32 item;
        uint16 seq;
        uint8 stage;
        uint8 grade;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice The custodian offers the item, with its whole history so far, to a partner.
    /// @param prior the item's slot; any later event voids the offer
    /// @param to the partner that is to accept
    struct CustodyOffer {
        bytes32 item;
        bytes32 prior;
        uint24 to;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice What the receiver adds to an offer. Signed is CustodyAcceptance(offer, exceptions, details), `offer` being
    /// the struct hash of the CustodyOffer, or of the Ruling that moves custody.
    /// @param exceptions reservations as bits: 1 damaged, 2 wrong serial, 4 missing part, 8 wrong product, 16 packaging,
    /// 32 not as graded, 32768 other
    struct Acceptance {
        uint16 exceptions;
        bytes32 details;
    }

    /// @notice The custodian takes an offer back: a record that changes no state but, being later, voids the offer.
    /// @param offer the struct hash of the CustodyOffer
    struct Withdrawal {
        bytes32 item;
        uint16 seq;
        bytes32 offer;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice Names an earlier event as wrong; nothing is edited and no state changes.
    /// @param corrects number of the event that is wrong
    /// @param answers number of the challenge that this answers, 0 for none
    struct Correction {
        bytes32 item;
        uint16 seq;
        uint16 corrects;
        uint16 answers;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice Disputes an event. It voids no signature and blocks nobody.
    /// @param count the number this challenge will have, the item's first being 1
    /// @param challenged number of the disputed event
    struct Challenge {
        bytes32 item;
        uint16 count;
        uint16 challenged;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice An auditor freezes an item of another partner, or lifts a hold.
    struct Hold {
        bytes32 item;
        uint16 seq;
        bool onHold;
        uint64 deadline;
        bytes32 details;
    }

    /// @notice An auditor of another partner sets state right where no report can.
    /// @param to the custodian from now on; 0 exactly when the stage has left the network or ended
    /// @param answers number of the challenge that this answers, 0 for none
    struct Ruling {
        bytes32 item;
        uint16 seq;
        uint8 stage;
        uint8 grade;
        uint24 to;
        uint16 answers;
        uint64 deadline;
        bytes32 details;
    }

    event ItemTakenIn(bytes32 indexed item, Slot slot, address signer, uint64 deadline, bytes32 details);
    event ConditionReported(bytes32 indexed item, Slot slot, address signer, uint64 deadline, bytes32 details);
    event CustodyTransferred(
        bytes32 indexed item,
        Slot slot,
        address giver,
        address receiver,
        uint64 deadline,
        uint16 exceptions,
        bytes32 offerDetails,
        bytes32 acceptanceDetails
    );
    event OfferWithdrawn(
        bytes32 indexed item, Slot slot, address signer, uint64 deadline, bytes32 offer, bytes32 details
    );
    event EventCorrected(
        bytes32 indexed item,
        Slot slot,
        address signer,
        uint64 deadline,
        uint16 corrects,
        uint16 answers,
        bytes32 details
    );
    event EventChallenged(
        bytes32 indexed item, ChallengeWord word, address signer, uint64 deadline, uint16 challenged, bytes32 details
    );
    event HoldChanged(bytes32 indexed item, Slot slot, address signer, uint64 deadline, bytes32 details);
    event ItemRuled(
        bytes32 indexed item,
        Slot slot,
        address signer,
        uint64 deadline,
        uint16 answers,
        bytes32 details,
        address receiver,
        uint16 exceptions,
        bytes32 acceptanceDetails
    );
    /// @notice One message of a call was refused; the others were not touched by it.
    /// @param index the message's place in the call
    /// @param reason the custom error that it would have reverted with alone
    event Skipped(bytes32 indexed item, uint256 index, bytes reason);
    /// @notice One call of a submission was refused.
    event CallSkipped(uint256 index, bytes reason);

    error NothingToRecord();
    error LengthMismatch(uint256 messages, uint256 acceptances);
    error Expired(bytes32 item, uint64 deadline, uint256 time);
    error UnknownItem(bytes32 item);
    error SeqExhausted(bytes32 item);
    error StaleSeq(bytes32 item, uint16 given, uint16 expected);
    error StaleCount(bytes32 item, uint16 given, uint16 expected);
    error UnknownStage(bytes32 item, uint8 stage);
    error UnknownGrade(bytes32 item, uint8 grade);
    error GradeMissing(bytes32 item);
    error ForbiddenMove(bytes32 item, uint8 from, uint8 to);
    error NotCustodian(bytes32 item, uint24 partner, uint24 custodian);
    error MissingRole(address signer, uint16 has, uint16 needs);
    error OnHold(bytes32 item);
    error HoldUnchanged(bytes32 item, bool onHold);
    error HistoryChanged(bytes32 item, bytes32 prior, bytes32 slot);
    error NotTransferable(bytes32 item, uint8 stage);
    error WrongReceiver(bytes32 item, uint24 partner, uint24 to);
    error SameCustodian(bytes32 item, uint24 to);
    error Ended(bytes32 item, uint8 stage);
    error NoSuchEvent(bytes32 item, uint16 named, uint16 last);
    error NoSuchChallenge(bytes32 item, uint16 named, uint16 last);
    error NotIndependent(bytes32 item, uint24 partner);
    error WrongCustodian(bytes32 item, uint8 stage, uint24 to);
    error AcceptanceMissing(bytes32 item, uint24 to);
    error AcceptanceUnexpected(bytes32 item);

    /// @dev Each of these records what it can, skips and logs the rest, and reverts with the first reason if all was
    /// refused. All messages of a call stand under one authorization (two for a hand-over).
    function takeIn(Intake[] calldata intakes, Authorization calldata authorization) external;

    function report(ConditionReport[] calldata reports, Authorization calldata authorization) external;

    /// @param acceptances the i-th accepts the i-th offer
    function transfer(
        CustodyOffer[] calldata offers,
        Authorization calldata giver,
        Acceptance[] calldata acceptances,
        Authorization calldata receiver
    ) external;

    function withdraw(Withdrawal[] calldata withdrawals, Authorization calldata authorization) external;

    function correct(Correction[] calldata corrections, Authorization calldata authorization) external;

    function challenge(Challenge[] calldata challenges, Authorization calldata authorization) external;

    function hold(Hold[] calldata holds, Authorization calldata authorization) external;

    /// @notice Rulings that move custody to nobody new.
    function rule(Ruling[] calldata rulings, Authorization calldata auditor) external;

    /// @notice Rulings that move custody to the receiver, who accepts each.
    function ruleAndTransfer(
        Ruling[] calldata rulings,
        Authorization calldata auditor,
        Acceptance[] calldata acceptances,
        Authorization calldata receiver
    ) external;

    /// @notice Many calls of any kind, each recorded or skipped alone.
    /// @param calls encoded calls of this contract's functions
    function submit(bytes[] calldata calls) external;

    function slotOf(bytes32 item) external view returns (Slot);

    function challengeWordOf(bytes32 item) external view returns (ChallengeWord);

    function journal() external view returns (Journal);

    /// @notice What stands for the prior word in an item's first head.
    function genesisOf(bytes32 item) external view returns (bytes32);

    /// @notice The partners' keys by which this ledger judges.
    function registry() external view returns (IPartnerRegistry);

    /// @notice The deployment that this one follows, or zero.
    function predecessor() external view returns (address);
}

/// @notice Who signed, and where in a typed tree the messages of a call stand.
/// @param signer a key known to the registry
/// @param signature 65 bytes r, s, v of an account; whatever its wallet understands for a wallet
/// @param index place of the messages' subtree among those of its height
/// @param path hashes from the messages' subtree up to the signed root; empty if the messages are all that was signed
struct Authorization {
    address signer;
    bytes signature;
    uint256 index;
    bytes32[] path;
}
