// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IProvenanceLedger as L} from "../../contracts/interfaces/IProvenanceLedger.sol";
import {Messages} from "../../contracts/libraries/Messages.sol";
import {TypedTree} from "../../contracts/libraries/TypedTree.sol";
import {ChallengeWord, Journal, JournalLib, KeyWord, KeyWordLib, Slot} from "../../contracts/libraries/Words.sol";

/// @dev Opens the libraries of the contracts to the vectors' test.
contract Vectors {
    function hashIntake(L.Intake calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashConditionReport(L.ConditionReport calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashCustodyOffer(L.CustodyOffer calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashCustodyAcceptance(bytes32 offer, L.Acceptance calldata m) external pure returns (bytes32) {
        return Messages.hash(offer, m);
    }

    function hashWithdrawal(L.Withdrawal calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashCorrection(L.Correction calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashChallenge(L.Challenge calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashHold(L.Hold calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function hashRuling(L.Ruling calldata m) external pure returns (bytes32) {
        return Messages.hash(m);
    }

    function signedHash(
        bytes32[] memory leaves,
        uint256 index,
        bytes32[] calldata path,
        string memory name,
        string memory typeString,
        uint256 fields
    ) external pure returns (bytes32) {
        return TypedTree.signedHash(leaves, index, path, name, typeString, fields);
    }

    function treeTypeHash(string memory name, string memory typeString, uint256 height)
        external
        pure
        returns (bytes32)
    {
        return TypedTree.typeHash(name, typeString, height);
    }

    function fold(Journal journal, bytes32 item, uint256 word) external pure returns (Journal) {
        return JournalLib.fold(journal, item, word);
    }

    function unpackSlot(Slot slot)
        external
        pure
        returns (uint256 seq, uint256 stage, bool onHold, uint256 grade, uint256 custodian)
    {
        return (slot.seq(), slot.stage(), slot.onHold(), slot.grade(), slot.custodian());
    }

    function nextSlot(Slot slot, bytes32 hashed, uint256 stage, bool onHold, uint256 grade, uint256 custodian)
        external
        pure
        returns (Slot)
    {
        return slot.withStage(stage).withHold(onHold).withGrade(grade).withCustodian(custodian).advanced(hashed);
    }

    function nextChallengeWord(ChallengeWord word, bytes32 hashed) external pure returns (ChallengeWord) {
        return word.advanced(hashed);
    }

    function packKey(uint24 partner, uint16 roles, uint8 kind, uint64 validFrom, uint64 validTo)
        external
        pure
        returns (KeyWord)
    {
        return KeyWordLib.pack(partner, roles, kind, validFrom, validTo);
    }

    function unpackKey(KeyWord word) external pure returns (uint24, uint16, uint8, uint64, uint64) {
        return (word.partner(), word.roles(), word.kind(), word.validFrom(), word.validTo());
    }
}
