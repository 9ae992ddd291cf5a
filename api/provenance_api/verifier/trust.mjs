/** The trust file: what whoever verifies pins, so that nothing has to be believed (proofs/SPEC.md, section 3). */

import { compare } from './bytes.mjs';
import { wrong } from './errors.mjs';
import { parseJson } from './json.mjs';
import { array, choice, integer, members, nonEmptyText, readAddress, readWord, requireAscending } from './reading.mjs';

export const FORMAT = 'returns-provenance trust 1';

/** @typedef {{ address: Uint8Array, codeHash: Uint8Array }} Contract */
/**
 * @typedef {{ kind: 'node', url: string } | { kind: 'block', number: number, hash: Uint8Array } |
 *   { kind: 'witnesses', threshold: number, witnesses: Uint8Array[] }} TrustRoot
 */
/** @typedef {ReturnType<typeof parseTrust>} Trust */

/** @param {string | Uint8Array} file */
export function parseTrust(file) {
  const found = members(parseJson(file), 'trust', [
    'format', 'chainId', 'contracts', 'block', 'blockHash', 'predecessor', 'walletSignatures', 'operators', 'root',
  ]);
  choice(found.format, 'trust.format', [FORMAT]);
  const contracts = members(found.contracts, 'trust.contracts', ['PartnerRegistry', 'ProvenanceLedger', 'Anchors']);
  return {
    chainId: integer(found.chainId, 'trust.chainId'),
    registry: readContract(contracts.PartnerRegistry, 'trust.contracts.PartnerRegistry'),
    ledger: readContract(contracts.ProvenanceLedger, 'trust.contracts.ProvenanceLedger'),
    anchors: readContract(contracts.Anchors, 'trust.contracts.Anchors'),
    block: integer(found.block, 'trust.block'),
    blockHash: readWord(found.blockHash, 'trust.blockHash'),
    predecessor: found.predecessor === null ? null : readAddress(found.predecessor, 'trust.predecessor'),
    acceptsWallets: choice(found.walletSignatures, 'trust.walletSignatures', ['accepted', 'refused']) === 'accepted',
    oneOperator: choice(found.operators, 'trust.operators', ['one', 'many']) === 'one',
    root: readRoot(found.root),
  };
}

/** @param {unknown} value @param {string} place @returns {Contract} */
function readContract(value, place) {
  const { address, codeHash } = members(value, place, ['address', 'codeHash']);
  return { address: readAddress(address, `${place}.address`), codeHash: readWord(codeHash, `${place}.codeHash`) };
}

/** @param {unknown} value @returns {TrustRoot} */
function readRoot(value) {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  const given = isObject ? /** @type {Record<string, unknown>} */ (value).kind : undefined;
  const kind = choice(given, 'trust.root.kind', ['node', 'block', 'witnesses']);
  if (kind === 'node') {
    return { kind, url: nonEmptyText(members(value, 'trust.root', ['kind', 'url']).url, 'trust.root.url') };
  }
  if (kind === 'block') {
    const { number, hash } = members(value, 'trust.root', ['kind', 'number', 'hash']);
    return { kind, number: integer(number, 'trust.root.number'), hash: readWord(hash, 'trust.root.hash') };
  }
  const found = members(value, 'trust.root', ['kind', 'threshold', 'witnesses']);
  const witnesses = array(found.witnesses, 'trust.root.witnesses', readAddress);
  requireAscending(witnesses, compare, 'trust.root.witnesses', 'witnesses');
  const threshold = integer(found.threshold, 'trust.root.threshold');
  if (threshold < 1 || threshold > witnesses.length) {
    throw wrong('trust.root.threshold', threshold, `give 1 to ${witnesses.length}, one per witness`);
  }
  return { kind, threshold, witnesses };
}
