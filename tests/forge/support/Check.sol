// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev Assertions that say what they found.
abstract contract Check {
    error NotEqual(string what, uint256 found, uint256 expected);
    error NotTrue(string what, uint256 which);

    function equal(uint256 found, uint256 expected, string memory what) internal pure {
        if (found != expected) revert NotEqual(what, found, expected);
    }

    function equal(bytes32 found, bytes32 expected, string memory what) internal pure {
        equal(uint256(found), uint256(expected), what);
    }

    /// @param which which of many it concerns
    function yes(bool holds, string memory what, uint256 which) internal pure {
        if (!holds) revert NotTrue(what, which);
    }
}
