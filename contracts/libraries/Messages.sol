// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IProvenanceLedger} from "../interfaces/IProvenanceLedger.sol";
import {EfficientHashLib} from "solady/src/utils/EfficientHashLib.sol";

/// @title EIP-712 types of the ledger's messages, each beside its hash
/// @dev Each type stands twice, because the compiler hashes a literal once and a named constant at every use (1,000 gas an
/// event); the test vectors would show if the two differed.
library Messages {
    string internal constant INTAKE = "Intake(bytes32 item,uint16 seq,uint8 grade,uint64 deadline,bytes32 details)";
    bytes32 private constant INTAKE_TYPEHASH =
        keccak256("Intake(bytes32 item,uint16 seq,uint8 grade,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.Intake calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(INTAKE_TYPEHASH, m.item, word(m.seq), word(m.grade), word(m.deadline), m.details);
    }

    string internal constant CONDITION_REPORT =
        "ConditionReport(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint64 deadline,bytes32 details)";
    bytes32 private constant CONDITION_REPORT_TYPEHASH =
        keccak256("ConditionReport(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.ConditionReport calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(
            CONDITION_REPORT_TYPEHASH, m.item, word(m.seq), word(m.stage), word(m.grade), word(m.deadline), m.details
        );
    }

    string internal constant CUSTODY_OFFER =
        "CustodyOffer(bytes32 item,bytes32 prior,uint24 to,uint64 deadline,bytes32 details)";
    bytes32 private constant CUSTODY_OFFER_TYPEHASH =
        keccak256("CustodyOffer(bytes32 item,bytes32 prior,uint24 to,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.CustodyOffer calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(CUSTODY_OFFER_TYPEHASH, m.item, m.prior, word(m.to), word(m.deadline), m.details);
    }

    string internal constant CUSTODY_ACCEPTANCE = "CustodyAcceptance(bytes32 offer,uint16 exceptions,bytes32 details)";
    bytes32 private constant CUSTODY_ACCEPTANCE_TYPEHASH =
        keccak256("CustodyAcceptance(bytes32 offer,uint16 exceptions,bytes32 details)");

    /// @param offer struct hash of the CustodyOffer, or of the Ruling that moves custody
    function hash(bytes32 offer, IProvenanceLedger.Acceptance calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(CUSTODY_ACCEPTANCE_TYPEHASH, offer, word(m.exceptions), m.details);
    }

    string internal constant WITHDRAWAL =
        "Withdrawal(bytes32 item,uint16 seq,bytes32 offer,uint64 deadline,bytes32 details)";
    bytes32 private constant WITHDRAWAL_TYPEHASH =
        keccak256("Withdrawal(bytes32 item,uint16 seq,bytes32 offer,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.Withdrawal calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(WITHDRAWAL_TYPEHASH, m.item, word(m.seq), m.offer, word(m.deadline), m.details);
    }

    string internal constant CORRECTION =
        "Correction(bytes32 item,uint16 seq,uint16 corrects,uint16 answers,uint64 deadline,bytes32 details)";
    bytes32 private constant CORRECTION_TYPEHASH =
        keccak256("Correction(bytes32 item,uint16 seq,uint16 corrects,uint16 answers,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.Correction calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(
            CORRECTION_TYPEHASH, m.item, word(m.seq), word(m.corrects), word(m.answers), word(m.deadline), m.details
        );
    }

    string internal constant CHALLENGE =
        "Challenge(bytes32 item,uint16 count,uint16 challenged,uint64 deadline,bytes32 details)";
    bytes32 private constant CHALLENGE_TYPEHASH =
        keccak256("Challenge(bytes32 item,uint16 count,uint16 challenged,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.Challenge calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(
            CHALLENGE_TYPEHASH, m.item, word(m.count), word(m.challenged), word(m.deadline), m.details
        );
    }

    string internal constant HOLD = "Hold(bytes32 item,uint16 seq,bool onHold,uint64 deadline,bytes32 details)";
    bytes32 private constant HOLD_TYPEHASH =
        keccak256("Hold(bytes32 item,uint16 seq,bool onHold,uint64 deadline,bytes32 details)");

    function hash(IProvenanceLedger.Hold calldata m) internal pure returns (bytes32) {
        return
            EfficientHashLib.hash(
                HOLD_TYPEHASH, m.item, word(m.seq), word(m.onHold ? 1 : 0), word(m.deadline), m.details
            );
    }

    string internal constant RULING =
        "Ruling(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint24 to,uint16 answers,uint64 deadline,bytes32 details)";
    bytes32 private constant RULING_TYPEHASH = keccak256(
        "Ruling(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint24 to,uint16 answers,uint64 deadline,bytes32 details)"
    );

    function hash(IProvenanceLedger.Ruling calldata m) internal pure returns (bytes32) {
        return EfficientHashLib.hash(
            RULING_TYPEHASH,
            m.item,
            word(m.seq),
            word(m.stage),
            word(m.grade),
            word(m.to),
            word(m.answers),
            word(m.deadline),
            m.details
        );
    }

    function word(uint256 value) private pure returns (bytes32) {
        return bytes32(value);
    }
}
