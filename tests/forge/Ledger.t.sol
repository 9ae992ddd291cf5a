// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Authorized} from "../../contracts/Authorized.sol";
import {IPartnerRegistry} from "../../contracts/interfaces/IPartnerRegistry.sol";
import {Authorization, IProvenanceLedger as L} from "../../contracts/interfaces/IProvenanceLedger.sol";
import {KeyWord, Slot} from "../../contracts/libraries/Words.sol";
import {Check} from "./support/Check.sol";
import {Key, Network} from "./support/Network.sol";
import {Read} from "./support/Read.sol";
import {Typed} from "./support/Typed.sol";
import {VM} from "./support/Vm.sol";

/// @dev Promises about single calls, for any values.
contract LedgerTest is Network, Check {
    uint256 private constant SLOTS = 2; // the mapping's place, see the artifact's storage layout

    function setUp() public {
        found();
    }

    function testFuzz_each_leaf_of_a_signed_tree_can_be_recorded_alone(uint256 count, uint256 chosen) public {
        count = 2 + count % 20;
        chosen %= count;
        (L.Intake[] memory m, bytes32[] memory hashes) = _intakes(count);
        Authorization memory a = signedTree(keys[0], hashes, Typed.INTAKE);
        a.index = chosen;
        a.path = _pathTo(hashes, chosen);
        L.Intake[] memory one = new L.Intake[](1);
        one[0] = m[chosen];
        ledger.takeIn(one, a);
        for (uint256 i = 0; i < count; ++i) {
            yes((Slot.unwrap(ledger.slotOf(m[i].item)) != 0) == (i == chosen), "only the leaf that was sent", i);
        }
    }

    function testFuzz_a_path_to_another_place_is_refused(uint256 count, uint256 chosen, uint256 claimed) public {
        count = 2 + count % 20;
        (L.Intake[] memory m, bytes32[] memory hashes) = _intakes(count);
        Authorization memory a = signedTree(keys[0], hashes, Typed.INTAKE);
        a.path = _pathTo(hashes, chosen % count);
        a.index = claimed % 2 ** a.path.length;
        if (a.index == chosen % count) a.index ^= 1;
        L.Intake[] memory one = new L.Intake[](1);
        one[0] = m[chosen % count];
        VM.expectRevert(abi.encodeWithSelector(Authorized.BadSignature.selector, keys[0].account));
        ledger.takeIn(one, a);
    }

    function testFuzz_a_signature_covers_every_bit_of_its_message(bytes32 item, uint256 bit) public {
        L.Intake[] memory m = new L.Intake[](1);
        m[0] = L.Intake(item, 1, 3, FOREVER, keccak256("details"));
        Authorization memory a = signed(keys[0], Typed.hash(m[0]));
        bit %= 256 + 16 + 8 + 64 + 256;
        if (bit < 256) m[0].item ^= bytes32(1 << bit);
        else if (bit < 272) m[0].seq ^= uint16(1 << (bit - 256));
        else if (bit < 280) m[0].grade ^= uint8(1 << (bit - 272));
        else if (bit < 344) m[0].deadline ^= uint64(1 << (bit - 280));
        else m[0].details ^= bytes32(1 << (bit - 344));
        VM.expectRevert(abi.encodeWithSelector(Authorized.BadSignature.selector, keys[0].account));
        ledger.takeIn(m, a);
    }

    function testFuzz_a_recorded_message_is_never_recorded_again(bytes32 item, uint8 grade) public {
        L.Intake[] memory m = new L.Intake[](1);
        m[0] = L.Intake(item, 1, grade % 8, FOREVER, 0);
        Authorization memory a = signed(keys[0], Typed.hash(m[0]));
        ledger.takeIn(m, a);
        VM.expectRevert(abi.encodeWithSelector(L.StaleSeq.selector, item, 1, 2));
        ledger.takeIn(m, a);
    }

    function testFuzz_an_item_with_65535_events_takes_no_more(bytes32 item, uint8 stage) public {
        uint256 slot = (uint256(keccak256("head")) >> 48 << 48) | (65535 << 32) | (uint256(1 + stage % 14) << 28);
        VM.store(address(ledger), keccak256(abi.encode(item, SLOTS)), bytes32(slot));
        L.ConditionReport[] memory m = new L.ConditionReport[](1);
        m[0] = L.ConditionReport(item, 0, 1 + stage % 14, 0, FOREVER, 0);
        Authorization memory a = signed(keys[0], Typed.hash(m[0]));
        VM.expectRevert(abi.encodeWithSelector(L.SeqExhausted.selector, item));
        ledger.report(m, a);
    }

    function testFuzz_an_intake_puts_its_values_into_the_slot(bytes32 item, uint8 grade, uint32 time) public {
        VM.warp(block.timestamp + time);
        L.Intake[] memory m = new L.Intake[](1);
        m[0] = L.Intake(item, 1, grade % 8, FOREVER, keccak256("details"));
        ledger.takeIn(m, signed(keys[0], Typed.hash(m[0])));
        uint256 slot = Slot.unwrap(ledger.slotOf(item));
        bytes32 digest = keccak256(abi.encode(Typed.hash(m[0]), keys[0].account, keys[0].kind));
        bytes32 genesis = keccak256(abi.encode(block.chainid, ledger, item));
        equal(Read.head(slot), uint256(keccak256(abi.encode(genesis, digest, block.timestamp))) >> 48, "head");
        equal(Read.seq(slot), 1, "seq");
        equal(Read.stage(slot), 1, "stage");
        equal(Read.grade(slot), grade % 8, "grade");
        equal(Read.custodian(slot), keys[0].partner, "custodian");
        yes(!Read.onHold(slot), "not on hold", 0);
    }

    function testFuzz_a_key_signs_exactly_within_its_validity(uint32 from, uint32 length, uint64 time) public {
        uint64 begin = uint64(block.timestamp) + from;
        Key memory key = Key(VM.addr(7), 7, 1, HANDLERS, 1, begin + length);
        IPartnerRegistry.KeyGrant memory terms = grantOf(key);
        terms.validFrom = begin;
        bytes32 digest = registryDigest(Typed.hash(terms));
        registry.grantKey(terms, keys[0].account, sign(keys[0].secret, digest), sign(7, digest));
        time = uint64(block.timestamp) + time % (2 ** 34);
        VM.warp(time);
        bool valid = begin <= time && time <= key.validTo;
        if (!valid) {
            VM.expectRevert(
                abi.encodeWithSelector(IPartnerRegistry.KeyNotValid.selector, key.account, begin, key.validTo, time)
            );
        }
        KeyWord word = registry.authority(key.account);
        if (valid) equal(uint64(KeyWord.unwrap(word) >> 64), begin, "validFrom");
    }

    function testFuzz_a_stranger_grants_itself_nothing(uint256 secret, uint16 roles) public {
        secret = 1 + secret % 2 ** 250;
        Key memory key = Key(VM.addr(secret), secret, 1, roles % 512, 1, FOREVER);
        IPartnerRegistry.KeyGrant memory terms = grantOf(key);
        bytes memory signature = sign(secret, registryDigest(Typed.hash(terms)));
        VM.expectRevert(abi.encodeWithSelector(IPartnerRegistry.UnknownKey.selector, key.account));
        registry.grantKey(terms, key.account, signature, signature);
        VM.expectRevert(abi.encodeWithSelector(Authorized.BadSignature.selector, keys[0].account));
        if (terms.roles == 0 || terms.roles > 255) terms.roles = HANDLERS;
        signature = sign(secret, registryDigest(Typed.hash(terms)));
        registry.grantKey(terms, keys[0].account, signature, signature);
    }

    function _intakes(uint256 count) private pure returns (L.Intake[] memory m, bytes32[] memory hashes) {
        m = new L.Intake[](count);
        hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            m[i] = L.Intake(keccak256(abi.encode("item", i)), 1, 0, FOREVER, 0);
            hashes[i] = Typed.hash(m[i]);
        }
    }

    /// @dev The neighbours of a leaf and of the nodes above it, up to below the root.
    function _pathTo(bytes32[] memory hashes, uint256 leaf) private pure returns (bytes32[] memory path) {
        path = new bytes32[](Typed.height(hashes.length));
        for (uint256 level = 0; level < path.length; ++level) {
            uint256 neighbour = (leaf >> level) ^ 1;
            bytes32[] memory below = new bytes32[](2 ** level);
            for (uint256 i = 0; i < below.length; ++i) {
                uint256 place = neighbour * below.length + i;
                below[i] = place < hashes.length ? hashes[place] : Typed.zeroMessage(Typed.INTAKE);
            }
            path[level] = Typed.root(below, Typed.INTAKE);
        }
    }
}
