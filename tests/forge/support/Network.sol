// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PartnerRegistry} from "../../../contracts/PartnerRegistry.sol";
import {ProvenanceLedger} from "../../../contracts/ProvenanceLedger.sol";
import {IPartnerRegistry} from "../../../contracts/interfaces/IPartnerRegistry.sol";
import {Authorization} from "../../../contracts/interfaces/IProvenanceLedger.sol";
import {Typed} from "./Typed.sol";
import {VM} from "./Vm.sol";
import {Wallet} from "./Wallet.sol";

/// @dev An address that may sign, and what the registry was told of it. Partner 0 is a stranger.
struct Key {
    address account;
    uint256 secret;
    uint24 partner;
    uint16 roles;
    uint8 kind;
    uint64 validTo;
}

/// @dev A registry, a ledger, six partners with keys of all kinds, and strangers.
abstract contract Network {
    uint24 internal constant PARTNERS = 6;
    uint24 internal constant FIRST_AUDITOR = 5;
    uint16 internal constant ADMIN = 1;
    uint16 internal constant HANDLERS = 126;
    uint16 internal constant INSPECTOR = 8;
    uint16 internal constant DEVICE = 128;
    uint16 internal constant AUDITOR = 256;
    uint256 internal constant STRANGERS = 2;
    uint64 internal constant FOREVER = type(uint64).max;

    PartnerRegistry internal registry;
    ProvenanceLedger internal ledger;
    Key[] internal keys;

    function found() internal {
        VM.warp(1_750_000_000);
        registry = new PartnerRegistry(address(this), address(this));
        ledger = new ProvenanceLedger(registry, address(0));
        for (uint24 partner = 1; partner <= PARTNERS; ++partner) {
            bool audits = partner >= FIRST_AUDITOR;
            uint256 admin = _enrol(partner, ADMIN | HANDLERS, audits ? 511 : 255);
            grant(admin, secretOf(partner, 1), uint16(2 << (partner - 1)), 1);
            grant(admin, secretOf(partner, 2), DEVICE, 1);
            grant(admin, secretOf(partner, 3), HANDLERS, 2);
            if (audits) grant(admin, secretOf(partner, 4), AUDITOR | HANDLERS, 1);
        }
        for (uint256 n = 0; n < STRANGERS; ++n) {
            uint256 secret = secretOf(0, n);
            keys.push(Key(VM.addr(secret), secret, 0, 0, 1, 0));
        }
    }

    function secretOf(uint24 partner, uint256 n) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("key", partner, n))) >> 8;
    }

    /// @return the place of the new key in `keys`
    function grant(uint256 admin, uint256 secret, uint16 roles, uint8 kind) internal returns (uint256) {
        address account = kind == 2 ? address(new Wallet(VM.addr(secret))) : VM.addr(secret);
        Key memory key = Key(account, secret, keys[admin].partner, roles, kind, FOREVER);
        IPartnerRegistry.KeyGrant memory terms = grantOf(key);
        bytes32 digest = registryDigest(Typed.hash(terms));
        registry.grantKey(terms, keys[admin].account, sign(keys[admin].secret, digest), sign(secret, digest));
        keys.push(key);
        return keys.length - 1;
    }

    function grantOf(Key memory key) internal view returns (IPartnerRegistry.KeyGrant memory) {
        return IPartnerRegistry.KeyGrant({
            key: key.account,
            partner: key.partner,
            roles: key.roles,
            kind: key.kind,
            validFrom: 0,
            validTo: key.validTo,
            deadline: uint64(block.timestamp)
        });
    }

    function sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev One signature over one message.
    function signed(Key memory key, bytes32 structHash) internal view returns (Authorization memory) {
        return Authorization(key.account, sign(key.secret, ledgerDigest(structHash)), 0, new bytes32[](0));
    }

    /// @dev One signature over the whole tree of messages.
    function signedTree(Key memory key, bytes32[] memory hashes, string memory messageType)
        internal
        view
        returns (Authorization memory)
    {
        if (hashes.length == 1) return signed(key, hashes[0]);
        bytes32 root = Typed.root(hashes, messageType);
        bytes32 structHash = keccak256(abi.encode(Typed.treeType(messageType, Typed.height(hashes.length)), root));
        return signed(key, structHash);
    }

    function ledgerDigest(bytes32 structHash) internal view returns (bytes32) {
        return Typed.digest("ProvenanceLedger", block.chainid, address(ledger), structHash);
    }

    function registryDigest(bytes32 structHash) internal view returns (bytes32) {
        return Typed.digest("PartnerRegistry", block.chainid, address(registry), structHash);
    }

    function _enrol(uint24 partner, uint16 roles, uint16 allowed) private returns (uint256) {
        uint256 secret = secretOf(partner, 0);
        Key memory key = Key(VM.addr(secret), secret, partner, roles, 1, FOREVER);
        IPartnerRegistry.KeyGrant memory terms = grantOf(key);
        bytes memory countersignature = sign(secret, registryDigest(Typed.hash(terms)));
        registry.enrol(keccak256(abi.encode("partner", partner)), allowed, terms, countersignature);
        keys.push(key);
        return keys.length - 1;
    }
}
