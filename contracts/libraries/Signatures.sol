// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Is this the signer's signature?
/// @dev The kind comes from the registry, never from the code at the address: under EIP-7702 an ordinary account may
/// carry code, and a wallet may not yet be deployed.
library Signatures {
    uint8 internal constant ACCOUNT = 1;
    uint8 internal constant WALLET = 2;

    /// @dev What a wallet may burn to answer. Without a limit one wallet could starve the calls beside its own; a
    /// multi-signature wallet needs a tenth, a wallet that verifies P-256 in Solidity about all of it.
    uint256 internal constant WALLET_GAS = 300_000;

    /// @dev Whether the signature stands. Never reverts, whatever a wallet does.
    function isValid(address signer, uint8 kind, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        if (kind == WALLET) return _walletAgrees(signer, digest, signature);
        // 65 bytes only and, inside, a low s: one event has one signature.
        (address recovered, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        return problem == ECDSA.RecoverError.NoError && recovered == signer;
    }

    function _walletAgrees(address wallet, bytes32 digest, bytes calldata signature) private view returns (bool) {
        (bool answered, bytes memory answer) =
            wallet.staticcall{gas: WALLET_GAS}(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        // A wallet answers one word; an empty account answers none.
        return answered && answer.length >= 32 && bytes32(answer) == bytes32(IERC1271.isValidSignature.selector);
    }
}
