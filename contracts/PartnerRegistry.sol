// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IPartnerRegistry} from "./interfaces/IPartnerRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Vocabulary} from "./libraries/Vocabulary.sol";
import {KeyWord, KeyWordLib} from "./libraries/Words.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Partners and their keys, see IPartnerRegistry
contract PartnerRegistry is IPartnerRegistry, EIP712, Ownable2Step, Pausable {
    struct Standing {
        uint16 allowedRoles;
        bool suspended;
    }

    bytes32 private constant KEY_GRANT_TYPEHASH = keccak256(
        "KeyGrant(address key,uint24 partner,uint16 roles,uint8 kind,uint64 validFrom,uint64 validTo,uint64 deadline)"
    );
    bytes32 private constant KEY_REVOCATION_TYPEHASH =
        keccak256("KeyRevocation(address key,uint64 validTo,uint64 deadline)");

    mapping(address key => KeyWord) private _keys;
    mapping(uint24 partner => bytes32) private _nameHashes;
    mapping(uint24 partner => Standing) private _standings;
    address private _registrar;
    uint24 private _partnerCount;

    error BadSignature(address signer);

    modifier onlyRegistrar() {
        if (msg.sender != _registrar) revert NotRegistrar(msg.sender);
        _;
    }

    constructor(address owner_, address registrar_) Ownable(owner_) EIP712("PartnerRegistry", "1") {
        _registrar = registrar_;
        emit RegistrarNamed(registrar_);
    }

    function enrol(bytes32 nameHash, uint16 roles, KeyGrant calldata grant, bytes calldata countersignature)
        external
        onlyRegistrar
        whenNotPaused
        returns (uint24 partner)
    {
        if (nameHash == 0) revert NameMissing();
        _requireKnownRoles(roles);
        _requireInTime(grant.deadline);
        partner = _partnerCount + 1;
        if (grant.partner != partner) revert WrongPartner(grant.partner, partner);
        if (grant.roles & Vocabulary.ADMIN == 0) revert MissingRole(grant.key, grant.roles, Vocabulary.ADMIN);
        KeyWord word = _grantable(grant, roles);
        _requireSigned(grant.key, grant.kind, _hash(grant), countersignature);

        _partnerCount = partner;
        _nameHashes[partner] = nameHash;
        _standings[partner] = Standing({allowedRoles: roles, suspended: false});
        emit PartnerEnrolled(partner, nameHash, roles);
        _keys[grant.key] = word;
        emit KeyGranted(grant.key, partner, address(0), word);
    }

    function allowRoles(uint24 partner, uint16 roles) external onlyRegistrar {
        _requireEnrolled(partner);
        _requireKnownRoles(roles);
        _standings[partner].allowedRoles = roles;
        emit RolesAllowed(partner, roles);
    }

    function suspend(uint24 partner) external onlyRegistrar {
        _setSuspended(partner, true);
    }

    function reinstate(uint24 partner) external onlyRegistrar {
        _setSuspended(partner, false);
    }

    function grantKey(
        KeyGrant calldata grant,
        address administrator,
        bytes calldata signature,
        bytes calldata countersignature
    ) external {
        _requireNotPaused();
        _requireInTime(grant.deadline);
        KeyWord admin = authority(administrator);
        _requireAdmin(administrator, admin);
        if (grant.partner != admin.partner()) revert WrongPartner(grant.partner, admin.partner());
        KeyWord word = _grantable(grant, _standings[grant.partner].allowedRoles);
        bytes32 signed = _hash(grant);
        _requireSigned(administrator, admin.kind(), signed, signature);
        _requireSigned(grant.key, grant.kind, signed, countersignature);

        _keys[grant.key] = word;
        emit KeyGranted(grant.key, grant.partner, administrator, word);
    }

    function revokeKey(KeyRevocation calldata revocation, address signer, bytes calldata signature) external {
        _requireInTime(revocation.deadline);
        KeyWord word = _keys[revocation.key];
        if (word.isNone()) revert UnknownKey(revocation.key);
        KeyWord by = _validKey(signer);
        if (signer != revocation.key) {
            _requireAdmin(signer, by);
            if (by.partner() != word.partner()) revert WrongPartner(by.partner(), word.partner());
        }
        uint64 validTo = _notBefore(revocation.validTo, block.timestamp);
        if (validTo >= word.validTo()) {
            revert ValidityNotLowered(revocation.key, revocation.validTo, word.validTo());
        }
        bytes32 signed =
            keccak256(abi.encode(KEY_REVOCATION_TYPEHASH, revocation.key, revocation.validTo, revocation.deadline));
        _requireSigned(signer, by.kind(), signed, signature);

        word = word.endingAt(validTo);
        _keys[revocation.key] = word;
        emit KeyRevoked(revocation.key, word.partner(), signer, word);
    }

    function nameRegistrar(address registrar_) external onlyOwner {
        _registrar = registrar_;
        emit RegistrarNamed(registrar_);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    /// @dev Without an owner a pause could never end.
    function renounceOwnership() public view override onlyOwner {
        revert RenouncingRefused();
    }

    function authority(address signer) public view returns (KeyWord key) {
        _requireNotPaused();
        key = _validKey(signer);
        if (_standings[key.partner()].suspended) revert PartnerSuspended(key.partner());
    }

    function keyOf(address key) external view returns (KeyWord) {
        return _keys[key];
    }

    function nameHashOf(uint24 partner) external view returns (bytes32) {
        return _nameHashes[partner];
    }

    function standingOf(uint24 partner) external view returns (uint16 allowedRoles, bool suspended) {
        Standing storage standing = _standings[partner];
        return (standing.allowedRoles, standing.suspended);
    }

    function partnerCount() external view returns (uint24) {
        return _partnerCount;
    }

    function registrar() external view returns (address) {
        return _registrar;
    }

    /// @dev The word that a grant would write, if its terms may be granted within `allowed`.
    function _grantable(KeyGrant calldata grant, uint16 allowed) private view returns (KeyWord) {
        if (!_keys[grant.key].isNone()) revert KeyExists(grant.key);
        if (grant.kind != Signatures.ACCOUNT && grant.kind != Signatures.WALLET) revert UnknownKind(grant.kind);
        if (grant.roles == 0 || grant.roles & ~allowed != 0) {
            revert RolesNotAllowed(grant.partner, grant.roles, allowed);
        }
        // Never valid before it was written: otherwise a later proof could not tell what was known when.
        uint64 validFrom = _notBefore(grant.validFrom, block.timestamp);
        if (grant.validTo < validFrom) revert ValidityEmpty(validFrom, grant.validTo);
        return KeyWordLib.pack(grant.partner, grant.roles, grant.kind, validFrom, grant.validTo);
    }

    function _setSuspended(uint24 partner, bool suspended) private {
        _requireEnrolled(partner);
        _standings[partner].suspended = suspended;
        emit SuspensionChanged(partner, suspended);
    }

    function _validKey(address signer) private view returns (KeyWord key) {
        key = _keys[signer];
        if (key.isNone()) revert UnknownKey(signer);
        if (block.timestamp < key.validFrom() || block.timestamp > key.validTo()) {
            revert KeyNotValid(signer, key.validFrom(), key.validTo(), block.timestamp);
        }
    }

    function _requireEnrolled(uint24 partner) private view {
        if (partner == 0 || partner > _partnerCount) revert UnknownPartner(partner);
    }

    function _requireKnownRoles(uint16 roles) private pure {
        if (roles == 0 || roles > Vocabulary.ALL_ROLES) revert UnknownRoles(roles);
    }

    function _requireInTime(uint64 deadline) private view {
        if (block.timestamp > deadline) revert GrantExpired(deadline, block.timestamp);
    }

    function _requireAdmin(address signer, KeyWord key) private pure {
        if (key.roles() & Vocabulary.ADMIN == 0) revert MissingRole(signer, key.roles(), Vocabulary.ADMIN);
    }

    function _requireSigned(address signer, uint8 kind, bytes32 structHash, bytes calldata signature) private view {
        if (!Signatures.isValid(signer, kind, _hashTypedDataV4(structHash), signature)) revert BadSignature(signer);
    }

    function _hash(KeyGrant calldata g) private pure returns (bytes32) {
        return keccak256(
            abi.encode(KEY_GRANT_TYPEHASH, g.key, g.partner, g.roles, g.kind, g.validFrom, g.validTo, g.deadline)
        );
    }

    function _notBefore(uint64 given, uint256 time) private pure returns (uint64) {
        return given < time ? uint64(time) : given;
    }
}
