/** How a check ends that does not pass. */

/** What is checked is not so: the verdict is "rejected". The message is one line that says what and where. */
export class Rejection extends Error {}

/** Nothing can be said either way: the verdict is "cannot evaluate". */
export class NotEvaluable extends Error {}

/** A rule of the ledger does not allow an event; `name` is the contract's error (contracts/SPEC.md, section 4). */
export class RuleRefusal extends Rejection {
  /** @param {string} rule @param {string} told */
  constructor(rule, told) {
    super(`${rule}: ${told}`);
    this.rule = rule;
  }
}

const SHOWN = 80;

/**
 * A rejection that names place, value and what to do.
 * @param {string} place @param {unknown} value @param {string} hint
 */
export function wrong(place, value, hint) {
  return new Rejection(`${place}: ${shown(value)}: ${hint}`);
}

/** A value as it is shown in one line. @param {unknown} value @returns {string} */
export function shown(value) {
  if (value === undefined) return 'missing';
  // Flat and cut before it is written: a value may be millions of characters long.
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value !== null && typeof value === 'object') return `an object of ${Object.keys(value).length} members`;
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  return String(value);
}
