// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A contract wallet of one owner, which its owner may make behave in every way a wallet should not.
contract Wallet {
    enum Mood {
        Honest,
        Denying,
        Reverting,
        Burning,
        Shouting,
        Mumbling
    }

    address private immutable OWNER;
    Mood public mood;

    constructor(address owner) {
        OWNER = owner;
    }

    function become(Mood mood_) external {
        mood = mood_;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (mood == Mood.Denying) return 0xffffffff;
        if (mood == Mood.Reverting) revert("no");
        if (mood == Mood.Burning) while (true) {}
        // A hundred kilobytes of nothing; the right four bytes, but too few of them.
        if (mood == Mood.Shouting) _answer(0, 100_000);
        if (mood == Mood.Mumbling) _answer(bytes32(this.isValidSignature.selector), 4);
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        return signer == OWNER ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function _answer(bytes32 word, uint256 length) private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, word)
            return(free, length)
        }
    }
}
