// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PartnerRegistry} from "../../contracts/PartnerRegistry.sol";
import {ProvenanceLedger} from "../../contracts/ProvenanceLedger.sol";
import {IPartnerRegistry} from "../../contracts/interfaces/IPartnerRegistry.sol";
import {Authorization, IProvenanceLedger as L} from "../../contracts/interfaces/IProvenanceLedger.sol";
import {ChallengeWord, Slot} from "../../contracts/libraries/Words.sol";
import {Dice} from "./support/Dice.sol";
import {Ghost, Kind, Sent} from "./support/Ghost.sol";
import {Key, Network} from "./support/Network.sol";
import {Read} from "./support/Read.sol";
import {Typed} from "./support/Typed.sol";
import {VM, Vm} from "./support/Vm.sol";
import {Wallet} from "./support/Wallet.sol";

/// @dev Does at random what honest and dishonest parties do, in one message or many, and remembers what was recorded.
/// Most of what it sends is nearly right: wrong in one thing, or in nothing.
contract LedgerHandler is Network, Ghost {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    mapping(uint24 partner => bool) private _suspended;
    bool private _paused;

    constructor() {
        found();
        openJournal(address(ledger));
        VM.recordLogs();
    }

    function theLedger() external view returns (ProvenanceLedger) {
        return ledger;
    }

    function theRegistry() external view returns (PartnerRegistry) {
        return registry;
    }

    function allKeys() external view returns (Key[] memory) {
        return keys;
    }

    // What parties do.

    function takeIn(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _takeIn(dice);
        _send(call, sent);
    }

    function report(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _report(dice);
        _send(call, sent);
    }

    function transfer(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _transfer(dice);
        _send(call, sent);
    }

    function withdraw(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _withdraw(dice);
        _send(call, sent);
    }

    function correct(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _correct(dice);
        _send(call, sent);
    }

    function challenge(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _challenge(dice);
        _send(call, sent);
    }

    function hold(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _hold(dice);
        _send(call, sent);
    }

    function rule(uint256 seed) external {
        Dice memory dice = _begin(seed);
        (bytes memory call, Sent[] memory sent) = _rule(dice);
        _send(call, sent);
    }

    /// @dev Whole calls of any kind in one, each composed as if it came first: what one does makes the next stale.
    function submit(uint256 seed) external {
        Dice memory dice = _begin(seed);
        bytes[] memory calls = new bytes[](dice.roll(5));
        Sent[][] memory sent = new Sent[][](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            (calls[i], sent[i]) = _any(dice);
        }
        VM.getRecordedLogs();
        (bool done, bytes memory answer) = address(ledger).call(abi.encodeCall(L.submit, (calls)));
        Vm.Log[] memory logs = VM.getRecordedLogs();
        if (!done) {
            ++refused[bytes4(answer)];
            return;
        }
        uint256 next = 0;
        for (uint256 i = 0; i < calls.length; ++i) {
            // A call whose messages were all refused reverts; forge shows its logs nevertheless.
            if (_allSkipped(logs, next, sent[i].length)) next += sent[i].length;
            if (_isCallSkipped(logs, next, i)) {
                ++next;
            } else {
                settle(sent[i], _slice(logs, next, sent[i].length));
                next += sent[i].length;
            }
        }
        equal(next, logs.length, "no log besides");
    }

    /// @dev What goes on around the ledger: keys come and go, partners are suspended, wallets turn bad, all is paused.
    function disturb(uint256 seed) external {
        Dice memory dice = _begin(seed);
        uint256 what = dice.roll(8);
        if (what == 0 || what == 5) _suspend(uint24(1 + dice.roll(PARTNERS)));
        else if (what == 1) _pause();
        else if (what == 2) _revoke(dice);
        else if (what == 3) _spoilAWallet(dice);
        else if (what == 4 && !_paused) _grantAnother(dice);
        else _calm();
        VM.getRecordedLogs();
    }

    function _any(Dice memory dice) private view returns (bytes memory, Sent[] memory) {
        uint256 what = dice.roll(10);
        if (what < 2) return _takeIn(dice);
        if (what < 4) return _report(dice);
        if (what == 4) return _transfer(dice);
        if (what == 5) return _withdraw(dice);
        if (what == 6) return _correct(dice);
        if (what == 7) return _challenge(dice);
        if (what == 8) return _hold(dice);
        return _rule(dice);
    }

    // The messages.

    function _takeIn(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        Key memory by = _keyOf(dice, uint24(1 + dice.roll(PARTNERS)));
        L.Intake[] memory m = new L.Intake[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            bytes32 item = dice.rarely(6) || items.length < 4 ? dice.word() : _item(dice);
            m[i] = L.Intake(item, _seq(dice, _slot(item)), _grade(dice, 0), _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.INTAKE);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Intake, m[i].item, hashes[i], by, honest);
        }
        return (abi.encodeCall(L.takeIn, (m, a)), sent);
    }

    function _report(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        bytes32 item = _item(dice);
        Key memory by = _keyOf(dice, Read.custodian(_slot(item)));
        L.ConditionReport[] memory m = new L.ConditionReport[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            uint256 slot = _slot(item);
            uint8 stage = _stageAfter(dice, Read.stage(slot));
            uint8 grade = _grade(dice, stage == 2 && Read.grade(slot) == 0 ? 1 : Read.grade(slot));
            m[i] = L.ConditionReport(item, _seq(dice, slot), stage, grade, _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
            item = _itemOf(dice, by.partner);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.REPORT);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Report, m[i].item, hashes[i], by, honest);
        }
        return (abi.encodeCall(L.report, (m, a)), sent);
    }

    function _transfer(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        bytes32 item = _item(dice);
        Key memory giver = _keyOf(dice, Read.custodian(_slot(item)));
        uint24 to = uint24(1 + dice.roll(PARTNERS));
        Key memory receiver = _keyOf(dice, to);
        L.CustodyOffer[] memory m = new L.CustodyOffer[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            bytes32 prior = dice.rarely(12) ? dice.word() : bytes32(_slot(item));
            uint24 named = dice.rarely(12) ? uint24(1 + dice.roll(PARTNERS)) : to;
            m[i] = L.CustodyOffer(item, prior, named, _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
            item = _itemOf(dice, giver.partner);
        }
        L.Acceptance[] memory acceptances = _acceptances(dice, m.length);
        bytes32[] memory accepted = _acceptanceHashes(hashes, acceptances);
        (Authorization memory a, bool honest) = _authorize(dice, giver, hashes, Typed.OFFER);
        (Authorization memory b, bool alsoHonest) = _authorize(dice, receiver, accepted, Typed.ACCEPTANCE);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length && i < accepted.length; ++i) {
            sent[i] = _sent(Kind.Transfer, m[i].item, hashes[i], giver, honest && alsoHonest);
            _countersign(sent[i], hashes[i], giver, accepted[i], receiver);
        }
        return (abi.encodeCall(L.transfer, (m, a, acceptances, b)), sent);
    }

    function _withdraw(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        bytes32 item = _item(dice);
        Key memory by = _keyOf(dice, Read.custodian(_slot(item)));
        L.Withdrawal[] memory m = new L.Withdrawal[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            m[i] = L.Withdrawal(item, _seq(dice, _slot(item)), dice.word(), _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
            item = _itemOf(dice, by.partner);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.WITHDRAWAL);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Withdrawal, m[i].item, hashes[i], by, honest);
        }
        return (abi.encodeCall(L.withdraw, (m, a)), sent);
    }

    function _correct(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        bytes32 item = _item(dice);
        Key memory by = dice.rarely(3) ? _auditor(dice) : _keyOf(dice, Read.custodian(_slot(item)));
        L.Correction[] memory m = new L.Correction[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            uint256 slot = _slot(item);
            uint16 corrects = _pastEvent(dice, slot);
            m[i] = L.Correction(item, _seq(dice, slot), corrects, _answers(dice, item), _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
            item = _itemOf(dice, by.partner);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.CORRECTION);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Correction, m[i].item, hashes[i], by, honest);
        }
        return (abi.encodeCall(L.correct, (m, a)), sent);
    }

    function _challenge(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        Key memory by = _keyOf(dice, uint24(1 + dice.roll(PARTNERS)));
        L.Challenge[] memory m = new L.Challenge[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            bytes32 item = _item(dice);
            uint16 count = _challengeCount(item) + (dice.rarely(12) ? 2 : 1);
            m[i] = L.Challenge(item, count, _pastEvent(dice, _slot(item)), _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.CHALLENGE);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Challenge, m[i].item, hashes[i], by, honest);
        }
        return (abi.encodeCall(L.challenge, (m, a)), sent);
    }

    function _hold(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        Key memory by = dice.rarely(8) ? _keyOf(dice, uint24(1 + dice.roll(PARTNERS))) : _auditor(dice);
        L.Hold[] memory m = new L.Hold[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            bytes32 item = _item(dice);
            bool onHold = Read.onHold(_slot(item)) == dice.rarely(8);
            m[i] = L.Hold(item, _seq(dice, _slot(item)), onHold, _deadline(dice), dice.word());
            hashes[i] = Typed.hash(m[i]);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.HOLD);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Hold, m[i].item, hashes[i], by, honest);
        }
        return (abi.encodeCall(L.hold, (m, a)), sent);
    }

    function _rule(Dice memory dice) private view returns (bytes memory, Sent[] memory sent) {
        Key memory by = dice.rarely(8) ? _keyOf(dice, uint24(1 + dice.roll(PARTNERS))) : _auditor(dice);
        bool moving = dice.rarely(2);
        uint24 to = uint24(1 + dice.roll(PARTNERS));
        Key memory receiver = _keyOf(dice, to);
        L.Ruling[] memory m = new L.Ruling[](_many(dice));
        bytes32[] memory hashes = new bytes32[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            m[i] = _ruling(dice, moving, to);
            hashes[i] = Typed.hash(m[i]);
        }
        (Authorization memory a, bool honest) = _authorize(dice, by, hashes, Typed.RULING);
        sent = new Sent[](m.length);
        for (uint256 i = 0; i < m.length; ++i) {
            sent[i] = _sent(Kind.Ruling, m[i].item, hashes[i], by, honest);
        }
        // Now and then a ruling that moves custody comes without its acceptance, or another with one.
        if (moving == dice.rarely(12)) return (abi.encodeCall(L.rule, (m, a)), sent);
        return (_withAcceptances(dice, m, hashes, by, a, receiver, sent), sent);
    }

    function _ruling(Dice memory dice, bool moving, uint24 to) private view returns (L.Ruling memory) {
        bytes32 item = _item(dice);
        uint256 slot = _slot(item);
        uint8 stage = uint8(moving && dice.rarely(2) ? 1 + dice.roll(4) : dice.roll(16));
        uint24 custodian = Read.isAwayStage(stage) ? 0 : (moving ? to : Read.custodian(slot));
        if (dice.rarely(12)) custodian = uint24(dice.roll(PARTNERS + 1));
        uint8 grade = _grade(dice, stage == 2 ? 3 : Read.grade(slot));
        return L.Ruling({
            item: item,
            seq: _seq(dice, slot),
            stage: stage,
            grade: grade,
            to: custodian,
            answers: _answers(dice, item),
            deadline: _deadline(dice),
            details: dice.word()
        });
    }

    function _withAcceptances(
        Dice memory dice,
        L.Ruling[] memory m,
        bytes32[] memory hashes,
        Key memory by,
        Authorization memory a,
        Key memory receiver,
        Sent[] memory sent
    ) private view returns (bytes memory) {
        L.Acceptance[] memory acceptances = _acceptances(dice, m.length);
        bytes32[] memory accepted = _acceptanceHashes(hashes, acceptances);
        (Authorization memory b, bool honest) = _authorize(dice, receiver, accepted, Typed.ACCEPTANCE);
        for (uint256 i = 0; i < m.length && i < accepted.length; ++i) {
            _countersign(sent[i], hashes[i], by, accepted[i], receiver);
            sent[i].honest = sent[i].honest && honest;
        }
        return abi.encodeCall(L.ruleAndTransfer, (m, a, acceptances, b));
    }

    // Choices.

    function _many(Dice memory dice) private pure returns (uint256) {
        if (dice.rarely(50)) return 0;
        return dice.rarely(4) ? 2 + dice.roll(5) : 1;
    }

    /// @dev One of the latest items, seldom one that nobody knows.
    function _item(Dice memory dice) private view returns (bytes32) {
        uint256 count = items.length;
        if (count == 0 || dice.rarely(20)) return dice.word();
        return items[count - 1 - dice.roll(count < 8 ? count : 8)];
    }

    /// @dev If a few tries find one, an item in the partner's custody.
    function _itemOf(Dice memory dice, uint24 partner) private view returns (bytes32 item) {
        for (uint256 tries = 0; tries < 6; ++tries) {
            item = _item(dice);
            if (Read.custodian(_slot(item)) == partner) return item;
        }
    }

    /// @dev Mostly a key of the partner, now and then anybody's.
    function _keyOf(Dice memory dice, uint24 partner) private view returns (Key memory) {
        if (partner == 0 || dice.rarely(10)) return keys[dice.roll(keys.length)];
        while (true) {
            Key memory key = keys[dice.roll(keys.length)];
            if (key.partner == partner) return key;
        }
        revert("every partner has keys");
    }

    function _auditor(Dice memory dice) private view returns (Key memory) {
        while (true) {
            Key memory key = keys[dice.roll(keys.length)];
            if (key.roles & AUDITOR != 0) return key;
        }
        revert("there are auditors");
    }

    function _seq(Dice memory dice, uint256 slot) private pure returns (uint16) {
        return dice.rarely(16) ? uint16(dice.roll(6)) : Read.seq(slot) + 1;
    }

    /// @dev Mostly one that SPEC.md section 4 allows, else any number.
    function _stageAfter(Dice memory dice, uint8 stage) private pure returns (uint8) {
        if (stage > 12 || dice.rarely(4)) return uint8(dice.roll(16));
        if (dice.rarely(4)) return stage;
        // A row for each stage from 0 to 12; one digit for each stage that it may become.
        bytes[13] memory table = [
            bytes(hex"01"),
            hex"020a0b0c",
            hex"03040607090a0b0e",
            hex"02",
            hex"0205",
            hex"01",
            hex"0d0e",
            hex"020809",
            hex"01",
            hex"01",
            hex"01",
            hex"02060e",
            hex"010e"
        ];
        bytes memory row = table[stage];
        return uint8(row[dice.roll(row.length)]);
    }

    function _grade(Dice memory dice, uint8 likely) private pure returns (uint8) {
        return dice.rarely(4) ? uint8(dice.roll(9)) : likely;
    }

    function _deadline(Dice memory dice) private view returns (uint64) {
        return uint64(dice.rarely(16) ? block.timestamp - 1 : block.timestamp + dice.roll(100));
    }

    function _pastEvent(Dice memory dice, uint256 slot) private pure returns (uint16) {
        uint16 last = Read.seq(slot);
        return dice.rarely(10) || last == 0 ? uint16(dice.roll(2) * (last + 1)) : uint16(1 + dice.roll(last));
    }

    function _answers(Dice memory dice, bytes32 item) private view returns (uint16) {
        uint16 count = _challengeCount(item);
        return dice.rarely(12) ? count + 1 : uint16(dice.roll(uint256(count) + 1));
    }

    function _acceptances(Dice memory dice, uint256 count) private pure returns (L.Acceptance[] memory acceptances) {
        acceptances = new L.Acceptance[](dice.rarely(40) ? count + 1 : count);
        for (uint256 i = 0; i < acceptances.length; ++i) {
            acceptances[i] = L.Acceptance(uint16(dice.roll(32)), dice.word());
        }
    }

    // Hashes and signatures.

    function _acceptanceHashes(bytes32[] memory offers, L.Acceptance[] memory acceptances)
        private
        pure
        returns (bytes32[] memory hashes)
    {
        hashes = new bytes32[](acceptances.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = Typed.hash(i < offers.length ? offers[i] : bytes32(0), acceptances[i]);
        }
    }

    function _sent(Kind kind, bytes32 item, bytes32 structHash, Key memory by, bool honest)
        private
        pure
        returns (Sent memory)
    {
        bytes32 digest = keccak256(abi.encode(structHash, by.account, by.kind));
        return Sent(kind, item, digest, by.partner, by.roles, 0, honest);
    }

    function _countersign(Sent memory sent, bytes32 structHash, Key memory by, bytes32 acceptance, Key memory receiver)
        private
        pure
    {
        sent.digest =
            keccak256(abi.encode(structHash, by.account, by.kind, acceptance, receiver.account, receiver.kind));
        sent.receiver = receiver.partner;
    }

    /// @dev Whether it is honest: key, partner and signature are all good now.
    function _authorize(Dice memory dice, Key memory key, bytes32[] memory hashes, string memory messageType)
        private
        view
        returns (Authorization memory a, bool honest)
    {
        a.signer = key.account;
        if (hashes.length == 0) return (a, false);
        a.path = new bytes32[](dice.rarely(4) ? 1 + dice.roll(3) : 0);
        for (uint256 i = 0; i < a.path.length; ++i) {
            a.path[i] = dice.word();
        }
        a.index = dice.roll(2 ** a.path.length);
        bytes32 structHash = _signedHash(hashes, a.index, a.path, messageType);
        if (!dice.rarely(10)) {
            a.signature = sign(key.secret, ledgerDigest(structHash));
            return (a, _maySign(key));
        }
        _forge(dice, key, structHash, a);
    }

    function _signedHash(bytes32[] memory hashes, uint256 index, bytes32[] memory path, string memory messageType)
        private
        pure
        returns (bytes32 node)
    {
        uint256 height = Typed.height(hashes.length) + path.length;
        node = Typed.root(hashes, messageType);
        for (uint256 i = 0; i < path.length; ++i) {
            bool isRight = (index >> i) % 2 == 1;
            node = isRight ? keccak256(abi.encode(path[i], node)) : keccak256(abi.encode(node, path[i]));
        }
        if (height != 0) node = keccak256(abi.encode(Typed.treeType(messageType, height), node));
    }

    /// @dev A signature that is wrong in one thing.
    function _forge(Dice memory dice, Key memory key, bytes32 structHash, Authorization memory a) private view {
        bytes32 digest = ledgerDigest(structHash);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key.secret, digest);
        uint256 how = dice.roll(9);
        if (how == 0) a.signature = sign(secretOf(0, 99), digest);
        else if (how == 1) a.signature = sign(key.secret, registryDigest(structHash));
        else if (how == 2) a.signature = sign(key.secret, _digestForOtherChain(structHash));
        else if (how == 3) a.signature = sign(key.secret, ledgerDigest(dice.word()));
        else if (how == 4) a.signature = abi.encodePacked(r, ORDER - uint256(s), v ^ 7);
        else if (how == 5) a.signature = abi.encodePacked(r, s);
        else if (how == 6) a.signature = abi.encodePacked(r, s, v - 27);
        else a.signature = abi.encodePacked(r, s, v);
        if (how == 7) a.index = 2 ** a.path.length + dice.roll(3);
        if (how == 8) a.path = new bytes32[](a.path.length + 1);
    }

    function _digestForOtherChain(bytes32 structHash) private view returns (bytes32) {
        return Typed.digest("ProvenanceLedger", block.chainid + 1, address(ledger), structHash);
    }

    function _maySign(Key memory key) private view returns (bool) {
        if (_paused || key.partner == 0 || _suspended[key.partner] || block.timestamp > key.validTo) return false;
        return key.kind == 1 || Wallet(key.account).mood() == Wallet.Mood.Honest;
    }

    // The ledger.

    function _begin(uint256 seed) private returns (Dice memory dice) {
        dice = Dice(seed);
        VM.warp(block.timestamp + dice.roll(50));
        if (dice.rarely(5)) _calm();
    }

    function _send(bytes memory call, Sent[] memory sent) private {
        VM.getRecordedLogs();
        (bool done, bytes memory answer) = address(ledger).call(call);
        if (done) settle(sent, VM.getRecordedLogs());
        else ++refused[bytes4(answer)];
    }

    function _slot(bytes32 item) private view returns (uint256) {
        return Slot.unwrap(ledger.slotOf(item));
    }

    function _challengeCount(bytes32 item) private view returns (uint16) {
        return uint16(ChallengeWord.unwrap(ledger.challengeWordOf(item)) >> 32);
    }

    function _allSkipped(Vm.Log[] memory logs, uint256 from, uint256 count) private pure returns (bool) {
        for (uint256 i = from; i < from + count; ++i) {
            if (i >= logs.length || logs[i].topics[0] != L.Skipped.selector) return false;
        }
        return true;
    }

    function _isCallSkipped(Vm.Log[] memory logs, uint256 next, uint256 call) private returns (bool) {
        if (next >= logs.length || logs[next].topics[0] != L.CallSkipped.selector) return false;
        (uint256 index, bytes memory reason) = abi.decode(logs[next].data, (uint256, bytes));
        equal(index, call, "the skipped call's place");
        ++refused[bytes4(reason)];
        return true;
    }

    function _slice(Vm.Log[] memory logs, uint256 from, uint256 count) private pure returns (Vm.Log[] memory part) {
        part = new Vm.Log[](count);
        for (uint256 i = 0; i < count; ++i) {
            part[i] = logs[from + i];
        }
    }

    // The registry.

    function _suspend(uint24 partner) private {
        registry.suspend(partner);
        _suspended[partner] = true;
    }

    function _pause() private {
        if (!_paused) registry.pause();
        _paused = true;
    }

    function _calm() private {
        for (uint24 partner = 1; partner <= PARTNERS; ++partner) {
            if (_suspended[partner]) registry.reinstate(partner);
            _suspended[partner] = false;
        }
        if (_paused) registry.unpause();
        _paused = false;
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i].kind == 2) Wallet(keys[i].account).become(Wallet.Mood.Honest);
        }
        VM.getRecordedLogs();
    }

    /// @dev The first key of a partner, its administrator, stays; the others may end now or soon.
    function _revoke(Dice memory dice) private {
        uint256 chosen = dice.roll(keys.length);
        Key memory key = keys[chosen];
        if (key.partner == 0 || key.roles & ADMIN != 0) return;
        Key memory admin = _adminOf(key.partner);
        uint64 validTo = uint64(block.timestamp + dice.roll(100));
        if (validTo >= key.validTo) return;
        IPartnerRegistry.KeyRevocation memory m = IPartnerRegistry.KeyRevocation(key.account, validTo, FOREVER);
        registry.revokeKey(m, admin.account, sign(admin.secret, registryDigest(Typed.hash(m))));
        keys[chosen].validTo = validTo;
    }

    function _spoilAWallet(Dice memory dice) private {
        Key memory key = keys[dice.roll(keys.length)];
        if (key.kind == 2) Wallet(key.account).become(Wallet.Mood(1 + dice.roll(5)));
    }

    function _grantAnother(Dice memory dice) private {
        uint24 partner = uint24(1 + dice.roll(PARTNERS));
        if (_suspended[partner]) return;
        uint16 roles = partner >= FIRST_AUDITOR && dice.rarely(2) ? AUDITOR : HANDLERS;
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i].partner == partner && keys[i].roles & ADMIN != 0) {
                grant(i, secretOf(partner, 1000 + keys.length), roles, uint8(1 + dice.roll(2)));
                return;
            }
        }
    }

    function _adminOf(uint24 partner) private view returns (Key memory) {
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i].partner == partner && keys[i].roles & ADMIN != 0) return keys[i];
        }
        revert("every partner has an administrator");
    }
}
