/** The proof bundle: an item's whole history in one file (proofs/SPEC.md, section 2). What is read here is well-formed. */

import { compare, isZero, utf8, ZERO } from './bytes.mjs';
import { detailsRoot, fieldCommitment } from './commitments.mjs';
import { NotEvaluable, Rejection, shown, wrong } from './errors.mjs';
import { parseJson } from './json.mjs';
import {
  array, choice, decimal, hexBytes, integer, members, nonEmptyText, readAddress, readWord, requireAscending, truth, uint,
} from './reading.mjs';

export const FORMAT = 'returns-provenance bundle 1';

/** @typedef {{ name: string, value: unknown }} Field */
/** @typedef {{ root: Uint8Array, fields: Field[], withheld: Uint8Array[], whole: boolean }} Document `whole`: withheld as a whole */
/** @typedef {{ key: Uint8Array, signature: Uint8Array | null, index: number, path: Uint8Array[] }} Signed */
/** @typedef {{ exceptions: number, document: Document, signed: Signed }} Acceptance */
/** @typedef {{ kind: string, type: string, time: number, message: any, document: Document, signed: Signed, acceptance: Acceptance | null }} Told */
/** @typedef {{ witness: Uint8Array, signature: Uint8Array }} WitnessSignature */
/** @typedef {ReturnType<typeof parseBundle>} Bundle */

/** The fields of each kind of record, in the order of its EIP-712 type, without `item` and `details`. */
const KINDS = {
  Intake: { type: 'Intake', fields: ['seq', 'grade', 'deadline'] },
  ConditionReport: { type: 'ConditionReport', fields: ['seq', 'stage', 'grade', 'deadline'] },
  CustodyTransfer: { type: 'CustodyOffer', fields: ['prior', 'to', 'deadline'] },
  Withdrawal: { type: 'Withdrawal', fields: ['seq', 'offer', 'deadline'] },
  Correction: { type: 'Correction', fields: ['seq', 'corrects', 'answers', 'deadline'] },
  Hold: { type: 'Hold', fields: ['seq', 'onHold', 'deadline'] },
  Ruling: { type: 'Ruling', fields: ['seq', 'stage', 'grade', 'to', 'answers', 'deadline'] },
  Challenge: { type: 'Challenge', fields: ['count', 'challenged', 'deadline'] },
};
const EVENT_KINDS = Object.keys(KINDS).filter((kind) => kind !== 'Challenge');

/** @type {Record<string, import('./reading.mjs').Read<any>>} */
const READ = {
  seq: uint(16), count: uint(16), corrects: uint(16), challenged: uint(16), answers: uint(16), stage: uint(8),
  grade: uint(8), to: uint(24), prior: readWord, offer: readWord, onHold: truth, deadline: decimal,
};

/** @param {string | Uint8Array} file */
export function parseBundle(file) {
  const value = parseJson(file);
  requireFormat(value);
  const found = members(value, 'bundle', [
    'format', 'chainId', 'ledger', 'item', 'header', 'attestations', 'partners', 'events', 'challenges', 'nodes',
  ]);
  const item = readItem(found.item);
  const bundle = {
    chainId: integer(found.chainId, 'chainId'),
    ledger: readAddress(found.ledger, 'ledger'),
    item,
    header: hexBytes(found.header, 'header'),
    attestations: readAttestations(found.attestations),
    partners: readPartners(found.partners),
    events: array(found.events, 'events', (told, place) => readTold(told, place, item.id, EVENT_KINDS)),
    challenges: array(found.challenges, 'challenges', (told, place) => readTold(told, place, item.id, ['Challenge'])),
    nodes: array(found.nodes, 'nodes', (node, place) => hexBytes(node, place)),
  };
  if (!bundle.events.length && (bundle.challenges.length || bundle.partners.length)) {
    throw new Rejection('events: none: an item without events has no challenges and no partners');
  }
  return bundle;
}

/** @param {unknown} value */
function requireFormat(value) {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  const format = isObject ? /** @type {Record<string, unknown>} */ (value).format : undefined;
  if (typeof format !== 'string') throw wrong('format', format, `give a file of format ${FORMAT}`);
  if (format !== FORMAT) throw new NotEvaluable(`format: ${shown(format)}: this verifier reads ${FORMAT}`);
}

/** @param {unknown} value @returns {{ id: Uint8Array, uri: string | null, salt: Uint8Array | null }} */
function readItem(value) {
  const found = members(value, 'item', ['id'], ['uri', 'salt']);
  const id = readWord(found.id, 'item.id');
  if ('uri' in found !== 'salt' in found) throw new Rejection('item: half open: give uri and salt both, or neither');
  if (!('uri' in found)) return { id, uri: null, salt: null };
  return { id, uri: nonEmptyText(found.uri, 'item.uri'), salt: readWord(found.salt, 'item.salt') };
}

/** @param {unknown} value @returns {WitnessSignature[]} */
function readAttestations(value) {
  const found = array(value, 'attestations', (entry, place) => {
    const { witness, signature } = members(entry, place, ['witness', 'signature']);
    return {
      witness: readAddress(witness, `${place}.witness`),
      signature: hexBytes(signature, `${place}.signature`, 65),
    };
  });
  requireAscending(found.map((one) => one.witness), compare, 'attestations', 'witnesses');
  return found;
}

/** @param {unknown} value @returns {{ partner: number, name: string | null }[]} */
function readPartners(value) {
  const found = array(value, 'partners', (entry, place) => {
    const { partner, name } = members(entry, place, ['partner', 'name']);
    return {
      partner: integer(partner, `${place}.partner`, 24),
      name: name === null ? null : nonEmptyText(name, `${place}.name`),
    };
  });
  requireAscending(found.map((one) => one.partner), (a, b) => a - b, 'partners', 'partners');
  return found;
}

/** @param {unknown} value @param {string} place @param {Uint8Array} item @param {string[]} kinds @returns {Told} */
function readTold(value, place, item, kinds) {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  const given = isObject ? /** @type {Record<string, unknown>} */ (value).kind : undefined;
  const kind = choice(given, `${place}.kind`, kinds);
  const { type, fields } = KINDS[/** @type {keyof typeof KINDS} */ (kind)];
  const required = ['kind', 'time', ...fields, 'details', 'signed'];
  const found = members(
    value,
    place,
    kind === 'CustodyTransfer' ? [...required, 'acceptance'] : required,
    kind === 'Ruling' ? ['acceptance'] : [],
  );
  const document = readDocument(found.details, `${place}.details`);
  const said = fields.map((name) => [name, READ[name](found[name], `${place}.${name}`)]);
  return {
    kind,
    type,
    time: integer(found.time, `${place}.time`),
    message: { item, ...Object.fromEntries(said), details: document.root },
    document,
    signed: readSigned(found.signed, `${place}.signed`),
    acceptance: 'acceptance' in found ? readAcceptance(found.acceptance, `${place}.acceptance`) : null,
  };
}

/** @param {unknown} value @param {string} place @returns {Acceptance} */
function readAcceptance(value, place) {
  const found = members(value, place, ['exceptions', 'details', 'signed']);
  return {
    exceptions: integer(found.exceptions, `${place}.exceptions`, 16),
    document: readDocument(found.details, `${place}.details`),
    signed: readSigned(found.signed, `${place}.signed`),
  };
}

/** @param {unknown} value @param {string} place @returns {Signed} */
function readSigned(value, place) {
  const found = members(value, place, ['key', 'signature'], ['index', 'path']);
  const key = readAddress(found.key, `${place}.key`);
  const signature = found.signature === null ? null : hexBytes(found.signature, `${place}.signature`, 65);
  if ('index' in found !== 'path' in found) {
    throw new Rejection(`${place}: half a path: give index and path both, or neither`);
  }
  if (!('path' in found)) return { key, signature, index: 0, path: [] };
  const path = array(found.path, `${place}.path`, readWord);
  const index = integer(found.index, `${place}.index`, 10);
  if (path.length < 1 || path.length > 10 || index >> path.length) {
    throw wrong(`${place}.index`, index, 'give 1 to 10 steps, and a place within that tree');
  }
  return { key, signature, index, path };
}

/** @param {unknown} value @param {string} place @returns {Document} */
function readDocument(value, place) {
  if (value === null) return { root: ZERO, fields: [], withheld: [], whole: false };
  if (typeof value === 'object' && 'root' in value) {
    const root = readWord(members(value, place, ['root']).root, `${place}.root`);
    if (isZero(root)) throw wrong(`${place}.root`, root, 'write null where there are no details');
    return { root, fields: [], withheld: [], whole: true };
  }
  const found = members(value, place, ['fields', 'withheld']);
  const fields = array(found.fields, `${place}.fields`, readField);
  const withheld = array(found.withheld, `${place}.withheld`, readWord);
  if (!fields.length && !withheld.length) {
    throw new Rejection(`${place}: empty: write null where there are no details`);
  }
  requireAscending(fields.map((field) => utf8(field.name)), compare, `${place}.fields`, 'names');
  requireAscending(withheld, compare, `${place}.withheld`, 'commitments');
  return {
    root: detailsRoot([...fields.map((field) => field.commitment), ...withheld], place),
    fields: fields.map(({ name, value: told }) => ({ name, value: told })),
    withheld,
    whole: false,
  };
}

/** @param {unknown} value @param {string} place */
function readField(value, place) {
  const found = members(value, place, ['name', 'salt', 'value']);
  const name = nonEmptyText(found.name, `${place}.name`);
  const salt = hexBytes(found.salt, `${place}.salt`, 16);
  return { name, value: found.value, commitment: fieldCommitment(salt, name, found.value, `${place}.value`) };
}
