/** Item ids: what the chain calls a product without giving its number away (contracts/SPEC.md, section 6). */

import { concat, utf8 } from './bytes.mjs';
import { wrong } from './errors.mjs';
import { keccak, keccakText } from './hashing.mjs';

const ITEM_TAG = keccakText('returns-provenance item 1');
const MAX_URI = 2000;

// RFC 3986, section 2; a percent sign only before two upper-case hex digits (6.2.2.1).
const URI = /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-F]{2})+$/;
// RFC 3986, section 6.2.2.2: these are never written as percent codes.
const NEEDLESS_CODE = /%(?:2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])/;
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/;

/** keccak256(tag || salt || UTF-8 canonical URI). @param {Uint8Array} salt 32 bytes @param {string} uri */
export function itemId(salt, uri) {
  requireCanonicalUri(uri);
  return keccak(concat(ITEM_TAG, salt, utf8(uri)));
}

/** Two spellings of one identifier would make two items of one product, so only one passes. @param {string} uri */
export function requireCanonicalUri(uri) {
  // The length first: the patterns are not run over millions of characters.
  if (uri.length > MAX_URI) throw wrong('uri', uri, `give at most ${MAX_URI} characters`);
  if (!URI.test(uri)) {
    throw wrong('uri', uri, 'give an absolute URI in ASCII with a lower-case scheme; write the rest as %XX, upper case');
  }
  if (uri.includes('#')) throw wrong('uri', uri, 'leave the fragment (#...) out');
  const code = NEEDLESS_CODE.exec(uri);
  if (code) throw wrong('uri', uri, `write ${code[0]} as the character it stands for`);
  const authority = AUTHORITY.exec(uri)?.[1];
  if (authority !== undefined && authority !== authority.toLowerCase()) throw wrong('uri', uri, 'write the host in lower case');
  if (authority === '') throw wrong('uri', uri, 'name a host after //');
}
