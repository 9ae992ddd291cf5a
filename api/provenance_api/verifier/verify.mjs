/**
 * The verifier: a bundle and a trust file in, a verdict out. No node, no database, no server, no network.
 *
 * Its steps, taken in this order until one fails; numbers and names are those of proofs/SPEC.md, section 4:
 *
 *  1. form          the file is strict JSON of the bundle's shape
 *  2. deployment    it is about the chain and the ledger that are pinned
 *  3. item          the item's id follows from its URI and salt
 *  4. block         the header is that of a block which the trust root vouches for
 *  5. contracts     in that block's state, ledger and registry have the pinned code
 *  6. state         trie proofs give the item's words, the signers' rights and the partners' name hashes
 *  7. signatures    what each event says was signed by its keys
 *  8. keys          each key was valid when its event was recorded; the partners named are theirs
 *  9. rules         from nothing, every event was allowed where it stands
 * 10. completeness  the replayed history ends in exactly the words that the chain keeps: nothing is missing
 * 11. freshness     the block is as new as was asked for
 *
 * Why step 10 is conclusive: only the pinned code writes a slot, and its head hashes the slot before, the event's digest
 * and the block time.
 */

import { parseAttestation } from './attestations.mjs';
import { parseBundle } from './bundle.mjs';
import { equal, hex } from './bytes.mjs';
import { contractDomain, eventDigest, signedHash, structHash, typedDigest } from './eip712.mjs';
import { NotEvaluable, Rejection, wrong } from './errors.mjs';
import { requireDeployment, requireFresh, storageRoot, vouchedHeader } from './ground.mjs';
import { keccakText } from './hashing.mjs';
import { tellHistory } from './history.mjs';
import { itemId } from './item-id.mjs';
import { acceptanceHash, inOrder, placesOf, signaturesOf, signedMessages, signersOf } from './records.mjs';
import { NOT_PROVEN, remarksOn } from './remarks.mjs';
import { apply } from './rules.mjs';
import { requireSigned } from './signatures.mjs';
import { PLACE, readMapping } from './state.mjs';
import { NodePool } from './trie.mjs';
import { parseTrust } from './trust.mjs';
import { WALLET } from './vocabulary.mjs';
import { many, timeWords } from './wording.mjs';
import { challengeWord, genesis, readChallengeWord, readKeyWord, readSlot, slotWord } from './words.mjs';

/** @typedef {import('./bundle.mjs').Bundle} Bundle */
/** @typedef {import('./bundle.mjs').Told} Told */
/** @typedef {import('./history.mjs').Recorded} Recorded */
/** @typedef {import('./state.mjs').Header} Header */
/** @typedef {import('./trust.mjs').Trust} Trust */
/** @typedef {import('./words.mjs').KeyWord} KeyWord */

/**
 * What the block's state says of the item, of those who signed (by address in hex), and of the partners named.
 * @typedef {{ slot: import('./words.mjs').Slot | null, challenges: import('./words.mjs').ChallengeWord | null,
 *   keys: Map<string, KeyWord>, nameHashes: Map<number, Uint8Array> }} Words
 */

export const STEPS = [
  'form', 'deployment', 'item', 'block', 'contracts', 'state', 'signatures', 'keys', 'rules', 'completeness', 'freshness',
];

/**
 * What is asked for beyond the truth of the proof.
 * @typedef {object} Options
 * @property {(string | Uint8Array)[]} [attestations] files of further witnesses
 * @property {number} [now] Unix seconds; needed with maxAge
 * @property {number} [maxAge] the greatest age of the proven block, in seconds before now
 * @property {number} [minBlock] the least number of the proven block
 * @property {(url: string, number: bigint) => string | null} [askBlockHash] where the trust root is a node: the hash that the
 *   node names for this block, already fetched; null where it did not answer
 */

/** @typedef {'verified' | 'rejected' | 'cannot evaluate'} Verdict */
/** @typedef {'passed' | 'failed' | 'cannot evaluate' | 'not reached'} Outcome */
/** @typedef {{ number: number, name: string, outcome: Outcome, told: string }} Step */
/** @typedef {ReturnType<typeof proven>} Proven */
/**
 * @typedef {{ verdict: Verdict, step: number | null, stepName: string | null, reason: string | null, steps: Step[],
 *   notProven: string[], completeAsOf: Proven['completeAsOf'] | null, block: Proven['block'] | null,
 *   item: Proven['item'] | null, state: Proven['state'], partners: Proven['partners'], events: Proven['events'],
 *   remarks: string[] }} Report
 */

/**
 * Judges a bundle by a trust file, both as their text or bytes. Never throws for what these hold.
 * @param {string | Uint8Array} bundleFile @param {string | Uint8Array} trustFile @param {Options} [options]
 * @returns {Report}
 */
export function verify(bundleFile, trustFile, options = {}) {
  const steps = new Steps();
  const all = { steps: steps.all, notProven: NOT_PROVEN };
  try {
    const found = prove(steps, bundleFile, trustFile, options);
    return { verdict: 'verified', step: null, stepName: null, reason: null, ...all, ...found };
  } catch (problem) {
    return { ...steps.stoppedBy(problem), ...all, ...NOTHING_PROVEN };
  }
}

/** What is told of a file that proves nothing. */
const NOTHING_PROVEN = {
  completeAsOf: null, block: null, item: null, state: null, partners: [], events: [], remarks: [],
};

/** The steps, and where the verifier is. */
class Steps {
  constructor() {
    /** @type {Step[]} */
    this.all = STEPS.map((name, at) => ({ number: at + 1, name, outcome: 'not reached', told: '' }));
    this.taken = 0;
  }

  /** One step; `work` returns what was found, and says it in a few words. @template {{ told: string }} T @param {() => T} work */
  take(work) {
    const found = work();
    const step = this.all[this.taken++];
    step.outcome = 'passed';
    step.told = found.told;
    return found;
  }

  /** @param {unknown} problem @returns {{ verdict: Verdict, step: number, stepName: string, reason: string }} */
  stoppedBy(problem) {
    const step = this.all[Math.min(this.taken, this.all.length - 1)];
    const rejected = problem instanceof Rejection;
    step.outcome = rejected ? 'failed' : 'cannot evaluate';
    step.told = rejected || problem instanceof NotEvaluable ? problem.message : unforeseen(problem);
    const verdict = rejected ? 'rejected' : 'cannot evaluate';
    return { verdict, step: step.number, stepName: step.name, reason: step.told };
  }
}

/** A fault of this verifier says nothing about the file. @param {unknown} problem */
function unforeseen(problem) {
  return `this verifier failed (${problem instanceof Error ? problem.message : problem}): use another, and report it`;
}

/** @param {Steps} steps @param {string | Uint8Array} bundleFile @param {string | Uint8Array} trustFile @param {Options} options */
function prove(steps, bundleFile, trustFile, options) {
  // 1 form
  const { trust, beside, bundle } = steps.take(() => readFiles(bundleFile, trustFile, options));
  // 2 deployment
  steps.take(() => {
    requireDeployment(bundle, trust);
    return { told: `ledger ${hex(bundle.ledger)} on chain ${bundle.chainId}` };
  });
  // 3 item
  steps.take(() => ({ told: requireItem(bundle) }));
  // 4 block
  const { header } = steps.take(() => vouchedHeader(bundle, trust, beside, options));
  // 5 contracts
  const { pool, ledger, registry } = steps.take(() => requireContracts(bundle, trust, header));
  // 6 state
  const { words } = steps.take(() => readWords(bundle, pool, ledger, registry));
  // 7 signatures
  steps.take(() => ({ told: `${many(requireSignatures(bundle, words, trust), 'signature', 'signatures')} checked` }));
  // 8 keys
  steps.take(() => {
    requireKeys(bundle, words);
    return { told: `${many(words.keys.size, 'key', 'keys')}, each valid in its time` };
  });
  // 9 rules
  const { history } = steps.take(() => replay(bundle, words, header));
  // 10 completeness
  steps.take(() => ({ told: requireComplete(bundle, words, history) }));
  // 11 freshness
  steps.take(() => ({ told: requireFresh(header, options) }));
  return proven(bundle, trust, header, words, history);
}

/** @param {string | Uint8Array} bundleFile @param {string | Uint8Array} trustFile @param {Options} options */
function readFiles(bundleFile, trustFile, { attestations = [] }) {
  const trust = usable('trust file', () => parseTrust(trustFile));
  const beside = attestations.map((file) => usable('attestation', () => parseAttestation(file)));
  const bundle = parseBundle(bundleFile);
  const { events, challenges } = bundle;
  const told = `${many(events.length, 'event', 'events')}, ${many(challenges.length, 'challenge', 'challenges')}`;
  return { trust, beside, bundle, told };
}

/** @template T @param {string} file @param {() => T} parse @returns {T} */
function usable(file, parse) {
  try {
    return parse();
  } catch (problem) {
    if (problem instanceof Rejection) throw new NotEvaluable(`the ${file} cannot be used: ${problem.message}`);
    throw problem;
  }
}

/** @param {Bundle} bundle @returns {string} */
function requireItem({ item: { id, uri, salt } }) {
  if (uri === null || salt === null) return 'known by its id alone';
  if (!equal(itemId(salt, uri), id)) {
    throw new Rejection(`item.id: ${hex(id)}: it does not follow from the URI and the salt`);
  }
  return uri;
}

/** @param {Bundle} bundle @param {Trust} trust @param {Header} header */
function requireContracts(bundle, trust, header) {
  const pool = new NodePool(bundle.nodes);
  const ledger = storageRoot(pool, header, trust.ledger, 'ProvenanceLedger');
  const registry = storageRoot(pool, header, trust.registry, 'PartnerRegistry');
  return { pool, ledger, registry, told: 'ledger and registry have the pinned code' };
}

/**
 * The order is part of the format: nodes stand in the order of their first use.
 * @param {Bundle} bundle @param {NodePool} pool @param {Uint8Array} ledger @param {Uint8Array} registry
 * @returns {{ words: Words, told: string }}
 */
function readWords(bundle, pool, ledger, registry) {
  const slot = readMapping(pool, ledger, bundle.item.id, PLACE.slots);
  const challenges = readMapping(pool, ledger, bundle.item.id, PLACE.challenges);
  const signers = new Map(signersOf(bundle).map((key) => [hex(key), key]));
  const rights = [...signers].map(([name, key]) => ({ name, word: readMapping(pool, registry, key, PLACE.keys) }));
  const named = bundle.partners.filter(({ name }) => name !== null).map(({ partner }) => partner);
  const nameHashes = new Map(named.map((partner) => [partner, readMapping(pool, registry, partner, PLACE.nameHashes)]));
  pool.requireUsed();
  const words = {
    slot: readSlot(slot),
    challenges: readChallengeWord(challenges),
    keys: new Map(rights.map(({ name, word }) => [name, readKeyWord(word, `key ${name}`)])),
    nameHashes,
  };
  return { words, told: many(bundle.nodes.length, 'trie node', 'trie nodes') };
}

/** @param {Words} words @param {Uint8Array} key @returns {KeyWord} each key of the bundle has one, since step 6 */
const wordOf = (words, key) => /** @type {KeyWord} */ (words.keys.get(hex(key)));

/**
 * How many signatures were checked; those of wallets cannot be.
 * @param {Bundle} bundle @param {Words} words @param {Trust} trust
 */
function requireSignatures(bundle, words, trust) {
  const domain = contractDomain('ProvenanceLedger', bundle.chainId, bundle.ledger);
  let checked = 0;
  for (const { place, type, hash, signed } of signedMessages(bundle)) {
    if (wordOf(words, signed.key).kind === WALLET) {
      requireWallet(place, signed, trust.acceptsWallets);
      continue;
    }
    if (!signed.signature) throw new Rejection(`${place}: ${hex(signed.key)} is no wallet: give its signature`);
    const digest = typedDigest(domain, signedHash(type, hash, signed.index, signed.path));
    requireSigned(signed.key, digest, signed.signature, place);
    checked++;
  }
  return checked;
}

/** @param {string} place @param {import('./bundle.mjs').Signed} signed @param {boolean} accepted */
function requireWallet(place, signed, accepted) {
  if (signed.signature || signed.path.length) {
    throw new Rejection(`${place}: ${hex(signed.key)}: a wallet's signature cannot be checked: write null, without a path`);
  }
  if (!accepted) throw new Rejection(`${place}: ${hex(signed.key)}: a contract wallet; the trust file refuses those`);
}

/** @param {Bundle} bundle @param {Words} words */
function requireKeys(bundle, words) {
  for (const [place, told] of placesOf(bundle)) {
    for (const { key } of signaturesOf(told)) requireValid(place, key, wordOf(words, key), told.time);
  }
  requirePartners(bundle, words);
  for (const { partner, name } of bundle.partners) {
    if (name === null) continue;
    const known = words.nameHashes.get(partner);
    if (!known || !equal(keccakText(name), known)) {
      throw wrong(`name of partner ${partner}`, name, "the registry has another name's hash");
    }
  }
}

/** @param {string} place @param {Uint8Array} key @param {KeyWord} word @param {number} time */
function requireValid(place, key, { validFrom, validTo }, time) {
  if (time < validFrom || time > validTo) {
    throw new Rejection(`${place}: key ${hex(key)}: valid from ${validFrom} to ${validTo}, not at ${time}`);
  }
}

/** Exactly those whom keys act for and to whom custody goes. @param {Bundle} bundle @param {Words} words */
function requirePartners(bundle, words) {
  const receivers = bundle.events.map(({ message }) => message.to).filter(Boolean);
  const mentioned = new Set([...[...words.keys.values()].map((word) => word.partner), ...receivers]);
  const told = bundle.partners.map(({ partner }) => partner);
  if (told.length !== mentioned.size || told.some((partner) => !mentioned.has(partner))) {
    const list = [...mentioned].sort((a, b) => a - b).join(', ');
    throw new Rejection(`partners: ${told.join(', ') || 'none'}: the history mentions ${list || 'none'}`);
  }
}

/** @param {Bundle} bundle @param {Words} words @param {Header} header @returns {{ history: Recorded[], told: string }} */
function replay(bundle, words, header) {
  /** @type {import('./rules.mjs').Item} */
  let item = { genesis: genesis(bundle.chainId, bundle.ledger, bundle.item.id), slot: null, challenges: null };
  let before = 0;
  /** @type {Recorded[]} */
  const history = [];
  for (const told of inOrder(bundle)) {
    if (told.time < before || told.time > header.time) {
      throw new Rejection(`time: ${told.time}: it lies before ${before} or after the block's ${header.time}`);
    }
    item = recorded(item, told, words);
    history.push({ told, after: item });
    before = told.time;
  }
  return { history, told: 'every event was allowed where it stands' };
}

/** The item after a record. @param {import('./rules.mjs').Item} item @param {Told} told @param {Words} words */
function recorded(item, told, words) {
  const by = signerOf(words, told.signed.key);
  const receiver = told.acceptance && signerOf(words, told.acceptance.signed.key);
  const begun = structHash(told.type, told.message);
  const digest = eventDigest(begun, by, told.acceptance && acceptanceHash(begun, told.acceptance), receiver);
  try {
    return apply(item, { type: told.type, message: told.message, by, receiver }, digest, told.time);
  } catch (refusal) {
    if (!(refusal instanceof Rejection)) throw refusal;
    const number = told.message.seq ?? told.message.count ?? (item.slot?.seq ?? 0) + 1;
    throw new Rejection(`${told.kind} ${number}: ${refusal.message}`);
  }
}

/** @param {Words} words @param {Uint8Array} key @returns {import('./rules.mjs').Signer} */
function signerOf(words, key) {
  const { partner, roles, kind } = wordOf(words, key);
  return { address: key, partner, roles, kind };
}

/** @param {Bundle} bundle @param {Words} words @param {Recorded[]} history @returns {string} */
function requireComplete(bundle, { slot, challenges }, history) {
  const last = history.at(-1)?.after;
  if (!sameWord(last?.slot ?? null, slot, slotWord)) throw incomplete('history', last?.slot?.seq, slot?.seq);
  if (!sameWord(last?.challenges ?? null, challenges, challengeWord)) {
    throw incomplete('challenges', last?.challenges?.count, challenges?.count);
  }
  return last ? `all ${many(bundle.events.length, 'event', 'events')}, in order, none missing` : 'the item was never taken in';
}

/** @template T @param {T | null} replayed @param {T | null} kept @param {(value: T) => Uint8Array} toWord */
function sameWord(replayed, kept, toWord) {
  if (replayed === null || kept === null) return replayed === kept;
  return equal(toWord(replayed), toWord(kept));
}

/** @param {string} row @param {number} [told] @param {number} [kept] */
function incomplete(row, told = 0, kept = 0) {
  const others = told === kept ? ', and to others' : '';
  return new Rejection(
    `${row}: ${told}: the chain's own state commits to ${kept}${others}: something is missing, added, altered or moved`,
  );
}

/**
 * What a verified bundle proves, as plain data.
 * @param {Bundle} bundle @param {Trust} trust @param {Header} header @param {Words} words @param {Recorded[]} history
 */
function proven(bundle, trust, header, words, history) {
  return {
    completeAsOf: { time: plain(header.time), words: timeWords(header.time) },
    block: { number: plain(header.number), hash: hex(header.hash), chainId: bundle.chainId, ledger: hex(bundle.ledger) },
    item: { id: hex(bundle.item.id), uri: bundle.item.uri },
    state: stateOf(bundle, words),
    partners: bundle.partners,
    events: tellHistory(bundle, history, words.keys),
    remarks: remarksOn(bundle, history, trust),
  };
}

/** The item as the block has it; null where it was never taken in. @param {Bundle} bundle @param {Words} words */
function stateOf({ partners }, { slot, challenges }) {
  if (!slot) return null;
  const { stage, grade, onHold, custodian, seq } = slot;
  const custodianName = partners.find(({ partner }) => partner === custodian)?.name ?? null;
  return { stage, grade, onHold, custodian, custodianName, events: seq, challenges: challenges?.count ?? 0 };
}

/** A number where it is exact, else text. @param {bigint} value */
const plain = (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value));
