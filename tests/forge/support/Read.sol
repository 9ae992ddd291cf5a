// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev The fields of the words, as SPEC.md section 1 lays them out; on purpose not the contracts' own code.
library Read {
    uint256 internal constant ENDED = (1 << 5) | (1 << 13) | (1 << 14);
    uint256 internal constant LEFT = (1 << 8) | (1 << 9) | (1 << 10);

    function head(uint256 slot) internal pure returns (uint256) {
        return slot >> 48;
    }

    function seq(uint256 slot) internal pure returns (uint16) {
        return uint16(slot >> 32);
    }

    function stage(uint256 slot) internal pure returns (uint8) {
        return uint8((slot >> 28) % 16);
    }

    function onHold(uint256 slot) internal pure returns (bool) {
        return (slot >> 27) % 2 == 1;
    }

    function grade(uint256 slot) internal pure returns (uint8) {
        return uint8((slot >> 24) % 8);
    }

    function custodian(uint256 slot) internal pure returns (uint24) {
        return uint24(slot);
    }

    function hasEnded(uint256 slot) internal pure returns (bool) {
        return (ENDED >> stage(slot)) % 2 == 1;
    }

    function isAway(uint256 slot) internal pure returns (bool) {
        return isAwayStage(stage(slot));
    }

    function isAwayStage(uint8 stage_) internal pure returns (bool) {
        return ((ENDED | LEFT) >> stage_) % 2 == 1;
    }
}
