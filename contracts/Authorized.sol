// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {KeyWord} from "./libraries/Words.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title A contract that believes signatures only, of keys in the registry
abstract contract Authorized is EIP712 {
    IPartnerRegistry internal immutable REGISTRY;

    error BadSignature(address signer);

    constructor(IPartnerRegistry registry_) {
        REGISTRY = registry_;
    }

    /// @dev Reverts unless `signer`, whose key is `key`, signed `structHash`. Makes no call that could write.
    function _requireSigned(address signer, KeyWord key, bytes32 structHash, bytes calldata signature) internal view {
        if (!Signatures.isValid(signer, key.kind(), _hashTypedDataV4(structHash), signature)) {
            revert BadSignature(signer);
        }
    }
}
