/** Remarks: what a reader of a verified history should not overlook. They change no verdict. */

import { hex } from './bytes.mjs';
import { many, timeWords } from './wording.mjs';

/** What a verdict does not say (proofs/SPEC.md, section 7). */
export const NOT_PROVEN = [
  'Nothing after the proven block: ask for a newer proof where that matters.',
  'Nothing about the physical truth of what was signed: the signers answer for that.',
  'Not that the product has no second id under which something else is recorded.',
  'Little where one party runs the chain and names the block itself: ask for witnesses with nodes of their own.',
];

/** @typedef {import('./bundle.mjs').Told} Told */

/**
 * One sentence each.
 * @param {import('./bundle.mjs').Bundle} bundle @param {import('./history.mjs').Recorded[]} history
 * @param {import('./trust.mjs').Trust} trust @returns {string[]}
 */
export function remarksOn(bundle, history, trust) {
  const records = [...bundle.events, ...bundle.challenges];
  const onHold = history.at(-1)?.after.slot?.onHold ?? false;
  return [
    ...records.flatMap(ofRecord),
    ...(onHold ? ['The item is on hold.'] : []),
    ...ofSilence(bundle, records),
    ...ofTrust(trust),
  ];
}

/** @param {Told} told @returns {string[]} */
function ofRecord(told) {
  return [...ofDispute(told), ...documentsOf(told).flatMap((document) => document.fields.flatMap((field) => ofField(told, field)))];
}

/** @param {Told} told @returns {string[]} */
function ofDispute({ kind, message }) {
  const answer = message.answers ? `, in answer to challenge ${message.answers}` : '';
  switch (kind) {
    case 'Correction':
      return [`Event ${message.seq} says that event ${message.corrects} is wrong${answer}.`];
    case 'Challenge':
      return [`Challenge ${message.count} disputes event ${message.challenged}.`];
    case 'Ruling':
      return [`Event ${message.seq} is a ruling: an auditor set the state right${answer}.`];
    case 'Hold':
      return [`Event ${message.seq} ${message.onHold ? 'freezes the item' : 'lifts the hold'}.`];
    default:
      return [];
  }
}

/** @param {Told} told @param {import('./bundle.mjs').Field} field @returns {string[]} */
function ofField(told, { name, value }) {
  if (name !== 'occurredAt' || typeof value !== 'string') return [];
  const earliest = firstMoment(value);
  if (earliest === null || earliest <= told.time) return [];
  return [`A record of ${timeWords(told.time)} says that it happened on ${value.slice(0, 40)}, later than it was recorded.`];
}

const DAY_AND_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** The first moment that the text can mean, in Unix seconds: of a day its beginning; null where it is no date. @param {string} text */
export function firstMoment(text) {
  const parts = DAY_AND_TIME.exec(text);
  if (!parts) return null;
  const [, day, clock = '00:00', zone = 'Z'] = parts;
  const milliseconds = Date.parse(`${day}T${clock}${zone}`);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}

/** @param {import('./bundle.mjs').Bundle} bundle @param {Told[]} records @returns {string[]} */
function ofSilence(bundle, records) {
  const documents = records.flatMap(documentsOf);
  const signed = records.flatMap((told) => [told.signed, ...(told.acceptance ? [told.acceptance.signed] : [])]);
  const withheld = documents.reduce((count, document) => count + document.withheld.length, 0);
  const whole = documents.filter((document) => document.whole).length;
  const wallets = signed.filter((one) => one.signature === null).length;
  const nameless = bundle.partners.filter((partner) => partner.name === null).length;
  return [
    withheld && `${many(withheld, 'field is', 'fields are')} withheld or erased; what is shown is what was signed.`,
    whole && `${many(whole, 'details document is', 'details documents are')} not shown at all.`,
    wallets &&
      `${many(wallets, 'signature was', 'signatures were')} accepted by a contract wallet, and cannot be re-checked offline.`,
    nameless && `${many(nameless, 'partner is', 'partners are')} told by number alone.`,
    bundle.item.uri === null && 'The item is told by its id alone: nothing says which product it is.',
  ].filter((remark) => typeof remark === 'string');
}

/** @param {import('./trust.mjs').Trust} trust @returns {string[]} */
function ofTrust(trust) {
  const one = 'One party runs this chain: a block hash that comes from that party proves little.';
  if (trust.predecessor === null) return trust.oneOperator ? [one] : [];
  const before = `An earlier ledger, ${hex(trust.predecessor)}, came before this one: what was recorded there has a proof of its own.`;
  return trust.oneOperator ? [one, before] : [before];
}

/** @param {Told} told */
const documentsOf = (told) => (told.acceptance ? [told.document, told.acceptance.document] : [told.document]);
