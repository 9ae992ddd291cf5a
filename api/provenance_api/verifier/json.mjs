/**
 * Strict JSON: what two readers could understand differently is refused (proofs/SPEC.md, section 1; RFC 8259).
 * JSON.parse would take duplicate members, fractions, -0 and lone surrogates, and round large integers.
 */

import { Rejection } from './errors.mjs';

export const MAX_BYTES = 64 * 1024 * 1024;
export const MAX_DEPTH = 64;

const ESCAPED = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const NUMBER = /-?(?:0|[1-9][0-9]*)/y;
const LITERAL = /true|false|null/y;
const BLANK = /[ \t\n\r]*/y;
const VALUES = { true: true, false: false, null: null };

/**
 * The one value in a file. Objects come without prototype, so that no member name is special.
 * @param {string | Uint8Array} given text, or UTF-8 bytes
 * @returns {unknown}
 */
export function parseJson(given) {
  const reader = new Reader(textOf(given));
  const value = reader.value(0);
  reader.blank();
  if (reader.at < reader.text.length) throw reader.problem('there is more after the value');
  return value;
}

/** @param {string | Uint8Array} given @returns {string} */
function textOf(given) {
  const size = typeof given === 'string' ? utf8Length(given) : given.length;
  if (size > MAX_BYTES) throw new Rejection(`file: ${size} bytes long: give at most ${MAX_BYTES} bytes`);
  if (typeof given === 'string') return given;
  try {
    // A byte order mark stays, and is then refused like any other stray character.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(given);
  } catch {
    throw new Rejection('file: not UTF-8: give UTF-8');
  }
}

/** @param {string} text */
function utf8Length(text) {
  return text.length * 3 <= MAX_BYTES ? text.length : new TextEncoder().encode(text).length;
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @param {string} why */
  problem(why) {
    return new Rejection(`file: character ${this.at}: ${why}: give one JSON value`);
  }

  blank() {
    this.take(BLANK);
  }

  /** What the sticky pattern finds here, which is then behind us. @param {RegExp} pattern @returns {string | null} */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  /** Whether this character comes next, which is then behind us. @param {string} character */
  skip(character) {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  /** @param {number} depth how many arrays and objects are around @returns {unknown} */
  value(depth) {
    this.blank();
    const first = this.text[this.at];
    if (first === '{' || first === '[') {
      if (depth === MAX_DEPTH) throw this.problem(`nested more than ${MAX_DEPTH} deep`);
      this.at++;
      return first === '{' ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (first === '"') return this.string();
    const literal = this.take(LITERAL);
    return literal === null ? this.number() : VALUES[/** @type {'true'} */ (literal)];
  }

  /** @param {number} depth */
  object(depth) {
    const members = Object.create(null);
    this.blank();
    if (this.skip('}')) return members;
    for (;;) {
      this.blank();
      if (this.text[this.at] !== '"') throw this.problem('a member name is missing');
      const name = this.string();
      if (name in members) throw this.problem(`the member ${JSON.stringify(name.slice(0, 80))} comes twice`);
      this.blank();
      if (!this.skip(':')) throw this.problem('a colon is missing');
      members[name] = this.value(depth);
      this.blank();
      if (this.skip('}')) return members;
      if (!this.skip(',')) throw this.problem('a comma or } is missing');
    }
  }

  /** @param {number} depth */
  array(depth) {
    /** @type {unknown[]} */
    const values = [];
    this.blank();
    if (this.skip(']')) return values;
    for (;;) {
      values.push(this.value(depth));
      this.blank();
      if (this.skip(']')) return values;
      if (!this.skip(',')) throw this.problem('a comma or ] is missing');
    }
  }

  number() {
    const digits = this.take(NUMBER);
    if (digits === null) throw this.problem('no value begins like this');
    // RFC 7493, section 2.2: beyond 2^53 - 1 readers round.
    const value = Number(digits);
    if (!Number.isSafeInteger(value) || Object.is(value, -0) || /[.eE0-9]/.test(this.text[this.at] ?? '')) {
      throw this.problem('numbers are integers within 2^53 - 1, zero without a sign; amounts are text');
    }
    return value;
  }

  string() {
    const start = ++this.at;
    let whole = '';
    let kept = start;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (Number.isNaN(code)) throw this.problem('a text is not ended');
      if (code < 0x20) throw this.problem('a control character stands in a text');
      this.at++;
      if (code === 0x5c) {
        whole += this.text.slice(kept, this.at - 1) + this.escape();
        kept = this.at;
      }
    }
    whole += this.text.slice(kept, this.at++);
    if (/\p{Surrogate}/u.test(whole)) throw this.problem('a lone surrogate is no Unicode text');
    return whole;
  }

  escape() {
    const letter = this.text[this.at++];
    if (letter === 'u') {
      const digits = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.problem('\\u needs four hex digits');
      this.at += 4;
      return String.fromCharCode(parseInt(digits, 16));
    }
    const meant = Object.hasOwn(ESCAPED, letter ?? '') ? ESCAPED[/** @type {'b'} */ (letter)] : undefined;
    if (meant === undefined) throw this.problem('no such escape');
    return meant;
  }
}
