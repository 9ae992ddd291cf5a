// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EfficientHashLib} from "solady/src/utils/EfficientHashLib.sol";

/// @dev The state of an item: head 208 | seq 16 | stage 4 | onHold 1 | grade 3 | custodian 24.
type Slot is uint256;

/// @dev The state of an item's challenges: head 208 | count 16 | zero 32. Stage bits are zero: never a slot.
type ChallengeWord is uint256;

/// @dev The state of the whole ledger: head 192 | count 64.
type Journal is uint256;

/// @dev A key's rights: zero 80 | partner 24 | roles 16 | kind 8 | validFrom 64 | validTo 64.
type KeyWord is uint256;

using SlotLib for Slot global;
using ChallengeWordLib for ChallengeWord global;
using JournalLib for Journal global;
using KeyWordLib for KeyWord global;

library SlotLib {
    uint256 private constant HEAD_MASK = type(uint256).max << 48;

    function seq(Slot slot) internal pure returns (uint256) {
        return (Slot.unwrap(slot) >> 32) & 0xffff;
    }

    function stage(Slot slot) internal pure returns (uint256) {
        return (Slot.unwrap(slot) >> 28) & 0xf;
    }

    function onHold(Slot slot) internal pure returns (bool) {
        return Slot.unwrap(slot) & (1 << 27) != 0;
    }

    function grade(Slot slot) internal pure returns (uint256) {
        return (Slot.unwrap(slot) >> 24) & 0x7;
    }

    function custodian(Slot slot) internal pure returns (uint256) {
        return Slot.unwrap(slot) & 0xffffff;
    }

    function isNone(Slot slot) internal pure returns (bool) {
        return Slot.unwrap(slot) == 0;
    }

    function withStage(Slot slot, uint256 stage_) internal pure returns (Slot) {
        return Slot.wrap((Slot.unwrap(slot) & ~uint256(0xf << 28)) | (stage_ << 28));
    }

    function withHold(Slot slot, bool onHold_) internal pure returns (Slot) {
        return Slot.wrap(onHold_ ? Slot.unwrap(slot) | (1 << 27) : Slot.unwrap(slot) & ~uint256(1 << 27));
    }

    function withGrade(Slot slot, uint256 grade_) internal pure returns (Slot) {
        return Slot.wrap((Slot.unwrap(slot) & ~uint256(0x7 << 24)) | (grade_ << 24));
    }

    function withCustodian(Slot slot, uint256 custodian_) internal pure returns (Slot) {
        return Slot.wrap((Slot.unwrap(slot) & ~uint256(0xffffff)) | custodian_);
    }

    /// @dev One event later: its number, and the top 208 bits of `hashed` as the head.
    function advanced(Slot slot, bytes32 hashed) internal pure returns (Slot) {
        unchecked {
            // The rules refuse an event after number 65535.
            return Slot.wrap((uint256(hashed) & HEAD_MASK) | ((Slot.unwrap(slot) + (1 << 32)) & ~HEAD_MASK));
        }
    }
}

library ChallengeWordLib {
    function count(ChallengeWord word) internal pure returns (uint256) {
        return (ChallengeWord.unwrap(word) >> 32) & 0xffff;
    }

    /// @dev One challenge later: its number, and the top 208 bits of `hashed` as the head.
    function advanced(ChallengeWord word, bytes32 hashed) internal pure returns (ChallengeWord) {
        return ChallengeWord.wrap((uint256(hashed) & (type(uint256).max << 48)) | ((count(word) + 1) << 32));
    }
}

library JournalLib {
    uint256 private constant HEAD_MASK = type(uint256).max << 64;

    function count(Journal journal) internal pure returns (uint64) {
        return uint64(Journal.unwrap(journal));
    }

    function open(address ledger) internal view returns (Journal) {
        return Journal.wrap(uint256(keccak256(abi.encode(block.chainid, ledger))) & HEAD_MASK);
    }

    /// @dev Folds one record: the item and the word that the record left.
    function fold(Journal journal, bytes32 item, uint256 word) internal pure returns (Journal) {
        uint256 before = Journal.unwrap(journal);
        unchecked {
            // 64 bits of count outlast every chain.
            return Journal.wrap(
                (uint256(EfficientHashLib.hash(bytes32(before), item, bytes32(word))) & HEAD_MASK) | uint64(before + 1)
            );
        }
    }
}

library KeyWordLib {
    function partner(KeyWord word) internal pure returns (uint24) {
        return uint24(KeyWord.unwrap(word) >> 152);
    }

    function roles(KeyWord word) internal pure returns (uint16) {
        return uint16(KeyWord.unwrap(word) >> 136);
    }

    function kind(KeyWord word) internal pure returns (uint8) {
        return uint8(KeyWord.unwrap(word) >> 128);
    }

    function validFrom(KeyWord word) internal pure returns (uint64) {
        return uint64(KeyWord.unwrap(word) >> 64);
    }

    function validTo(KeyWord word) internal pure returns (uint64) {
        return uint64(KeyWord.unwrap(word));
    }

    function isNone(KeyWord word) internal pure returns (bool) {
        return KeyWord.unwrap(word) == 0;
    }

    function pack(uint24 partner_, uint16 roles_, uint8 kind_, uint64 validFrom_, uint64 validTo_)
        internal
        pure
        returns (KeyWord)
    {
        return KeyWord.wrap(
            (uint256(partner_) << 152) | (uint256(roles_) << 136) | (uint256(kind_) << 128)
                | (uint256(validFrom_) << 64) | validTo_
        );
    }

    /// @dev The same rights, ending earlier.
    function endingAt(KeyWord word, uint64 validTo_) internal pure returns (KeyWord) {
        return KeyWord.wrap((KeyWord.unwrap(word) >> 64 << 64) | validTo_);
    }
}
