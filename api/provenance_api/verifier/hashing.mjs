/** Keccak-256, Ethereum's hash. */

import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, utf8, word } from './bytes.mjs';

/** @param {Uint8Array} bytes @returns {Uint8Array} 32 bytes */
export const keccak = (bytes) => keccak_256(bytes);

/** @param {string} text */
export const keccakText = (text) => keccak(utf8(text));

/** keccak256(abi.encode(values...)). @param {...(Uint8Array | bigint | number | boolean)} values */
export const keccakWords = (...values) => keccak(concat(...values.map(word)));
