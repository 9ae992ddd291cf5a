/** RLP, strictly: one value, one encoding. Source: Ethereum Yellow Paper, appendix B. */

import { toNumber } from './bytes.mjs';
import { Rejection } from './errors.mjs';

/** @typedef {import('./types.d.ts').Rlp} Rlp */

/** Headers nest once, trie nodes a few times. */
const MAX_DEPTH = 16;

/**
 * The value that the bytes encode, all of them, in the one way there is.
 * @param {Uint8Array} data @param {string} [place] @returns {Rlp}
 */
export function decodeRlp(data, place = 'rlp') {
  const [value, end] = valueAt(data, 0, data.length, place, 0);
  if (end !== data.length) throw noRlp(place, `${data.length - end} bytes after the value`);
  return value;
}

/** @param {Uint8Array} data @param {string} [place] @returns {Rlp[]} */
export function decodeRlpList(data, place = 'rlp') {
  const value = decodeRlp(data, place);
  if (value instanceof Uint8Array) throw noRlp(place, 'no list');
  return value;
}

/** @param {Uint8Array} data @param {string} [place] @returns {Uint8Array} */
export function decodeRlpBytes(data, place = 'rlp') {
  const value = decodeRlp(data, place);
  if (!(value instanceof Uint8Array)) throw noRlp(place, 'a list');
  return value;
}

/**
 * The value that begins at `start`, and the place after it, which is at most `end`.
 * @param {Uint8Array} data @param {number} start @param {number} end @param {string} place @param {number} depth
 * @returns {[Rlp, number]}
 */
function valueAt(data, start, end, place, depth) {
  if (start >= end) throw noRlp(place, 'it ends too early');
  const prefix = data[start];
  if (prefix < 0x80) return [data.subarray(start, start + 1), start + 1];
  const isList = prefix >= 0xc0;
  const [body, after] = extent(data, start, end, prefix - (isList ? 0xc0 : 0x80), place);
  if (isList) return [listAt(data, body, after, place, depth), after];
  if (after - body === 1 && data[body] < 0x80) throw noRlp(place, 'a small byte with a prefix it does not need');
  return [data.subarray(body, after), after];
}

/**
 * Where the content begins and ends, given the prefix without its kind.
 * @param {Uint8Array} data @param {number} start @param {number} end @param {number} size @param {string} place
 * @returns {[number, number]}
 */
function extent(data, start, end, size, place) {
  let body = start + 1;
  if (size > 55) {
    const length = data.subarray(body, body + size - 55);
    body += size - 55;
    size = toNumber(length);
    if (body > end || length[0] === 0 || size <= 55) {
      throw noRlp(place, 'a length that is cut off or longer than it need be');
    }
  }
  if (body + size > end) throw noRlp(place, 'it ends too early');
  return [body, body + size];
}

/** @param {Uint8Array} data @param {number} start @param {number} end @param {string} place @param {number} depth */
function listAt(data, start, end, place, depth) {
  if (depth === MAX_DEPTH) throw noRlp(place, 'nested too deep');
  /** @type {Rlp[]} */
  const found = [];
  while (start < end) {
    const [value, after] = valueAt(data, start, end, place, depth + 1);
    found.push(value);
    start = after;
  }
  return found;
}

/** @param {string} place @param {string} why */
function noRlp(place, why) {
  return new Rejection(`${place}: ${why}: give exactly one value in its shortest RLP form`);
}
