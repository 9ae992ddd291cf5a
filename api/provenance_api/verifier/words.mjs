/** The storage words, read strictly: a word that no contract writes is refused (contracts/SPEC.md, sections 1 and 2). */

import { concat, hex, isZero, toBigInt, toNumber, word } from './bytes.mjs';
import { Rejection } from './errors.mjs';
import { keccakWords } from './hashing.mjs';
import { ACCOUNT, ALL_ROLES, MAX_GRADE, MAX_STAGE, WALLET } from './vocabulary.mjs';

const HEAD = 26;

/**
 * What a slot says of its item: head 208 | seq 16 | stage 4 | onHold 1 | grade 3 | custodian 24.
 * @typedef {{ head: Uint8Array, seq: number, stage: number, onHold: boolean, grade: number, custodian: number }} Slot
 */

/** head 208 | count 16 | zero 32. @typedef {{ head: Uint8Array, count: number }} ChallengeWord */

/**
 * zero 80 | partner 24 | roles 16 | kind 8 | validFrom 64 | validTo 64; times in Unix seconds, both inclusive.
 * @typedef {{ partner: number, roles: number, kind: number, validFrom: bigint, validTo: bigint }} KeyWord
 */

/** The slot in a storage word; null where the item was never taken in. @param {Uint8Array} stored @returns {Slot | null} */
export function readSlot(stored) {
  if (isZero(stored)) return null;
  const state = toNumber(stored.subarray(28, 32));
  const seq = toNumber(stored.subarray(HEAD, 28));
  const stage = state >>> 28;
  if (seq === 0 || stage === 0 || stage > MAX_STAGE) {
    throw new Rejection(`slot: ${hex(stored)}: its seq is at least 1 and its stage from 1 to 14 in every ledger`);
  }
  return {
    head: stored.slice(0, HEAD),
    seq,
    stage,
    onHold: ((state >>> 27) & 1) === 1,
    grade: (state >>> 24) & MAX_GRADE,
    custodian: state & 0xffffff,
  };
}

/** @param {Slot} slot @returns {Uint8Array} */
export function slotWord(slot) {
  const state = ((slot.stage << 28) | (Number(slot.onHold) << 27) | (slot.grade << 24) | slot.custodian) >>> 0;
  return concat(slot.head, word(BigInt(slot.seq) * 0x1_0000_0000n + BigInt(state)).subarray(HEAD));
}

/** Null where nobody challenged the item. @param {Uint8Array} stored @returns {ChallengeWord | null} */
export function readChallengeWord(stored) {
  if (isZero(stored)) return null;
  const count = toNumber(stored.subarray(HEAD, 28));
  if (count === 0 || !isZero(stored.subarray(28))) {
    throw new Rejection(`challenge word: ${hex(stored)}: its count is at least 1 and its low 32 bits are zero`);
  }
  return { head: stored.slice(0, HEAD), count };
}

/** @param {ChallengeWord} challenges @returns {Uint8Array} */
export function challengeWord(challenges) {
  return concat(challenges.head, word(challenges.count).subarray(30), new Uint8Array(4));
}

/** @param {Uint8Array} stored @param {string} [place] @returns {KeyWord} */
export function readKeyWord(stored, place = 'key word') {
  const partner = toNumber(stored.subarray(10, 13));
  const roles = toNumber(stored.subarray(13, 15));
  const kind = stored[15];
  if (isZero(stored)) throw new Rejection(`${place}: the registry knows no such key: give keys that were granted`);
  const known = partner > 0 && roles > 0 && roles <= ALL_ROLES && (kind === ACCOUNT || kind === WALLET);
  if (!known || !isZero(stored.subarray(0, 10))) {
    throw new Rejection(`${place}: ${hex(stored)}: no registry writes such a word`);
  }
  return { partner, roles, kind, validFrom: toBigInt(stored.subarray(16, 24)), validTo: toBigInt(stored.subarray(24)) };
}

/** What stands for the prior word in an item's first head. @param {number} chainId @param {Uint8Array} ledger @param {Uint8Array} item */
export const genesis = (chainId, ledger, item) => keccakWords(chainId, ledger, item);

/**
 * The head after an event: the top 208 bits of keccak256(enc(prior, event digest, block time)).
 * @param {Uint8Array} prior @param {Uint8Array} digest @param {number} time Unix seconds
 */
export const nextHead = (prior, digest, time) => keccakWords(prior, digest, time).slice(0, HEAD);
