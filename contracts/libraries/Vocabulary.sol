// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Stages, roles and the moves between stages, as constant bit tables
library Vocabulary {
    uint256 internal constant RECEIVED = 1;
    uint256 internal constant EVALUATED = 2;
    uint256 internal constant IN_REPAIR = 3;
    uint256 internal constant IN_REFURBISHMENT = 4;
    uint256 internal constant REMANUFACTURED = 5;
    uint256 internal constant MATERIAL_RECOVERY = 6;
    uint256 internal constant RESALE_READY = 7;
    uint256 internal constant RESOLD = 8;
    uint256 internal constant REUSED = 9;
    uint256 internal constant SENT_BACK = 10;
    uint256 internal constant STORED_FOR_ANALYSIS = 11;
    uint256 internal constant MISSING = 12;
    uint256 internal constant RECYCLED = 13;
    uint256 internal constant DISPOSED = 14;
    uint256 internal constant LAST_STAGE = DISPOSED;
    uint256 internal constant LAST_GRADE = 7;

    uint16 internal constant ADMIN = 1;
    uint16 internal constant INTAKE = 2;
    uint16 internal constant CARRIER = 4;
    uint16 internal constant INSPECTOR = 8;
    uint16 internal constant REPAIRER = 16;
    uint16 internal constant RECYCLER = 32;
    uint16 internal constant RESELLER = 64;
    uint16 internal constant DEVICE = 128;
    uint16 internal constant AUDITOR = 256;
    uint16 internal constant ALL_ROLES = 511;
    uint16 internal constant ANY_ROLE = ALL_ROLES;
    /// @dev Who may give or take custody: not an administrator's, a device's or an auditor's key.
    uint16 internal constant HANDLERS = INTAKE | CARRIER | INSPECTOR | REPAIRER | RECYCLER | RESELLER;

    uint256 private constant LEFT = (1 << RESOLD) | (1 << REUSED) | (1 << SENT_BACK);
    uint256 private constant ENDED = (1 << REMANUFACTURED) | (1 << RECYCLED) | (1 << DISPOSED);
    /// @dev Stage 0, an item never seen, may be taken in as well.
    uint256 private constant OPEN_TO_INTAKE = LEFT | 1;

    /// @dev What every stage with a custodian may become: itself (an observation) and Missing.
    uint256 private constant AWAY = 1 << MISSING;
    /// @dev Sixteen bits a stage: the stages that it may become by a condition report.
    uint256 private constant MOVES =
        (((1 << RECEIVED) | (1 << EVALUATED) | (1 << SENT_BACK) | (1 << STORED_FOR_ANALYSIS) | AWAY) << (16 * RECEIVED))
            | (((1 << EVALUATED)
                    | (1 << IN_REPAIR)
                    | (1 << IN_REFURBISHMENT)
                    | (1 << MATERIAL_RECOVERY)
                    | (1 << RESALE_READY)
                    | (1 << REUSED)
                    | (1 << SENT_BACK)
                    | (1 << STORED_FOR_ANALYSIS)
                    | (1 << DISPOSED)
                    | AWAY)
                << (16 * EVALUATED)) | (((1 << IN_REPAIR) | (1 << EVALUATED) | AWAY) << (16 * IN_REPAIR))
            | (((1 << IN_REFURBISHMENT) | (1 << EVALUATED) | (1 << REMANUFACTURED) | AWAY) << (16 * IN_REFURBISHMENT))
            | (((1 << MATERIAL_RECOVERY) | (1 << RECYCLED) | (1 << DISPOSED) | AWAY) << (16 * MATERIAL_RECOVERY))
            | (((1 << RESALE_READY) | (1 << EVALUATED) | (1 << RESOLD) | (1 << REUSED) | AWAY) << (16 * RESALE_READY))
            | (((1 << STORED_FOR_ANALYSIS) | (1 << EVALUATED) | (1 << MATERIAL_RECOVERY) | (1 << DISPOSED) | AWAY)
                << (16 * STORED_FOR_ANALYSIS))
            | (((1 << MISSING) | (1 << RECEIVED) | (1 << DISPOSED)) << (16 * MISSING));

    /// @dev Sixteen bits a stage: the roles of which a key needs one to bring an item there.
    uint256 private constant ROLES = (uint256(INTAKE) << (16 * RECEIVED)) | (uint256(INSPECTOR) << (16 * EVALUATED))
        | (uint256(REPAIRER) << (16 * IN_REPAIR)) | (uint256(REPAIRER) << (16 * IN_REFURBISHMENT))
        | (uint256(REPAIRER) << (16 * REMANUFACTURED)) | (uint256(RECYCLER) << (16 * MATERIAL_RECOVERY))
        | (uint256(RESELLER) << (16 * RESALE_READY)) | (uint256(RESELLER) << (16 * RESOLD))
        | (uint256(RESELLER) << (16 * REUSED)) | (uint256(INTAKE) << (16 * SENT_BACK))
        | (uint256(INSPECTOR) << (16 * STORED_FOR_ANALYSIS)) | (uint256(ANY_ROLE) << (16 * MISSING))
        | (uint256(RECYCLER) << (16 * RECYCLED)) | (uint256(RECYCLER) << (16 * DISPOSED));

    function isStage(uint256 number) internal pure returns (bool) {
        unchecked {
            return number - 1 < LAST_STAGE;
        }
    }

    /// @param from 0 to 14
    /// @param to 0 to 15
    function mayBecome(uint256 from, uint256 to) internal pure returns (bool) {
        unchecked {
            return (MOVES >> (16 * from + to)) & 1 == 1;
        }
    }

    /// @param stage 0 to 15
    function roleFor(uint256 stage) internal pure returns (uint256) {
        unchecked {
            return uint16(ROLES >> (16 * stage));
        }
    }

    function isOpenToIntake(uint256 stage) internal pure returns (bool) {
        return (OPEN_TO_INTAKE >> stage) & 1 == 1;
    }

    function hasEnded(uint256 stage) internal pure returns (bool) {
        return (ENDED >> stage) & 1 == 1;
    }

    /// @dev Whether nobody in the network holds an item of this stage: it was sold, given or sent away, or is no more.
    function isAway(uint256 stage) internal pure returns (bool) {
        return ((LEFT | ENDED) >> stage) & 1 == 1;
    }
}
