// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev Those of Foundry's cheat codes that the tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 secret) external pure returns (address);
    function sign(uint256 secret, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function warp(uint256 time) external;
    function roll(uint256 number) external;
    function prank(address sender) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function expectRevert(bytes calldata reason) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

Vm constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @dev forge asks a test contract for this before it fuzzes calls.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}
