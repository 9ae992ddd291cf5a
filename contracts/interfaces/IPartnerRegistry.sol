// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {KeyWord} from "../libraries/Words.sol";

/// @title Who may sign for whom, and since when
/// @notice A partner is an organisation, known by a small number and the hash of its name. A key is an address that acts
/// for one partner, with roles and a time of validity. A key's word is written once: only the end of its validity may
/// still fall, never below the time of the block that lowers it. So a storage proof of that word at any later block
/// settles whether the key was valid when an event was recorded.
interface IPartnerRegistry {
    /// @notice A key's rights, signed by an administrator of the partner and countersigned by the key itself.
    /// @param key the address that shall act for the partner
    /// @param partner the partner's number
    /// @param roles bits: 1 ADMIN, 2 INTAKE, 4 CARRIER, 8 INSPECTOR, 16 REPAIRER, 32 RECYCLER, 64 RESELLER, 128 DEVICE, 256 AUDITOR
    /// @param kind 1 account, 2 contract wallet (ERC-1271)
    /// @param validFrom Unix seconds; an earlier time than the block's counts as the block's
    /// @param validTo Unix seconds, the last second in which the key is valid
    /// @param deadline Unix seconds, the last second in which the grant may be written
    struct KeyGrant {
        address key;
        uint24 partner;
        uint16 roles;
        uint8 kind;
        uint64 validFrom;
        uint64 validTo;
        uint64 deadline;
    }

    /// @notice The end of a key's validity, signed by an administrator of its partner or by the key itself.
    /// @param validTo Unix seconds; an earlier time than the block's counts as the block's
    struct KeyRevocation {
        address key;
        uint64 validTo;
        uint64 deadline;
    }

    event PartnerEnrolled(uint24 indexed partner, bytes32 nameHash, uint16 roles);
    event RolesAllowed(uint24 indexed partner, uint16 roles);
    event SuspensionChanged(uint24 indexed partner, bool suspended);
    event KeyGranted(address indexed key, uint24 indexed partner, address administrator, KeyWord word);
    event KeyRevoked(address indexed key, uint24 indexed partner, address signer, KeyWord word);
    event RegistrarNamed(address indexed registrar);

    error NotRegistrar(address caller);
    error RenouncingRefused();
    error NameMissing();
    error UnknownRoles(uint16 roles);
    error UnknownPartner(uint24 partner);
    error WrongPartner(uint24 given, uint24 expected);
    error GrantExpired(uint64 deadline, uint256 time);
    error KeyExists(address key);
    error UnknownKind(uint8 kind);
    error RolesNotAllowed(uint24 partner, uint16 roles, uint16 allowed);
    error ValidityEmpty(uint64 validFrom, uint64 validTo);
    error ValidityNotLowered(address key, uint64 given, uint64 current);
    /// @dev The four that an authorization may meet; the ledger and the anchors pass them on.
    error UnknownKey(address signer);
    error KeyNotValid(address signer, uint64 validFrom, uint64 validTo, uint256 time);
    error PartnerSuspended(uint24 partner);
    error MissingRole(address signer, uint16 has, uint16 needs);

    /// @notice Enrols the next partner with its first key, which must be an administrator and countersigns its grant.
    /// @param nameHash keccak256 of the partner's name in UTF-8; fixed for ever
    /// @param roles the roles that the partner may grant to its keys
    /// @return partner the number given, the predecessor's plus one; the first is 1
    function enrol(bytes32 nameHash, uint16 roles, KeyGrant calldata grant, bytes calldata countersignature)
        external
        returns (uint24 partner);

    /// @notice Sets the roles that a partner may grant from now on. Keys that exist keep theirs.
    function allowRoles(uint24 partner, uint16 roles) external;

    /// @notice From now on nothing signed by the partner's keys is recorded. What was recorded stays.
    function suspend(uint24 partner) external;

    function reinstate(uint24 partner) external;

    /// @notice Writes a key's word; anyone may bring the two signatures.
    function grantKey(
        KeyGrant calldata grant,
        address administrator,
        bytes calldata signature,
        bytes calldata countersignature
    ) external;

    /// @notice Lowers the end of a key's validity. Works while paused or suspended: it only takes rights away.
    function revokeKey(KeyRevocation calldata revocation, address signer, bytes calldata signature) external;

    function nameRegistrar(address registrar_) external;

    function pause() external;

    function unpause() external;

    /// @notice The word of a key that may sign now; reverts with the reason if it may not.
    function authority(address signer) external view returns (KeyWord);

    /// @notice The word of a key, zero if it was never written.
    function keyOf(address key) external view returns (KeyWord);

    function nameHashOf(uint24 partner) external view returns (bytes32);

    function standingOf(uint24 partner) external view returns (uint16 allowedRoles, bool suspended);

    function partnerCount() external view returns (uint24);

    function registrar() external view returns (address);
}
