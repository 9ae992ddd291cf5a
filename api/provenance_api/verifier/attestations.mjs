/** Attestations: witnesses sign which block their own node calls final (proofs/SPEC.md, section 5). */

import { equal, hex } from './bytes.mjs';
import { attestationDigest } from './eip712.mjs';
import { Rejection } from './errors.mjs';
import { parseJson } from './json.mjs';
import { choice, hexBytes, integer, members, readAddress, readWord } from './reading.mjs';
import { requireSigned } from './signatures.mjs';

export const FORMAT = 'returns-provenance attestation 1';

/** @typedef {ReturnType<typeof parseAttestation>} Attestation */
/** @typedef {import('./state.mjs').Header} Header */

/** @param {string | Uint8Array} file */
export function parseAttestation(file) {
  const names = ['format', 'chainId', 'number', 'hash', 'witness', 'signature'];
  const found = members(parseJson(file), 'attestation', names);
  choice(found.format, 'attestation.format', [FORMAT]);
  return {
    chainId: integer(found.chainId, 'attestation.chainId'),
    number: integer(found.number, 'attestation.number'),
    hash: readWord(found.hash, 'attestation.hash'),
    witness: readAddress(found.witness, 'attestation.witness'),
    signature: hexBytes(found.signature, 'attestation.signature', 65),
  };
}

/**
 * The witnesses (as hex) whose valid word on this block is at hand: in the bundle, or in a file beside it.
 * @param {Header} header @param {number} chainId @param {import('./bundle.mjs').WitnessSignature[]} inside
 * @param {Attestation[]} beside @returns {Set<string>}
 */
export function attesting(header, chainId, inside, beside) {
  const found = new Set();
  for (const { witness, signature } of inside) {
    const digest = attestationDigest(chainId, header.number, header.hash);
    requireSigned(witness, digest, signature, `attestation of ${hex(witness)}`);
    found.add(hex(witness));
  }
  for (const word of beside) {
    const digest = attestationDigest(word.chainId, word.number, word.hash);
    requireSigned(word.witness, digest, word.signature, `attestation of ${hex(word.witness)}`);
    // One for another block says nothing here.
    if (word.chainId !== chainId || BigInt(word.number) !== header.number) continue;
    if (!equal(word.hash, header.hash)) {
      throw new Rejection(`header: ${hex(header.hash)}: witness ${hex(word.witness)} names another block ${word.number}`);
    }
    found.add(hex(word.witness));
  }
  return found;
}
