/** secp256k1 signatures, strictly: one content, one key, one signature. */

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concat, equal, hex, toBigInt } from './bytes.mjs';
import { Rejection } from './errors.mjs';
import { keccak } from './hashing.mjs';

/** n of secp256k1. Source: SEC 2, section 2.4.1. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * The address that signed the digest. A signature is exactly r || s || v with 1 <= r < n, 1 <= s <= n/2 (EIP-2) and v
 * 27 or 28.
 * @param {Uint8Array} digest 32 bytes @param {Uint8Array} signature @param {string} [place] @returns {Uint8Array} 20 bytes
 */
export function recover(digest, signature, place = 'signature') {
  if (signature.length !== 65) throw new Rejection(`${place}: ${signature.length} bytes: give 65 bytes (r, s, v)`);
  const r = toBigInt(signature.subarray(0, 32));
  const s = toBigInt(signature.subarray(32, 64));
  const v = signature[64];
  if (v !== 27 && v !== 28) throw new Rejection(`${place}: v is ${v}: it must be 27 or 28`);
  if (r === 0n || r >= ORDER) throw new Rejection(`${place}: r must lie within the curve's order`);
  if (s === 0n || s > ORDER / 2n) throw new Rejection(`${place}: s must lie in the lower half of the curve's order`);
  return keccak(pointOf(digest, signature, v - 27, place).subarray(1)).slice(12);
}

/** @param {Uint8Array} digest @param {Uint8Array} signature @param {number} bit @param {string} place */
function pointOf(digest, signature, bit, place) {
  const recovered = concat(Uint8Array.of(bit), signature.subarray(0, 64));
  try {
    return secp256k1.Signature.fromBytes(recovered, 'recovered').recoverPublicKey(digest).toBytes(false);
  } catch {
    throw new Rejection(`${place}: no key can have made it`);
  }
}

/** The signature is the signer's. @param {Uint8Array} signer @param {Uint8Array} digest @param {Uint8Array} signature @param {string} place */
export function requireSigned(signer, digest, signature, place) {
  const found = recover(digest, signature, place);
  if (!equal(found, signer)) throw new Rejection(`${place}: it is not that of ${hex(signer)} over this content`);
}
