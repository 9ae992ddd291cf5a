/** The words people read; those of src/provenance/workflows/wording.py. */

export const STAGE_WORDS = [
  'None', 'Received', 'Evaluated', 'In repair', 'In refurbishment', 'Remanufactured', 'In material recovery',
  'Ready for resale', 'Resold', 'Reused', 'Sent back', 'Stored for analysis', 'Missing', 'Recycled', 'Disposed of',
];

export const GRADE_WORDS = [
  'Not graded', 'As new', 'Very good', 'Good', 'Fair', 'Poor', 'Defective', 'For material only',
];

/** What a report says happened, by the stage it reports. */
export const REPORTED_WORDS = [
  '', 'Received again', 'Inspected and graded', 'Repair begun', 'Refurbishment begun', 'Remanufactured into a new item',
  'Taken apart for its materials', 'Made ready for resale', 'Sold again', 'Given to a new user', 'Sent back',
  'Stored for analysis', 'Reported missing', 'Recycled', 'Disposed of',
];

const EXCEPTIONS = new Map([
  [1, 'damaged'], [2, 'wrong serial number'], [4, 'a part is missing'], [8, 'wrong product'], [16, 'packaging'],
  [32, 'not as graded'], [32768, 'other reservations'],
]);

const KIND_WORDS = {
  Intake: 'Taken in as a return',
  CustodyTransfer: 'Handed over',
  Withdrawal: 'Offer withdrawn',
  Correction: 'Earlier event marked as wrong',
  Ruling: "Auditor's ruling",
  Challenge: 'Challenged',
};

/** The reservations in a bit set. @param {number} exceptions @returns {string[]} */
export const exceptionWords = (exceptions) =>
  [...EXCEPTIONS].filter(([bit]) => exceptions & bit).map(([, words]) => words);

/**
 * What happened, in a few words.
 * @param {import('./bundle.mjs').Told} told @param {number | undefined} stageBefore
 */
export function eventWords({ kind, message }, stageBefore) {
  if (kind === 'ConditionReport') return message.stage === stageBefore ? 'Observed' : REPORTED_WORDS[message.stage];
  if (kind === 'Hold') return message.onHold ? 'Put on hold' : 'Hold lifted';
  return KIND_WORDS[/** @type {'Intake'} */ (kind)];
}

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December',
];

/** The latest time that a Date can hold, in Unix seconds. */
const LATEST = 8.64e12;

/** E.g. 1 May 2017, 12:30:05 UTC; a time beyond all calendars stays a number. @param {number | bigint} time Unix seconds */
export function timeWords(time) {
  const seconds = Number(time);
  if (seconds > LATEST) return `second ${time} of Unix time`;
  const date = new Date(seconds * 1000);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day}, ${clock.map((part) => String(part).padStart(2, '0')).join(':')} UTC`;
}

/** @param {number} count @param {string} one @param {string} more */
export const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
