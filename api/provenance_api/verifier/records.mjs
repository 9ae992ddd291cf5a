/** The records of a bundle as its verifier goes through them: who signed what, and in which order it happened. */

import { structHash } from './eip712.mjs';

/** @typedef {import('./bundle.mjs').Bundle} Bundle */
/** @typedef {import('./bundle.mjs').Told} Told */
/** @typedef {import('./bundle.mjs').Signed} Signed */

/** Each record with its place in the file: events, then challenges. @param {Bundle} bundle @returns {[string, Told][]} */
export function placesOf({ events, challenges }) {
  return [
    ...events.map((told, at) => /** @type {[string, Told]} */ ([`events[${at}]`, told])),
    ...challenges.map((told, at) => /** @type {[string, Told]} */ ([`challenges[${at}]`, told])),
  ];
}

/** The signer's, then the receiver's if there is one. @param {Told} told @returns {Signed[]} */
export const signaturesOf = (told) => (told.acceptance ? [told.signed, told.acceptance.signed] : [told.signed]);

/** The keys in the order of their mention. @param {Bundle} bundle */
export const signersOf = (bundle) =>
  placesOf(bundle).flatMap(([, told]) => signaturesOf(told).map((signed) => signed.key));

/** What each key signed: a record's message, then what its receiver accepts. @param {Bundle} bundle */
export function* signedMessages(bundle) {
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
export const acceptanceHash = (offer, { exceptions, document }) =>
  structHash('CustodyAcceptance', { offer, exceptions, details: document.root });

/**
 * Events and challenges as one row. Within a second, a challenge comes as early as it can: so there is one order only.
 * @param {Bundle} bundle @returns {Told[]}
 */
export function inOrder({ events, challenges }) {
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
