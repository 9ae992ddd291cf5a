// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @dev The common way: a token for each item, its record a hash that the owner replaces. No rule, no signature, and
/// the history only in logs.
contract HashedToken is ERC721("Item", "ITEM") {
    event RecordChanged(uint256 indexed token, bytes32 hash);

    mapping(uint256 token => bytes32) private _hashes;

    function mint(uint256[] calldata tokens, bytes32[] calldata hashes) external {
        for (uint256 i = 0; i < tokens.length; ++i) {
            _mint(msg.sender, tokens[i]);
            _hashes[tokens[i]] = hashes[i];
            emit RecordChanged(tokens[i], hashes[i]);
        }
    }

    function change(uint256[] calldata tokens, bytes32[] calldata hashes) external {
        for (uint256 i = 0; i < tokens.length; ++i) {
            _checkAuthorized(ownerOf(tokens[i]), msg.sender, tokens[i]);
            _hashes[tokens[i]] = hashes[i];
            emit RecordChanged(tokens[i], hashes[i]);
        }
    }

    function handOver(uint256[] calldata tokens, address to) external {
        for (uint256 i = 0; i < tokens.length; ++i) {
            transferFrom(msg.sender, to, tokens[i]);
        }
    }
}
