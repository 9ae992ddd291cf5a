// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IProvenanceLedger} from "../interfaces/IProvenanceLedger.sol";

/// @title EIP-712 types of the ledger's messages, each beside its hash
library Messages {
    string internal constant INTAKE = "Intake(bytes32 item,uint16 seq,uint8 grade,uint64 deadline,bytes32 details)";
    bytes32 private constant INTAKE_TYPEHASH = keccak256(bytes(INTAKE));

    function hash(IProvenanceLedger.Intake calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(INTAKE_TYPEHASH, m.item, m.seq, m.grade, m.deadline, m.details));
    }

    function noIntake() internal pure returns (bytes32) {
        return keccak256(abi.encode(INTAKE_TYPEHASH, 0, 0, 0, 0, 0));
    }

    string internal constant CONDITION_REPORT =
        "ConditionReport(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint64 deadline,bytes32 details)";
    bytes32 private constant CONDITION_REPORT_TYPEHASH = keccak256(bytes(CONDITION_REPORT));

    function hash(IProvenanceLedger.ConditionReport calldata m) internal pure returns (bytes32) {
        return
            keccak256(abi.encode(CONDITION_REPORT_TYPEHASH, m.item, m.seq, m.stage, m.grade, m.deadline, m.details));
    }

    function noConditionReport() internal pure returns (bytes32) {
        return keccak256(abi.encode(CONDITION_REPORT_TYPEHASH, 0, 0, 0, 0, 0, 0));
    }

    string internal constant CUSTODY_OFFER =
        "CustodyOffer(bytes32 item,bytes32 prior,uint24 to,uint64 deadline,bytes32 details)";
    bytes32 private constant CUSTODY_OFFER_TYPEHASH = keccak256(bytes(CUSTODY_OFFER));

    function hash(IProvenanceLedger.CustodyOffer calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(CUSTODY_OFFER_TYPEHASH, m.item, m.prior, m.to, m.deadline, m.details));
    }

    function noCustodyOffer() internal pure returns (bytes32) {
        return keccak256(abi.encode(CUSTODY_OFFER_TYPEHASH, 0, 0, 0, 0, 0));
    }

    string internal constant CUSTODY_ACCEPTANCE =
        "CustodyAcceptance(bytes32 offer,uint16 exceptions,bytes32 details)";
    bytes32 private constant CUSTODY_ACCEPTANCE_TYPEHASH = keccak256(bytes(CUSTODY_ACCEPTANCE));

    /// @param offer struct hash of the CustodyOffer, or of the Ruling that moves custody
    function hash(bytes32 offer, IProvenanceLedger.Acceptance calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(CUSTODY_ACCEPTANCE_TYPEHASH, offer, m.exceptions, m.details));
    }

    function noCustodyAcceptance() internal pure returns (bytes32) {
        return keccak256(abi.encode(CUSTODY_ACCEPTANCE_TYPEHASH, 0, 0, 0));
    }

    string internal constant WITHDRAWAL =
        "Withdrawal(bytes32 item,uint16 seq,bytes32 offer,uint64 deadline,bytes32 details)";
    bytes32 private constant WITHDRAWAL_TYPEHASH = keccak256(bytes(WITHDRAWAL));

    function hash(IProvenanceLedger.Withdrawal calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(WITHDRAWAL_TYPEHASH, m.item, m.seq, m.offer, m.deadline, m.details));
    }

    function noWithdrawal() internal pure returns (bytes32) {
        return keccak256(abi.encode(WITHDRAWAL_TYPEHASH, 0, 0, 0, 0, 0));
    }

    string internal constant CORRECTION =
        "Correction(bytes32 item,uint16 seq,uint16 corrects,uint16 answers,uint64 deadline,bytes32 details)";
    bytes32 private constant CORRECTION_TYPEHASH = keccak256(bytes(CORRECTION));

    function hash(IProvenanceLedger.Correction calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(CORRECTION_TYPEHASH, m.item, m.seq, m.corrects, m.answers, m.deadline, m.details));
    }

    function noCorrection() internal pure returns (bytes32) {
        return keccak256(abi.encode(CORRECTION_TYPEHASH, 0, 0, 0, 0, 0, 0));
    }

    string internal constant CHALLENGE =
        "Challenge(bytes32 item,uint16 count,uint16 challenged,uint64 deadline,bytes32 details)";
    bytes32 private constant CHALLENGE_TYPEHASH = keccak256(bytes(CHALLENGE));

    function hash(IProvenanceLedger.Challenge calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHALLENGE_TYPEHASH, m.item, m.count, m.challenged, m.deadline, m.details));
    }

    function noChallenge() internal pure returns (bytes32) {
        return keccak256(abi.encode(CHALLENGE_TYPEHASH, 0, 0, 0, 0, 0));
    }

    string internal constant HOLD = "Hold(bytes32 item,uint16 seq,bool onHold,uint64 deadline,bytes32 details)";
    bytes32 private constant HOLD_TYPEHASH = keccak256(bytes(HOLD));

    function hash(IProvenanceLedger.Hold calldata m) internal pure returns (bytes32) {
        return keccak256(abi.encode(HOLD_TYPEHASH, m.item, m.seq, m.onHold, m.deadline, m.details));
    }

    function noHold() internal pure returns (bytes32) {
        return keccak256(abi.encode(HOLD_TYPEHASH, 0, 0, 0, 0, 0));
    }

    string internal constant RULING =
        "Ruling(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint24 to,uint16 answers,uint64 deadline,bytes32 details)";
    bytes32 private constant RULING_TYPEHASH = keccak256(bytes(RULING));

    function hash(IProvenanceLedger.Ruling calldata m) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(RULING_TYPEHASH, m.item, m.seq, m.stage, m.grade, m.to, m.answers, m.deadline, m.details)
        );
    }

    function noRuling() internal pure returns (bytes32) {
        return keccak256(abi.encode(RULING_TYPEHASH, 0, 0, 0, 0, 0, 0, 0, 0));
    }
}
