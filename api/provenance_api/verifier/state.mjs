/** A block's state as its header commits to it: accounts, and the words that our contracts keep. */

import { isZero, toBigInt, word, ZERO } from './bytes.mjs';
import { Rejection, wrong } from './errors.mjs';
import { keccak, keccakWords } from './hashing.mjs';
import { decodeRlpBytes, decodeRlpList } from './rlp.mjs';
import { valueAt } from './trie.mjs';

/** Where the compiler put the mappings (`storageLayout` of the artifacts); this belongs to the code that is pinned. */
export const PLACE = { slots: 2, challenges: 3, keys: 4, nameHashes: 5 };

const STATE_ROOT = 3;
const NUMBER = 8;
const TIME = 11;
/** Item 14, the nonce, ended the first headers; forks have appended since, never inserted. */
const LEAST_FIELDS = 15;

/** `time` in Unix seconds. @typedef {{ number: bigint, time: bigint, stateRoot: Uint8Array, hash: Uint8Array }} Header */
/** @typedef {import('./trie.mjs').NodePool} NodePool */

/** The header in its RLP form. Source: Ethereum Yellow Paper, section 4.4. @param {Uint8Array} encoded @returns {Header} */
export function readHeader(encoded) {
  const fields = decodeRlpList(encoded, 'header');
  if (fields.length < LEAST_FIELDS || !fields.every((field) => field instanceof Uint8Array)) {
    throw new Rejection(`header: ${fields.length} fields: give the RLP of a block's header`);
  }
  const plain = /** @type {Uint8Array[]} */ (fields);
  if (plain[STATE_ROOT].length !== 32) throw wrong('header', plain[STATE_ROOT], 'its state root has 32 bytes');
  return {
    number: headerInteger(plain[NUMBER]),
    time: headerInteger(plain[TIME]),
    stateRoot: plain[STATE_ROOT],
    hash: keccak(encoded),
  };
}

/** @param {Uint8Array} digits */
function headerInteger(digits) {
  if (digits.length > 8 || digits[0] === 0) {
    throw wrong('header', digits, 'its numbers have at most 8 bytes and no leading zeros');
  }
  return toBigInt(digits);
}

/**
 * The storage root of a contract, which must have the pinned code.
 * @param {NodePool} pool @param {Uint8Array} stateRoot @param {Uint8Array} address
 * @returns {{ storageRoot: Uint8Array, codeHash: Uint8Array } | null} null where it is proven that nothing is there
 */
export function readAccount(pool, stateRoot, address) {
  const value = valueAt(pool, stateRoot, keccak(address));
  if (!value) return null;
  const fields = decodeRlpList(value, 'account');
  if (fields.length !== 4) throw new Rejection(`account: ${fields.length} fields: an account has four`);
  const [, , storageRoot, codeHash] = fields;
  if (!(storageRoot instanceof Uint8Array && codeHash instanceof Uint8Array)) {
    throw new Rejection("account: a list where bytes belong: give the chain's own nodes");
  }
  return { storageRoot, codeHash };
}

/**
 * The word that a mapping keeps for a key; zero where it is proven that nothing was written.
 * Source of the place: Solidity documentation, "Layout of State Variables in Storage".
 * @param {NodePool} pool @param {Uint8Array} storageRoot @param {Uint8Array | number} key @param {number} place
 */
export function readMapping(pool, storageRoot, key, place) {
  const value = valueAt(pool, storageRoot, keccak(keccakWords(key, place)));
  if (!value) return ZERO;
  const found = decodeRlpBytes(value, 'word');
  if (found.length === 0 || found.length > 32 || isZero(found.subarray(0, 1))) {
    throw wrong('word', found, 'the trie keeps words of 1 to 32 bytes without leading zeros');
  }
  return word(found);
}
