/** What parsed JSON must be, value by value; each function refuses everything else by name (proofs/SPEC.md, section 1). */

import { fromHex } from './bytes.mjs';
import { wrong } from './errors.mjs';

const MAX_DECIMAL = 2n ** 64n - 1n;

/**
 * @template T
 * @typedef {(value: unknown, place: string) => T} Read
 */

/**
 * The object's members, exactly those expected.
 * @param {unknown} value @param {string} place @param {string[]} required @param {string[]} [optional]
 * @returns {Record<string, unknown>}
 */
export function members(value, place, required, optional = []) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(place, value, 'give an object');
  const found = /** @type {Record<string, unknown>} */ (value);
  for (const name of required) if (!(name in found)) throw wrong(`${place}.${name}`, undefined, 'give it');
  for (const name of Object.keys(found)) {
    if (!required.includes(name) && !optional.includes(name)) throw wrong(place, name, 'no such member is known here');
  }
  return found;
}

/** @template T @param {unknown} value @param {string} place @param {Read<T>} of @returns {T[]} */
export function array(value, place, of) {
  if (!Array.isArray(value)) throw wrong(place, value, 'give an array');
  return value.map((element, at) => of(element, `${place}[${at}]`));
}

/** @param {unknown} value @param {string} place @param {number} [length] in bytes; any but none where it is not given */
export function hexBytes(value, place, length) {
  const bytes = typeof value === 'string' ? fromHex(value) : null;
  if (!bytes || bytes.length === 0 || (length !== undefined && bytes.length !== length)) {
    const digits = length === undefined ? 'an even number of' : String(2 * length);
    throw wrong(place, value, `give 0x and ${digits} lower-case hex digits`);
  }
  return bytes;
}

/** @type {Read<Uint8Array>} */
export const readWord = (value, place) => hexBytes(value, place, 32);

/** @type {Read<Uint8Array>} */
export const readAddress = (value, place) => hexBytes(value, place, 20);

/** @param {unknown} value @param {string} place @param {number} [bits] */
export function integer(value, place, bits = 53) {
  if (typeof value === 'number' && value >= 0 && value < 2 ** bits) return value;
  throw wrong(place, value, `give an integer from 0 to 2^${bits} - 1`);
}

/** @param {number} bits @returns {Read<number>} */
export const uint = (bits) => (value, place) => integer(value, place, bits);

/** @type {Read<bigint>} */
export function decimal(value, place) {
  if (typeof value === 'string' && /^(?:0|[1-9][0-9]{0,19})$/.test(value) && BigInt(value) <= MAX_DECIMAL) {
    return BigInt(value);
  }
  throw wrong(place, value, 'give text of an integer from 0 to 2^64 - 1, without leading zeros');
}

/** @type {Read<boolean>} */
export function truth(value, place) {
  if (typeof value === 'boolean') return value;
  throw wrong(place, value, 'give true or false');
}

/** @type {Read<string>} */
export function nonEmptyText(value, place) {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(place, value, 'give text');
}

/** @template {string} T @param {unknown} value @param {string} place @param {T[]} words @returns {T} */
export function choice(value, place, words) {
  const found = words.find((word) => word === value);
  if (found === undefined) throw wrong(place, value, `give ${words.join(' or ')}`);
  return found;
}

/** @template T @param {T[]} keys @param {(a: T, b: T) => number} compare @param {string} place @param {string} what */
export function requireAscending(keys, compare, place, what) {
  keys.forEach((key, at) => {
    if (at > 0 && compare(keys[at - 1], key) >= 0) throw wrong(place, key, `give ${what} in ascending order, each once`);
  });
}
