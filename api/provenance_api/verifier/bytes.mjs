/** Bytes and the 32-byte words that contracts hash. */

import { shown } from './errors.mjs';

export const WORD = 32;
export const ZERO = new Uint8Array(WORD);

const encoder = new TextEncoder();
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** @param {string} text @returns {Uint8Array} its UTF-8 */
export const utf8 = (text) => encoder.encode(text);

/** @param {Uint8Array} bytes @returns {string} 0x and lower-case digits */
export function hex(bytes) {
  let text = '0x';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/**
 * The bytes of lower-case hex digits after 0x, or null where the text is something else.
 * @param {string} text @returns {Uint8Array | null}
 */
export function fromHex(text) {
  if (text.length % 2 || !text.startsWith('0x')) return null;
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let at = 0; at < bytes.length; at++) {
    const high = digit(text.charCodeAt(2 * at + 2));
    const low = digit(text.charCodeAt(2 * at + 3));
    if (high < 0 || low < 0) return null;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

/** @param {number} code */
function digit(code) {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Order by bytes, a shorter prefix first. @param {Uint8Array} a @param {Uint8Array} b @returns {number} */
export function compare(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export const equal = (a, b) => compare(a, b) === 0;

/** @param {Uint8Array} bytes */
export const isZero = (bytes) => bytes.every((byte) => byte === 0);

/** The unsigned integer in big-endian bytes. @param {Uint8Array} bytes @returns {bigint} */
export const toBigInt = (bytes) => (bytes.length ? BigInt(hex(bytes)) : 0n);

/** The same where it is known to be at most 6 bytes. @param {Uint8Array} bytes @returns {number} */
export const toNumber = (bytes) => bytes.reduce((value, byte) => value * 256 + byte, 0);

/**
 * One ABI word: a number big-endian, shorter bytes (an address) right-aligned.
 * Source: Solidity ABI specification, "Formal Specification of the Encoding".
 * @param {Uint8Array | bigint | number | boolean} value @returns {Uint8Array}
 */
export function word(value) {
  if (value instanceof Uint8Array) {
    if (value.length === WORD) return value;
    if (value.length > WORD) throw new RangeError(`${shown(value)} do not fit a word`);
    const padded = new Uint8Array(WORD);
    padded.set(value, WORD - value.length);
    return padded;
  }
  const padded = new Uint8Array(WORD);
  let rest = BigInt(value);
  for (let at = WORD - 1; rest > 0n; at--) {
    if (at < 0) throw new RangeError('the number does not fit a word');
    padded[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return padded;
}
