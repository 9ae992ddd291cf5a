/** Canonical JSON (RFC 8785), for the values that strict JSON has. */

import { Rejection } from './errors.mjs';

export const MAX_DEPTH = 32;

/**
 * The one form of a value: null, true, false, text, integers within 2^53 - 1, lists and objects of such; nothing
 * stands inside more than 32 of them.
 * @param {unknown} value @param {string} [place] @param {number} [depth]
 * @returns {string}
 */
export function canonical(value, place = 'value', depth = 0) {
  if (depth > MAX_DEPTH) throw new Rejection(`${place}: nested too deep: nest at most ${MAX_DEPTH} deep`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return text(value, place);
  if (typeof value === 'number') return integer(value, place);
  if (Array.isArray(value)) {
    return `[${value.map((inner, index) => canonical(inner, `${place}[${index}]`, depth + 1)).join()}]`;
  }
  if (typeof value === 'object') {
    const members = /** @type {Record<string, unknown>} */ (value);
    // RFC 8785, 3.2.3: by UTF-16 code units, which is how sort() compares.
    const names = Object.keys(members).sort();
    const written = names.map((name) => `${text(name, place)}:${canonical(members[name], place, depth + 1)}`);
    return `{${written.join()}}`;
  }
  throw new Rejection(`${place}: ${typeof value} has no canonical form here: write amounts as decimal text`);
}

/** RFC 8785, 3.2.2.2: as ECMAScript writes text. @param {string} value @param {string} place */
function text(value, place) {
  if (/\p{Surrogate}/u.test(value)) throw new Rejection(`${place}: lone surrogates are no Unicode text: give Unicode`);
  return JSON.stringify(value);
}

/** @param {number} value @param {string} place */
function integer(value, place) {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new Rejection(`${place}: ${value}: give integers within 2^53 - 1; write amounts as decimal text`);
  }
  return String(value);
}
