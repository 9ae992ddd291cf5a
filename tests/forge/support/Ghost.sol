// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IProvenanceLedger as L} from "../../../contracts/interfaces/IProvenanceLedger.sol";
import {Check} from "./Check.sol";
import {Vm} from "./Vm.sol";

enum Kind {
    Intake,
    Report,
    Transfer,
    Withdrawal,
    Correction,
    Challenge,
    Hold,
    Ruling
}

/// @dev A message on its way: what the ledger should commit to if it records it.
struct Sent {
    Kind kind;
    bytes32 item;
    bytes32 digest;
    uint24 partner;
    uint16 roles;
    uint24 receiver;
    // false if any signature, key or partner behind it is not good at the time
    bool honest;
}

/// @dev A message that the ledger recorded, with the word before and the word after.
struct Recorded {
    Sent sent;
    uint256 before;
    uint256 later;
    uint256 time;
}

/// @dev A second memory of everything recorded, fed by logs alone and folded by itself.
abstract contract Ghost is Check {
    bytes32[] public items;
    mapping(bytes32 item => Recorded[]) internal _events;
    mapping(bytes32 item => Recorded[]) internal _challenges;
    mapping(bytes32 item => bool) private _known;
    uint256 public journal;

    mapping(uint256 stage => uint256) public entered;
    mapping(Kind kind => uint256) public recorded;
    mapping(bytes4 reason => uint256) public refused;
    uint256 public recordedDishonest;

    function openJournal(address ledger) internal {
        journal = uint256(keccak256(abi.encode(block.chainid, ledger))) >> 64 << 64;
    }

    function eventsOf(bytes32 item) external view returns (Recorded[] memory) {
        return _events[item];
    }

    function challengesOf(bytes32 item) external view returns (Recorded[] memory) {
        return _challenges[item];
    }

    function itemCount() external view returns (uint256) {
        return items.length;
    }

    /// @dev Takes up what one accepted call logged: one log for each message, in order.
    function settle(Sent[] memory sent, Vm.Log[] memory logs) internal {
        equal(logs.length, sent.length, "a log for each message");
        for (uint256 i = 0; i < sent.length; ++i) {
            equal(logs[i].topics[1], sent[i].item, "the log names the item");
            if (logs[i].topics[0] == L.Skipped.selector) {
                (uint256 index, bytes memory reason) = abi.decode(logs[i].data, (uint256, bytes));
                equal(index, i, "the skipped message's place");
                ++refused[bytes4(reason)];
            } else {
                equal(logs[i].topics[0], selectorOf(sent[i].kind), "the log is of the message's kind");
                record(sent[i], abi.decode(logs[i].data, (uint256)));
            }
        }
    }

    function record(Sent memory sent, uint256 word) internal {
        if (!_known[sent.item]) {
            _known[sent.item] = true;
            items.push(sent.item);
        }
        Recorded[] storage history = sent.kind == Kind.Challenge ? _challenges[sent.item] : _events[sent.item];
        uint256 before = history.length == 0 ? 0 : history[history.length - 1].later;
        history.push(Recorded(sent, before, word, block.timestamp));

        uint256 folded = uint256(keccak256(abi.encode(journal, sent.item, word)));
        journal = (folded >> 64 << 64) | ((journal + 1) % 2 ** 64);
        ++recorded[sent.kind];
        if (sent.kind != Kind.Challenge) ++entered[(word >> 28) % 16];
        if (!sent.honest) ++recordedDishonest;
    }

    function selectorOf(Kind kind) internal pure returns (bytes32) {
        if (kind == Kind.Intake) return L.ItemTakenIn.selector;
        if (kind == Kind.Report) return L.ConditionReported.selector;
        if (kind == Kind.Transfer) return L.CustodyTransferred.selector;
        if (kind == Kind.Withdrawal) return L.OfferWithdrawn.selector;
        if (kind == Kind.Correction) return L.EventCorrected.selector;
        if (kind == Kind.Challenge) return L.EventChallenged.selector;
        if (kind == Kind.Hold) return L.HoldChanged.selector;
        return L.ItemRuled.selector;
    }
}
