// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAnchors} from "../../../contracts/interfaces/IAnchors.sol";
import {IPartnerRegistry} from "../../../contracts/interfaces/IPartnerRegistry.sol";
import {IProvenanceLedger as L} from "../../../contracts/interfaces/IProvenanceLedger.sol";

/// @dev What a wallet computes before it signs (EIP-712), written from SPEC.md section 3 and not from the contracts.
library Typed {
    string internal constant INTAKE = "Intake(bytes32 item,uint16 seq,uint8 grade,uint64 deadline,bytes32 details)";
    string internal constant REPORT =
        "ConditionReport(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint64 deadline,bytes32 details)";
    string internal constant OFFER =
        "CustodyOffer(bytes32 item,bytes32 prior,uint24 to,uint64 deadline,bytes32 details)";
    string internal constant ACCEPTANCE = "CustodyAcceptance(bytes32 offer,uint16 exceptions,bytes32 details)";
    string internal constant WITHDRAWAL =
        "Withdrawal(bytes32 item,uint16 seq,bytes32 offer,uint64 deadline,bytes32 details)";
    string internal constant CORRECTION =
        "Correction(bytes32 item,uint16 seq,uint16 corrects,uint16 answers,uint64 deadline,bytes32 details)";
    string internal constant CHALLENGE =
        "Challenge(bytes32 item,uint16 count,uint16 challenged,uint64 deadline,bytes32 details)";
    string internal constant HOLD = "Hold(bytes32 item,uint16 seq,bool onHold,uint64 deadline,bytes32 details)";
    string internal constant RULING =
        "Ruling(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint24 to,uint16 answers,uint64 deadline,bytes32 details)";
    string internal constant KEY_GRANT =
        "KeyGrant(address key,uint24 partner,uint16 roles,uint8 kind,uint64 validFrom,uint64 validTo,uint64 deadline)";
    string internal constant KEY_REVOCATION = "KeyRevocation(address key,uint64 validTo,uint64 deadline)";
    string internal constant ANCHOR = "Anchor(uint8 kind,bytes32 digest,uint64 deadline)";

    // A struct of static fields is encoded field by field: the same bytes as EIP-712's encodeData.

    function hash(L.Intake memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(INTAKE)), m));
    }

    function hash(L.ConditionReport memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(REPORT)), m));
    }

    function hash(L.CustodyOffer memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(OFFER)), m));
    }

    function hash(bytes32 offer, L.Acceptance memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(ACCEPTANCE)), offer, m));
    }

    function hash(L.Withdrawal memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(WITHDRAWAL)), m));
    }

    function hash(L.Correction memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(CORRECTION)), m));
    }

    function hash(L.Challenge memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(CHALLENGE)), m));
    }

    function hash(L.Hold memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(HOLD)), m));
    }

    function hash(L.Ruling memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(RULING)), m));
    }

    function hash(IPartnerRegistry.KeyGrant memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(KEY_GRANT)), m));
    }

    function hash(IPartnerRegistry.KeyRevocation memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(KEY_REVOCATION)), m));
    }

    function hash(IAnchors.Anchor memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(ANCHOR)), m));
    }

    function digest(string memory name, uint256 chainId, address verifier, bytes32 structHash)
        internal
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                chainId,
                verifier
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    /// @dev Hash of the type of a tree over messages of `messageType`, e.g. `Holds(Hold[2][2] tree)Hold(...)`.
    function treeType(string memory messageType, uint256 levels) internal pure returns (bytes32) {
        string memory name = _nameOf(messageType);
        bytes memory text = abi.encodePacked(name, "s(", name);
        for (uint256 i = 0; i < levels; ++i) {
            text = abi.encodePacked(text, "[2]");
        }
        return keccak256(abi.encodePacked(text, " tree)", messageType));
    }

    /// @dev Root of the whole tree over `leaves`, filled up with the message of zeros.
    function root(bytes32[] memory leaves, string memory messageType) internal pure returns (bytes32) {
        uint256 width = 1;
        while (width < leaves.length) width *= 2;
        bytes32[] memory row = new bytes32[](width);
        for (uint256 i = 0; i < width; ++i) {
            row[i] = i < leaves.length ? leaves[i] : zeroMessage(messageType);
        }
        for (; width > 1; width /= 2) {
            for (uint256 i = 0; i < width / 2; ++i) {
                row[i] = keccak256(abi.encode(row[2 * i], row[2 * i + 1]));
            }
        }
        return row[0];
    }

    function height(uint256 leaves) internal pure returns (uint256 levels) {
        while (2 ** levels < leaves) ++levels;
    }

    /// @dev Struct hash of the message whose every field is zero: as many zero words as the type has fields.
    function zeroMessage(string memory messageType) internal pure returns (bytes32) {
        uint256 fields = 1;
        for (uint256 i = 0; i < bytes(messageType).length; ++i) {
            if (bytes(messageType)[i] == ",") ++fields;
        }
        return keccak256(abi.encodePacked(keccak256(bytes(messageType)), new bytes(32 * fields)));
    }

    function _nameOf(string memory messageType) private pure returns (string memory) {
        bytes memory text = bytes(messageType);
        uint256 length = 0;
        while (text[length] != "(") ++length;
        bytes memory name = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            name[i] = text[i];
        }
        return string(name);
    }
}
