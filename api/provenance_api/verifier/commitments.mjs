/** Commitments: what a details document says, provable field by field (contracts/SPEC.md, section 6). */

import { compare, concat, equal, hex, utf8, ZERO } from './bytes.mjs';
import { canonical } from './canonical.mjs';
import { Rejection } from './errors.mjs';
import { keccak, keccakText } from './hashing.mjs';

const FIELD_TAG = keccakText('returns-provenance field 1');
const DETAILS_TAG = keccakText('returns-provenance details 1');

/**
 * keccak256(tag || salt || keccak256(UTF-8 name) || RFC 8785 value).
 * @param {Uint8Array} salt 16 bytes @param {string} name @param {unknown} value @param {string} [place]
 */
export function fieldCommitment(salt, name, value, place = name) {
  return keccak(concat(FIELD_TAG, salt, keccakText(name), utf8(canonical(value, place))));
}

/**
 * keccak256(tag || the commitments, ascending, none twice); zero where there is none. Ascending by their own bytes: a
 * withheld field gives nothing away, not even the place of its name.
 * @param {Uint8Array[]} commitments @param {string} [place]
 */
export function detailsRoot(commitments, place = 'details') {
  const ordered = [...commitments].sort(compare);
  const twice = ordered.find((commitment, at) => at > 0 && equal(commitment, ordered[at - 1]));
  if (twice) throw new Rejection(`${place}: ${hex(twice)}: give each commitment once, shown or withheld`);
  return ordered.length ? keccak(concat(DETAILS_TAG, ...ordered)) : ZERO;
}
