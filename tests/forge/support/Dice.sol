// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev As many random choices as a test needs from the one number that the fuzzer gives.
struct Dice {
    uint256 state;
}

using DiceLib for Dice global;

library DiceLib {
    /// @return a number from 0 to `sides` - 1
    function roll(Dice memory dice, uint256 sides) internal pure returns (uint256) {
        dice.state = uint256(keccak256(abi.encode(dice.state)));
        return dice.state % sides;
    }

    /// @return true once in `sides` rolls
    function rarely(Dice memory dice, uint256 sides) internal pure returns (bool) {
        return roll(dice, sides) == 0;
    }

    function word(Dice memory dice) internal pure returns (bytes32) {
        roll(dice, 1);
        return bytes32(dice.state);
    }
}
