/**
 * Lets the Python tests call the browser's modules: one JSON object a line in, {"op": name, ...}; one line out, {"ok": value},
 * {"refused": rule} where a rule of the ledger refuses, or {"rejected": message}. Bytes are 0x hex, 64-bit integers text.
 */

import { createInterface } from 'node:readline';
import { attestationDigest, contractDomain, eventDigest, signedHash, structHash, treeTypeString, typedDigest, TYPE_STRINGS } from '../../api/provenance_api/verifier/eip712.mjs';
import { fromHex, hex } from '../../api/provenance_api/verifier/bytes.mjs';
import { canonical } from '../../api/provenance_api/verifier/canonical.mjs';
import { detailsRoot, fieldCommitment } from '../../api/provenance_api/verifier/commitments.mjs';
import { Rejection, RuleRefusal } from '../../api/provenance_api/verifier/errors.mjs';
import { itemId } from '../../api/provenance_api/verifier/item-id.mjs';
import { parseJson } from '../../api/provenance_api/verifier/json.mjs';
import { decodeRlp } from '../../api/provenance_api/verifier/rlp.mjs';
import { firstMoment } from '../../api/provenance_api/verifier/remarks.mjs';
import { apply } from '../../api/provenance_api/verifier/rules.mjs';
import { recover } from '../../api/provenance_api/verifier/signatures.mjs';
import { NodePool, valueAt } from '../../api/provenance_api/verifier/trie.mjs';
import { verify } from '../../api/provenance_api/verifier/verify.mjs';
import { eventWords, exceptionWords, GRADE_WORDS, STAGE_WORDS } from '../../api/provenance_api/verifier/wording.mjs';
import { challengeWord, genesis, nextHead, readChallengeWord, readKeyWord, readSlot, slotWord } from '../../api/provenance_api/verifier/words.mjs';

const bytes = (text) => {
  const found = fromHex(text);
  if (!found) throw new Error(`${text} is no hex`);
  return found;
};

const fieldsOf = (type) => TYPE_STRINGS[type].slice(type.length + 1, -1).split(',').map((part) => part.split(' '));

/** A message of the vectors with the types that the modules take. */
const message = (type, given) =>
  Object.fromEntries(
    fieldsOf(type).map(([kind, label]) => {
      const value = given[label];
      if (kind === 'bytes32') return [label, bytes(value)];
      return [label, kind === 'uint64' ? BigInt(value) : value];
    }),
  );

const signer = (given) => given && { ...given, address: bytes(given.address) };

/** Bytes as hex, big integers as text, all the way down. */
function plain(value) {
  if (value instanceof Uint8Array) return hex(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  }
  return value;
}

const file = ({ text, base64 }) => (base64 === undefined ? text : new Uint8Array(Buffer.from(base64, 'base64')));

const OPS = {
  structHash: ({ type, message: given }) => structHash(type, message(type, given)),
  signedHash: ({ type, leaf, index, path }) => signedHash(type, bytes(leaf), index, path.map(bytes)),
  typeStrings: () => TYPE_STRINGS,
  treeTypeString: ({ type, height }) => treeTypeString(type, height),
  domain: ({ name, chainId, address }) => contractDomain(name, chainId, bytes(address)),
  typedDigest: ({ domain, hash }) => typedDigest(bytes(domain), bytes(hash)),
  attestationDigest: ({ chainId, number, hash }) => attestationDigest(chainId, number, bytes(hash)),
  eventDigest: ({ begun, by, accepted, receiver }) => eventDigest(bytes(begun), signer(by), accepted && bytes(accepted), signer(receiver)),
  recover: ({ digest, signature }) => recover(bytes(digest), bytes(signature)),
  parse: (given) => parseJson(file(given)),
  canonical: (given) => canonical(parseJson(file(given))),
  field: ({ salt, name, value }) => fieldCommitment(bytes(salt), name, value),
  detailsRoot: ({ commitments }) => detailsRoot(commitments.map(bytes)),
  itemId: ({ salt, uri }) => itemId(bytes(salt), uri),
  slot: ({ word }) => {
    const slot = readSlot(bytes(word));
    return { ...slot, again: slotWord(slot) };
  },
  challengeWord: ({ word }) => {
    const read = readChallengeWord(bytes(word));
    return { ...read, again: challengeWord(read) };
  },
  keyWord: ({ word }) => readKeyWord(bytes(word)),
  genesis: ({ chainId, ledger, item }) => genesis(chainId, bytes(ledger), bytes(item)),
  nextHead: ({ prior, digest, time }) => nextHead(bytes(prior), bytes(digest), time),
  apply: ({ item, event, digest, time }) => {
    const before = {
      genesis: bytes(item.genesis),
      slot: item.slot && readSlot(bytes(item.slot)),
      challenges: item.challenges && readChallengeWord(bytes(item.challenges)),
    };
    const { type, by, receiver } = event;
    const happened = { type, message: message(type, event.message), by: signer(by), receiver: signer(receiver) };
    const after = apply(before, happened, bytes(digest), time);
    return [after.slot && slotWord(after.slot), after.challenges && challengeWord(after.challenges)];
  },
  rlp: ({ data }) => decodeRlp(bytes(data)),
  trie: ({ nodes, root, keys }) => {
    const pool = new NodePool(nodes.map(bytes));
    const values = keys.map((key) => valueAt(pool, bytes(root), bytes(key)));
    pool.requireUsed();
    return values;
  },
  firstMoment: ({ text }) => firstMoment(text),
  words: () => ({ stages: STAGE_WORDS, grades: GRADE_WORDS }),
  eventWords: ({ kind, stage, stageBefore, onHold }) => eventWords({ kind, message: { stage, onHold } }, stageBefore),
  exceptionWords: ({ exceptions }) => exceptionWords(exceptions),
  verify: ({ bundle, trust, options = {} }) => {
    const { blockHash, attestations = [], ...others } = options;
    const ask = blockHash === undefined ? {} : { askBlockHash: () => blockHash };
    return verify(file(bundle), file(trust), { ...others, ...ask, attestations: attestations.map(file) });
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let answer;
  try {
    const { op, ...given } = JSON.parse(line);
    answer = { ok: plain(OPS[op](given)) };
  } catch (problem) {
    // Anything else is a fault of the modules: it ends the driver, and the test with it.
    if (!(problem instanceof Rejection)) throw problem;
    answer = problem instanceof RuleRefusal ? { refused: problem.rule } : { rejected: problem.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
