// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title One signature over many messages
/// @notice The messages are the leaves of nested fixed arrays, which EIP-712 hashes as a binary tree: wallets show each leaf.
/// For height 2: `Holds(Hold[2][2] tree)Hold(...)`. Unused places at the right hold the message of zeros.
library TypedTree {
    uint256 internal constant MAX_HEIGHT = 10;

    error BadPath(uint256 index, uint256 height);

    /// @dev The EIP-712 struct hash of what was signed: the lone message, or the tree in which `leaves` are the aligned
    /// subtree at `index` of its height.
    /// @param name the message's type name
    /// @param typeString the message's type
    /// @param fields how many fields the message has
    function signedHash(
        bytes32[] memory leaves,
        uint256 index,
        bytes32[] calldata path,
        string memory name,
        string memory typeString,
        uint256 fields
    ) internal pure returns (bytes32) {
        bytes32 zeroLeaf;
        // Only a row of odd length needs what stands in for an absent neighbour.
        if (leaves.length & (leaves.length - 1) != 0) zeroLeaf = _zeroLeaf(typeString, fields);
        (bytes32 root, uint256 height) = _subtree(leaves, zeroLeaf);
        height += path.length;
        if (height > MAX_HEIGHT || index >> path.length != 0) revert BadPath(index, height);
        if (height == 0) return root;
        for (uint256 step = 0; step < path.length; ++step) {
            root = (index >> step) & 1 == 0
                ? Hashes.efficientKeccak256(root, path[step])
                : Hashes.efficientKeccak256(path[step], root);
        }
        return Hashes.efficientKeccak256(typeHash(name, typeString, height), root);
    }

    /// @dev Hash of `<name>s(<name>[2]...[2] tree)<typeString>`.
    function typeHash(string memory name, string memory typeString, uint256 height) internal pure returns (bytes32) {
        string memory brackets = "";
        for (uint256 level = 0; level < height; ++level) {
            brackets = string.concat(brackets, "[2]");
        }
        return keccak256(bytes(string.concat(name, "s(", name, brackets, " tree)", typeString)));
    }

    /// @dev Struct hash of the message whose every field is zero; one word a field, as no message has a dynamic one.
    function _zeroLeaf(string memory typeString, uint256 fields) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(bytes(typeString)), new bytes(32 * fields)));
    }

    function _subtree(bytes32[] memory leaves, bytes32 zeroNode) private pure returns (bytes32, uint256 height) {
        uint256 width = leaves.length;
        if (width == 1) return (leaves[0], 0);
        bytes32[] memory row = new bytes32[]((width + 1) / 2);
        bytes32[] memory below = leaves;
        while (width > 1) {
            uint256 half = width / 2;
            for (uint256 i = 0; i < half; ++i) {
                row[i] = Hashes.efficientKeccak256(below[2 * i], below[2 * i + 1]);
            }
            if (width & 1 == 1) row[half] = Hashes.efficientKeccak256(below[width - 1], zeroNode);
            zeroNode = Hashes.efficientKeccak256(zeroNode, zeroNode);
            width = (width + 1) / 2;
            below = row;
            ++height;
        }
        return (row[0], height);
    }
}
