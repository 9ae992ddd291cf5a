// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorized} from "./Authorized.sol";
import {IAnchors} from "./interfaces/IAnchors.sol";
import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {KeyWord} from "./libraries/Words.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Anchors, see IAnchors
contract Anchors is IAnchors, Authorized {
    struct Place {
        uint64 time;
        uint64 blockNumber;
    }

    bytes32 private constant ANCHOR_TYPEHASH = keccak256("Anchor(uint8 kind,bytes32 digest,uint64 deadline)");
    uint8 private constant LAST_KIND = 3;

    mapping(uint24 partner => mapping(uint8 kind => mapping(bytes32 digest => Place))) private _anchors;

    constructor(IPartnerRegistry registry_) EIP712("Anchors", "1") Authorized(registry_) {}

    function anchor(Anchor calldata a, address signer, bytes calldata signature) external {
        if (block.timestamp > a.deadline) revert AnchorExpired(a.deadline, block.timestamp);
        if (a.kind == 0 || a.kind > LAST_KIND) revert UnknownAnchorKind(a.kind);
        KeyWord key = REGISTRY.authority(signer);
        uint24 partner = key.partner();
        Place storage place = _anchors[partner][a.kind][a.digest];
        if (place.blockNumber != 0) revert AlreadyAnchored(partner, a.kind, a.digest, place.blockNumber);
        bytes32 signed = keccak256(abi.encode(ANCHOR_TYPEHASH, a.kind, a.digest, a.deadline));
        _requireSigned(signer, key, signed, signature);

        place.time = uint64(block.timestamp);
        place.blockNumber = uint64(block.number);
        emit Anchored(partner, a.kind, a.digest, signer);
    }

    function anchorOf(uint24 partner, uint8 kind, bytes32 digest)
        external
        view
        returns (uint64 blockNumber, uint64 time)
    {
        Place storage place = _anchors[partner][kind][digest];
        return (place.blockNumber, place.time);
    }

    function registry() external view returns (IPartnerRegistry) {
        return REGISTRY;
    }
}
