/** The ground that every proof stands on: a pinned deployment, a block that is vouched for, the pinned code in its state. */

import { attesting } from './attestations.mjs';
import { equal, hex } from './bytes.mjs';
import { NotEvaluable, Rejection, wrong } from './errors.mjs';
import { readAccount, readHeader } from './state.mjs';
import { many } from './wording.mjs';

/** @typedef {import('./bundle.mjs').Bundle} Bundle */
/** @typedef {import('./state.mjs').Header} Header */
/** @typedef {import('./trust.mjs').Trust} Trust */
/** @typedef {import('./verify.mjs').Options} Options */

/** @param {Bundle} bundle @param {Trust} trust */
export function requireDeployment(bundle, trust) {
  if (bundle.chainId !== trust.chainId) throw wrong('chainId', bundle.chainId, `the trust file pins chain ${trust.chainId}`);
  if (!equal(bundle.ledger, trust.ledger.address)) {
    throw new Rejection(`ledger: ${hex(bundle.ledger)}: the trust file pins ${hex(trust.ledger.address)}`);
  }
}

/**
 * The header, and in a few words who vouches for its block.
 * @param {Bundle} bundle @param {Trust} trust @param {import('./attestations.mjs').Attestation[]} beside
 * @param {Options} options @returns {{ header: Header, told: string }}
 */
export function vouchedHeader(bundle, trust, beside, options) {
  const header = readHeader(bundle.header);
  if (header.number < trust.block || (header.number === BigInt(trust.block) && !equal(header.hash, trust.blockHash))) {
    throw new Rejection(`header: block ${header.number}: the ledger was deployed in block ${trust.block}, another one`);
  }
  const witnesses = attesting(header, bundle.chainId, bundle.attestations, beside);
  return { header, told: vouch(header, trust.root, witnesses, options) };
}

/** @param {Header} header @param {import('./trust.mjs').TrustRoot} root @param {Set<string>} witnesses @param {Options} options */
function vouch(header, root, witnesses, options) {
  if (root.kind === 'witnesses') return witnessed(header, root, witnesses);
  if (root.kind === 'node') return asked(header, root.url, options);
  return pinned(header, root);
}

/** @param {Header} header @param {{ threshold: number, witnesses: Uint8Array[] }} root @param {Set<string>} attested */
function witnessed(header, { threshold, witnesses }, attested) {
  const count = witnesses.filter((witness) => attested.has(hex(witness))).length;
  if (count < threshold) {
    throw new Rejection(`attestations: ${count} of the pinned witnesses: at least ${threshold} are needed`);
  }
  return `block ${header.number}, attested by ${count} of ${many(witnesses.length, 'witness', 'witnesses')}`;
}

/** @param {Header} header @param {string} url @param {Options} options */
function asked(header, url, { askBlockHash }) {
  if (!askBlockHash) throw new NotEvaluable(`the trust root is the node at ${url}, and there is no way to ask it here`);
  const named = askBlockHash(url, header.number);
  if (named === null) throw new NotEvaluable(`the node at ${url} did not answer`);
  if (named.toLowerCase() !== hex(header.hash)) {
    throw new Rejection(`header: ${hex(header.hash)}: the node at ${url} has ${named.slice(0, 66)} at ${header.number}`);
  }
  return `block ${header.number}, as the node at ${url} has it`;
}

/** @param {Header} header @param {{ number: number, hash: Uint8Array }} root */
function pinned(header, { number, hash }) {
  if (header.number !== BigInt(number)) {
    throw new NotEvaluable(
      `the proof is of block ${header.number}, the trust file pins block ${number} alone: ask for a proof of that ` +
        "block, or pin this one's hash from somewhere you trust",
    );
  }
  if (!equal(header.hash, hash)) {
    throw new Rejection(`header: ${hex(header.hash)}: the trust file pins ${hex(hash)} as block ${number}`);
  }
  return `block ${number}, whose hash is pinned`;
}

/**
 * The root of a contract's storage; the block's state has the contract with the pinned code.
 * @param {import('./trie.mjs').NodePool} pool @param {Header} header @param {import('./trust.mjs').Contract} contract
 * @param {string} name
 */
export function storageRoot(pool, header, contract, name) {
  const account = readAccount(pool, header.stateRoot, contract.address);
  if (!account) throw new Rejection(`${name}: ${hex(contract.address)}: nothing is there in block ${header.number}`);
  if (!equal(account.codeHash, contract.codeHash)) {
    throw new Rejection(
      `${name}'s code hash: ${hex(account.codeHash)}: the trust file pins ${hex(contract.codeHash)}: this is other code`,
    );
  }
  return account.storageRoot;
}

/** @param {Header} header @param {Options} options @returns {string} what was asked for, in words */
export function requireFresh(header, { now, maxAge, minBlock }) {
  if (minBlock !== undefined && header.number < minBlock) {
    throw new Rejection(`block: ${header.number}: at least ${minBlock} was asked for`);
  }
  if (maxAge !== undefined) {
    if (now === undefined) throw new NotEvaluable('freshness: a greatest age needs the time now');
    const age = BigInt(Math.floor(now)) - header.time;
    if (age > maxAge) throw new Rejection(`block: ${age} seconds old: at most ${maxAge} were asked for`);
  }
  return minBlock === undefined && maxAge === undefined ? 'nothing was asked for' : 'as asked';
}
