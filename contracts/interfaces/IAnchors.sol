// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPartnerRegistry} from "./IPartnerRegistry.sol";

/// @title Documents that a partner stood by, and since which block
interface IAnchors {
    /// @param kind 1 factor set, 2 statement, 3 telemetry root
    /// @param digest hash of the document
    /// @param deadline Unix seconds, the last second in which the anchor may be written
    struct Anchor {
        uint8 kind;
        bytes32 digest;
        uint64 deadline;
    }

    event Anchored(uint24 indexed partner, uint8 indexed kind, bytes32 indexed digest, address signer);

    error AnchorExpired(uint64 deadline, uint256 time);
    error UnknownAnchorKind(uint8 kind);
    error AlreadyAnchored(uint24 partner, uint8 kind, bytes32 digest, uint64 blockNumber);

    /// @notice Kept by partner, so that nobody can take another's digest first.
    function anchor(Anchor calldata anchor_, address signer, bytes calldata signature) external;

    /// @return blockNumber 0 if the partner never anchored the digest
    /// @return time Unix seconds
    function anchorOf(uint24 partner, uint8 kind, bytes32 digest)
        external
        view
        returns (uint64 blockNumber, uint64 time);

    /// @notice The partners' keys by which anchors are believed.
    function registry() external view returns (IPartnerRegistry);
}
