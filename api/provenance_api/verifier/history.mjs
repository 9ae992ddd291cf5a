/** A verified history, told as plain data: what a page or a program shows without knowing any rule. */

import { hex } from './bytes.mjs';
import { WALLET } from './vocabulary.mjs';
import { eventWords, exceptionWords } from './wording.mjs';

/** @typedef {import('./bundle.mjs').Bundle} Bundle */
/** @typedef {import('./bundle.mjs').Told} Told */
/** @typedef {import('./rules.mjs').Item} Item */
/** @typedef {{ told: Told, after: Item }} Recorded a record, and the item after it */

/**
 * One entry for each record, in the order in which they were recorded. Events have a `number` (their seq), challenges
 * have their own (their count). What corrects, disputes or answers an entry is named beside it.
 * @param {Bundle} bundle @param {Recorded[]} history @param {Map<string, import('./words.mjs').KeyWord>} keys
 */
export function tellHistory(bundle, history, keys) {
  const names = new Map(bundle.partners.map(({ partner, name }) => [partner, name]));
  /** @param {Uint8Array} key */
  const partyOf = (key) => {
    const word = /** @type {import('./words.mjs').KeyWord} */ (keys.get(hex(key)));
    const { partner } = word;
    return { partner, name: names.get(partner) ?? null, key: hex(key), isWallet: word.kind === WALLET };
  };
  /** @type {number | undefined} */
  let stage;
  const entries = history.map(({ told, after }) => {
    const slot = /** @type {import('./words.mjs').Slot} */ (after.slot);
    const isChallenge = told.kind === 'Challenge';
    const entry = {
      kind: told.kind,
      number: isChallenge ? told.message.count : slot.seq,
      words: eventWords(told, stage),
      time: told.time,
      by: partyOf(told.signed.key),
      receiver: told.acceptance ? partyOf(told.acceptance.signed.key) : null,
      reservations: told.acceptance ? exceptionWords(told.acceptance.exceptions) : [],
      stage: slot.stage,
      grade: slot.grade,
      onHold: slot.onHold,
      custodian: slot.custodian,
      corrects: told.message.corrects ?? 0,
      challenges: told.message.challenged ?? 0,
      answers: told.message.answers ?? 0,
      correctedBy: /** @type {number[]} */ ([]),
      challengedBy: /** @type {number[]} */ ([]),
      answeredBy: /** @type {number[]} */ ([]),
      documents: [told.document, ...(told.acceptance ? [told.acceptance.document] : [])].map(tellDocument),
    };
    stage = slot.stage;
    return entry;
  });
  crossReference(entries);
  return entries;
}

/** @param {import('./bundle.mjs').Document} document */
function tellDocument({ fields, withheld, whole }) {
  return { fields, shown: fields.length, withheld: withheld.length, whole };
}

/** @typedef {ReturnType<typeof tellHistory>[number]} Entry */

/** @param {Entry[]} entries */
function crossReference(entries) {
  const events = new Map(entries.filter((one) => one.kind !== 'Challenge').map((one) => [one.number, one]));
  const challenges = new Map(entries.filter((one) => one.kind === 'Challenge').map((one) => [one.number, one]));
  for (const entry of entries) {
    events.get(entry.corrects)?.correctedBy.push(entry.number);
    events.get(entry.challenges)?.challengedBy.push(entry.number);
    challenges.get(entry.answers)?.answeredBy.push(entry.number);
  }
}
