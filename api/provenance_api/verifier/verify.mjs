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

import { attesting, parseAttestation } from './attestations.mjs';
import { parseBundle } from './bundle.mjs';
import { equal, hex } from './bytes.mjs';
import { contractDomain, eventDigest, signedHash, structHash, typedDigest } from './eip712.mjs';
import { NotEvaluable, Rejection, wrong } from './errors.mjs';
import { keccakText } from './hashing.mjs';
import { tellHistory } from './history.mjs';
import { itemId } from './item-id.mjs';
import { NOT_PROVEN, remarksOn } from './remarks.mjs';
import { apply } from './rules.mjs';
import { requireSigned } from './signatures.mjs';
import { PLACE, readAccount, readHeader, readMapping } from './state.mjs';
import { NodePool } from './trie.mjs';
import { parseTrust } from './trust.mjs';
import { WALLET } from './vocabulary.mjs';
import { many, timeWords } from './wording.mjs';
import { challengeWord, genesis, readChallengeWord, readKeyWord, readSlot, slotWord } from './words.mjs';

/** @typedef {import('./bundle.mjs').Told} Told */
/** @typedef {import('./bundle.mjs').Signed} Signed */

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

/**
 * Judges a bundle by a trust file, both as their text or bytes. Never throws for what these hold.
 * @param {string | Uint8Array} bundleFile @param {string | Uint8Array} trustFile @param {Options} [options]
 */
export function verify(bundleFile, trustFile, options = {}) {
  const run = new Verification(options);
  /** @type {{ number: number, name: string, outcome: 'passed' | 'failed' | 'cannot evaluate' | 'not reached', told: string }[]} */
  const steps = STEPS.map((name, at) => ({ number: at + 1, name, outcome: 'not reached', told: '' }));
  for (const step of steps) {
    try {
      step.told = run.take(step.name, bundleFile, trustFile);
      step.outcome = 'passed';
    } catch (problem) {
      step.outcome = problem instanceof Rejection ? 'failed' : 'cannot evaluate';
      step.told = problem instanceof Rejection || problem instanceof NotEvaluable ? problem.message : unforeseen(problem);
      const verdict = problem instanceof Rejection ? 'rejected' : 'cannot evaluate';
      return { ...NOTHING_PROVEN, verdict, step: step.number, stepName: step.name, reason: step.told, steps };
    }
  }
  return { verdict: 'verified', step: null, stepName: null, reason: null, steps, ...run.proven(), notProven: NOT_PROVEN };
}

/** @typedef {ReturnType<typeof verify>} Report */

/** What is told of a file that proves nothing. */
const NOTHING_PROVEN = {
  completeAsOf: null, block: null, item: null, state: null, partners: [], events: [], remarks: [], notProven: NOT_PROVEN,
};

/** A fault of this verifier says nothing about the file. @param {unknown} problem */
function unforeseen(problem) {
  return `this verifier failed (${problem instanceof Error ? problem.message : problem}): use another, and report it`;
}

/** One run: what the steps found so far. Each method that is named like a step is that step. */
class Verification {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    /** @type {import('./history.mjs').Recorded[]} */
    this.history = [];
    /** @type {Map<string, import('./words.mjs').KeyWord>} by the key's address in hex */
    this.keyWords = new Map();
    /** @type {Map<number, Uint8Array>} by partner */
    this.nameHashes = new Map();
  }

  /** @param {string} name @param {string | Uint8Array} bundleFile @param {string | Uint8Array} trustFile @returns {string} what was found */
  take(name, bundleFile, trustFile) {
    if (name === 'form') return this.form(bundleFile, trustFile);
    return this[/** @type {'deployment'} */ (name)]();
  }

  /** @param {string | Uint8Array} bundleFile @param {string | Uint8Array} trustFile */
  form(bundleFile, trustFile) {
    this.trust = usable('trust file', () => parseTrust(trustFile));
    const beside = this.options.attestations ?? [];
    this.attestations = beside.map((file) => usable('attestation', () => parseAttestation(file)));
    this.bundle = parseBundle(bundleFile);
    const { events, challenges } = this.bundle;
    return `${many(events.length, 'event', 'events')}, ${many(challenges.length, 'challenge', 'challenges')}`;
  }

  deployment() {
    const { bundle, trust } = this.read();
    if (bundle.chainId !== trust.chainId) throw wrong('chainId', bundle.chainId, `the trust file pins chain ${trust.chainId}`);
    if (!equal(bundle.ledger, trust.ledger.address)) {
      throw new Rejection(`ledger: ${hex(bundle.ledger)}: the trust file pins ${hex(trust.ledger.address)}`);
    }
    return `ledger ${hex(bundle.ledger)} on chain ${bundle.chainId}`;
  }

  item() {
    const { id, uri, salt } = this.read().bundle.item;
    if (uri === null || salt === null) return 'known by its id alone';
    if (!equal(itemId(salt, uri), id)) {
      throw new Rejection(`item.id: ${hex(id)}: it does not follow from the URI and the salt`);
    }
    return uri;
  }

  block() {
    const { bundle, trust, attestations } = this.read();
    const header = readHeader(bundle.header);
    this.header = header;
    if (header.number < trust.block || (header.number === BigInt(trust.block) && !equal(header.hash, trust.blockHash))) {
      throw new Rejection(`header: block ${header.number}: the ledger was deployed in block ${trust.block}, another one`);
    }
    const witnesses = attesting(header, bundle.chainId, bundle.attestations, attestations);
    return vouch(header, trust.root, witnesses, this.options);
  }

  contracts() {
    const { bundle, trust, header } = this.read();
    this.pool = new NodePool(bundle.nodes);
    this.ledgerRoot = storageRoot(this.pool, header, trust.ledger, 'ProvenanceLedger');
    this.registryRoot = storageRoot(this.pool, header, trust.registry, 'PartnerRegistry');
    return 'ledger and registry have the pinned code';
  }

  state() {
    const { bundle, pool, ledgerRoot, registryRoot } = this.read();
    const slot = readMapping(pool, ledgerRoot, bundle.item.id, PLACE.slots);
    const challenges = readMapping(pool, ledgerRoot, bundle.item.id, PLACE.challenges);
    const keys = new Map();
    for (const key of signersOf(bundle)) {
      if (!keys.has(hex(key))) keys.set(hex(key), readMapping(pool, registryRoot, key, PLACE.keys));
    }
    for (const { partner, name } of bundle.partners) {
      if (name !== null) this.nameHashes.set(partner, readMapping(pool, registryRoot, partner, PLACE.nameHashes));
    }
    pool.requireUsed();
    this.slot = readSlot(slot);
    this.challenges = readChallengeWord(challenges);
    for (const [key, word] of keys) this.keyWords.set(key, readKeyWord(word, `key ${key}`));
    return many(bundle.nodes.length, 'trie node', 'trie nodes');
  }

  signatures() {
    const { bundle, trust } = this.read();
    const domain = contractDomain('ProvenanceLedger', bundle.chainId, bundle.ledger);
    let checked = 0;
    for (const { place, type, hash, signed } of signedMessages(bundle)) {
      if (this.key(signed.key).kind === WALLET) {
        requireWallet(place, signed, trust.acceptsWallets);
        continue;
      }
      if (!signed.signature) throw new Rejection(`${place}: ${hex(signed.key)} is no wallet: give its signature`);
      requireSigned(signed.key, typedDigest(domain, signedHash(type, hash, signed.index, signed.path)), signed.signature, place);
      checked++;
    }
    return `${many(checked, 'signature', 'signatures')} checked`;
  }

  keys() {
    const { bundle } = this.read();
    for (const [place, told] of placesOf(bundle)) {
      for (const signed of signaturesOf(told)) requireValid(place, signed.key, this.key(signed.key), told.time);
    }
    const mentioned = new Set([...this.keyWords.values()].map((word) => word.partner));
    for (const { message } of bundle.events) if (message.to) mentioned.add(message.to);
    const named = bundle.partners.map(({ partner }) => partner);
    if (named.length !== mentioned.size || named.some((partner) => !mentioned.has(partner))) {
      const list = [...mentioned].sort((a, b) => a - b).join(', ');
      throw new Rejection(`partners: ${named.join(', ') || 'none'}: the history mentions ${list || 'none'}`);
    }
    for (const { partner, name } of bundle.partners) {
      if (name !== null && !equal(keccakText(name), /** @type {Uint8Array} */ (this.nameHashes.get(partner)))) {
        throw wrong(`name of partner ${partner}`, name, "the registry has another name's hash");
      }
    }
    return `${many(this.keyWords.size, 'key', 'keys')}, each valid in its time`;
  }

  rules() {
    const { bundle, header } = this.read();
    /** @type {import('./rules.mjs').Item} */
    let item = { genesis: genesis(bundle.chainId, bundle.ledger, bundle.item.id), slot: null, challenges: null };
    let before = 0;
    for (const told of inOrder(bundle.events, bundle.challenges)) {
      if (told.time < before || told.time > header.time) {
        throw new Rejection(`time: ${told.time}: it lies before ${before} or after the block's ${header.time}`);
      }
      item = this.applied(item, told);
      this.history.push({ told, after: item });
      before = told.time;
    }
    return 'every event was allowed where it stands';
  }

  completeness() {
    const { bundle } = this.read();
    const last = this.history.at(-1)?.after;
    const { slot: proven, challenges: provenChallenges } = this;
    const same = sameWord(last?.slot ?? null, proven ?? null, slotWord);
    if (!same) throw incomplete('history', last?.slot?.seq ?? 0, proven?.seq ?? 0);
    if (!sameWord(last?.challenges ?? null, provenChallenges ?? null, challengeWord)) {
      throw incomplete('challenges', last?.challenges?.count ?? 0, provenChallenges?.count ?? 0);
    }
    if (!last) return 'the item was never taken in';
    return `all ${many(bundle.events.length, 'event', 'events')}, in order, none missing`;
  }

  freshness() {
    const { header } = this.read();
    const { now, maxAge, minBlock } = this.options;
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

  /** What a verified bundle proves, as plain data. */
  proven() {
    const { bundle, trust, header } = this.read();
    const slot = this.slot ?? null;
    const names = new Map(bundle.partners.map(({ partner, name }) => [partner, name]));
    return {
      completeAsOf: { time: plain(header.time), words: timeWords(header.time) },
      block: { number: plain(header.number), hash: hex(header.hash), chainId: bundle.chainId, ledger: hex(bundle.ledger) },
      item: { id: hex(bundle.item.id), uri: bundle.item.uri },
      state: slot && {
        stage: slot.stage,
        grade: slot.grade,
        onHold: slot.onHold,
        custodian: slot.custodian,
        custodianName: names.get(slot.custodian) ?? null,
        events: slot.seq,
        challenges: this.challenges?.count ?? 0,
      },
      partners: bundle.partners,
      events: tellHistory(bundle, this.history, this.keyWords),
      remarks: remarksOn(bundle, this.history, trust),
    };
  }

  /** What earlier steps have left; a step that asks too early is a fault of this file. */
  read() {
    const { bundle, trust, attestations, header, pool, ledgerRoot, registryRoot } = this;
    return /** @type {Required<typeof Found>} */ ({ bundle, trust, attestations, header, pool, ledgerRoot, registryRoot });
  }

  /** @param {Uint8Array} key @returns {import('./words.mjs').KeyWord} */
  key(key) {
    return /** @type {import('./words.mjs').KeyWord} */ (this.keyWords.get(hex(key)));
  }

  /** @param {Uint8Array} key @returns {import('./rules.mjs').Signer} */
  signer(key) {
    const { partner, roles, kind } = this.key(key);
    return { address: key, partner, roles, kind };
  }

  /** @param {import('./rules.mjs').Item} item @param {Told} told */
  applied(item, told) {
    const by = this.signer(told.signed.key);
    const receiver = told.acceptance && this.signer(told.acceptance.signed.key);
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
}

/** @type {{ bundle: import('./bundle.mjs').Bundle, trust: import('./trust.mjs').Trust, attestations: import('./attestations.mjs').Attestation[], header: import('./state.mjs').Header, pool: NodePool, ledgerRoot: Uint8Array, registryRoot: Uint8Array }} */
let Found;

/** @template T @param {string} file @param {() => T} parse @returns {T} */
function usable(file, parse) {
  try {
    return parse();
  } catch (problem) {
    if (problem instanceof Rejection) throw new NotEvaluable(`the ${file} cannot be used: ${problem.message}`);
    throw problem;
  }
}

/**
 * Who vouches for the block, in a few words.
 * @param {import('./state.mjs').Header} header @param {import('./trust.mjs').TrustRoot} root @param {Set<string>} witnesses
 * @param {Options} options
 */
function vouch(header, root, witnesses, options) {
  if (root.kind === 'witnesses') return witnessed(header, root, witnesses);
  if (root.kind === 'node') return asked(header, root.url, options);
  if (header.number !== BigInt(root.number)) {
    throw new NotEvaluable(
      `the proof is of block ${header.number}, the trust file pins block ${root.number} alone: ask for a proof of that ` +
        "block, or pin this one's hash from somewhere you trust",
    );
  }
  if (!equal(header.hash, root.hash)) {
    throw new Rejection(`header: ${hex(header.hash)}: the trust file pins ${hex(root.hash)} as block ${root.number}`);
  }
  return `block ${root.number}, whose hash is pinned`;
}

/** @param {import('./state.mjs').Header} header @param {{ threshold: number, witnesses: Uint8Array[] }} root @param {Set<string>} attested */
function witnessed(header, { threshold, witnesses }, attested) {
  const count = witnesses.filter((witness) => attested.has(hex(witness))).length;
  if (count < threshold) {
    throw new Rejection(`attestations: ${count} of the pinned witnesses: at least ${threshold} are needed`);
  }
  return `block ${header.number}, attested by ${count} of ${many(witnesses.length, 'witness', 'witnesses')}`;
}

/** @param {import('./state.mjs').Header} header @param {string} url @param {Options} options */
function asked(header, url, { askBlockHash }) {
  if (!askBlockHash) throw new NotEvaluable(`the trust root is the node at ${url}, and there is no way to ask it here`);
  const named = askBlockHash(url, header.number);
  if (named === null) throw new NotEvaluable(`the node at ${url} did not answer`);
  if (named.toLowerCase() !== hex(header.hash)) {
    throw new Rejection(`header: ${hex(header.hash)}: the node at ${url} has ${named.slice(0, 66)} at ${header.number}`);
  }
  return `block ${header.number}, as the node at ${url} has it`;
}

/** @param {NodePool} pool @param {import('./state.mjs').Header} header @param {import('./trust.mjs').Contract} pinned @param {string} name */
function storageRoot(pool, header, pinned, name) {
  const account = readAccount(pool, header.stateRoot, pinned.address);
  if (!account) throw new Rejection(`${name}: ${hex(pinned.address)}: nothing is there in block ${header.number}`);
  if (!equal(account.codeHash, pinned.codeHash)) {
    throw new Rejection(
      `${name}'s code hash: ${hex(account.codeHash)}: the trust file pins ${hex(pinned.codeHash)}: this is other code`,
    );
  }
  return account.storageRoot;
}

/** The records, each with its place in the file: events, then challenges. @param {import('./bundle.mjs').Bundle} bundle @returns {[string, Told][]} */
function placesOf(bundle) {
  return [
    ...bundle.events.map((told, at) => /** @type {[string, Told]} */ ([`events[${at}]`, told])),
    ...bundle.challenges.map((told, at) => /** @type {[string, Told]} */ ([`challenges[${at}]`, told])),
  ];
}

/** @param {Told} told @returns {Signed[]} */
const signaturesOf = (told) => (told.acceptance ? [told.signed, told.acceptance.signed] : [told.signed]);

/** The keys in the order of their mention. @param {import('./bundle.mjs').Bundle} bundle */
const signersOf = (bundle) => placesOf(bundle).flatMap(([, told]) => signaturesOf(told).map((signed) => signed.key));

/** What each key signed: the record's message, then what its receiver accepts. @param {import('./bundle.mjs').Bundle} bundle */
function* signedMessages(bundle) {
  for (const [place, told] of placesOf(bundle)) {
    const hash = structHash(told.type, told.message);
    yield { place: `${place}.signed`, type: told.type, hash, signed: told.signed };
    if (told.acceptance) {
      const accepted = acceptanceHash(hash, told.acceptance);
      yield { place: `${place}.acceptance.signed`, type: 'CustodyAcceptance', hash: accepted, signed: told.acceptance.signed };
    }
  }
}

/** @param {Uint8Array} offer the struct hash of what is accepted @param {import('./bundle.mjs').Acceptance} acceptance */
const acceptanceHash = (offer, { exceptions, document }) =>
  structHash('CustodyAcceptance', { offer, exceptions, details: document.root });

/** @param {string} place @param {Signed} signed @param {boolean} accepted */
function requireWallet(place, signed, accepted) {
  if (signed.signature || signed.path.length) {
    throw new Rejection(`${place}: ${hex(signed.key)}: a wallet's signature cannot be checked: write null, without a path`);
  }
  if (!accepted) throw new Rejection(`${place}: ${hex(signed.key)}: a contract wallet; the trust file refuses those`);
}

/** @param {string} place @param {Uint8Array} key @param {import('./words.mjs').KeyWord} word @param {number} time */
function requireValid(place, key, { validFrom, validTo }, time) {
  if (time < validFrom || time > validTo) {
    throw new Rejection(`${place}: key ${hex(key)}: valid from ${validFrom} to ${validTo}, not at ${time}`);
  }
}

/**
 * Events and challenges as one row. Within a second, a challenge comes as early as it can: so there is one order only.
 * @param {Told[]} events @param {Told[]} challenges @returns {Told[]}
 */
export function inOrder(events, challenges) {
  /** @type {Told[]} */
  const row = [];
  let next = 0;
  events.forEach((event, recorded) => {
    while (next < challenges.length && comesBefore(challenges[next], event, recorded)) row.push(challenges[next++]);
    row.push(event);
  });
  return row.concat(challenges.slice(next));
}

/** @param {Told} challenge @param {Told} event @param {number} recorded how many events are before it */
function comesBefore(challenge, event, recorded) {
  return challenge.time === event.time ? challenge.message.challenged <= recorded : challenge.time < event.time;
}

/** @template T @param {T | null} replayed @param {T | null} proven @param {(value: T) => Uint8Array} toWord */
function sameWord(replayed, proven, toWord) {
  if (replayed === null || proven === null) return replayed === proven;
  return equal(toWord(replayed), toWord(proven));
}

/** @param {string} row @param {number} told @param {number} proven */
function incomplete(row, told, proven) {
  const others = told === proven ? ', and to others' : '';
  return new Rejection(
    `${row}: ${told}: the chain's own state commits to ${proven}${others}: something is missing, added, altered or moved`,
  );
}

/** A number where it is exact, else text. @param {bigint} value */
const plain = (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value));
