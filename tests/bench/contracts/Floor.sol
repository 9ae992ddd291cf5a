// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev What the chain itself charges, whatever a contract does with it. Each function takes a report's calldata.
contract Floor {
    struct Report {
        bytes32 item;
        uint16 seq;
        uint8 stage;
        uint8 grade;
        uint64 deadline;
        bytes32 details;
    }

    struct Authorization {
        address signer;
        bytes signature;
        uint256 index;
        bytes32[] path;
    }

    event Reported(bytes32 indexed item, uint256 slot, address signer, uint64 deadline, bytes32 details);

    mapping(bytes32 item => uint256) private _slots;

    /// @dev Calldata only.
    function nothing(Report[] calldata, Authorization calldata) external {}

    /// @dev Calldata, and a log like the ledger's for each report.
    function logOnly(Report[] calldata reports, Authorization calldata by) external {
        for (uint256 i = 0; i < reports.length; ++i) {
            Report calldata m = reports[i];
            emit Reported(m.item, m.seq, by.signer, m.deadline, m.details);
        }
    }

    /// @dev Calldata, and one word stored for each report.
    function storeOnly(Report[] calldata reports, Authorization calldata) external {
        for (uint256 i = 0; i < reports.length; ++i) {
            _slots[reports[i].item] = uint256(reports[i].details);
        }
    }

    /// @dev Calldata, one word read and stored and one log for each report: nothing that keeps a history costs less.
    function storeAndLog(Report[] calldata reports, Authorization calldata by) external {
        for (uint256 i = 0; i < reports.length; ++i) {
            Report calldata m = reports[i];
            uint256 slot = _slots[m.item] ^ uint256(m.details);
            _slots[m.item] = slot;
            emit Reported(m.item, slot, by.signer, m.deadline, m.details);
        }
    }
}
