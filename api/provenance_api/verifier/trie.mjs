/**
 * Merkle Patricia tries, walked from a root that is believed down to a value, or to the proof that there is none.
 * Source: Ethereum Yellow Paper, appendix D. Keys are hashed before (the "secure" trie), so all have 32 bytes.
 */

import { concat, hex } from './bytes.mjs';
import { Rejection, wrong } from './errors.mjs';
import { keccak } from './hashing.mjs';
import { decodeRlpList } from './rlp.mjs';

/** @typedef {import('./rlp.mjs').Rlp} Rlp */

/** The root of the trie without an entry. */
export const EMPTY_ROOT = hex(keccak(Uint8Array.of(0x80)));

const KEY_NIBBLES = 64;
const NOTHING = new Uint8Array(0);
const HINT = "give the chain's own nodes";

/** The nodes of all walks: found by their hashes, each once, in the order in which the walks first need them. */
export class NodePool {
  /** @param {Uint8Array[]} nodes */
  constructor(nodes) {
    this.given = nodes.map((node) => hex(keccak(node)));
    this.encoded = new Map(nodes.map((node, at) => [this.given[at], node]));
    /** @type {Map<string, Rlp[]>} */
    this.decoded = new Map();
  }

  /** @param {Uint8Array} hash @returns {Rlp[]} */
  node(hash) {
    const name = hex(hash);
    let found = this.decoded.get(name);
    if (!found) {
      const encoded = this.encoded.get(name);
      if (!encoded) throw new Rejection(`node ${name}: missing: give every node on the way to a value`);
      found = decodeRlpList(encoded, `node ${name}`);
      this.decoded.set(name, found);
    }
    return found;
  }

  /** Every node was needed, and they stand in the order of their first use, each once. */
  requireUsed() {
    if (this.encoded.size < this.given.length) {
      throw new Rejection(`nodes: ${this.given.length - this.encoded.size} too many: give each node once`);
    }
    const unused = this.given.length - this.decoded.size;
    if (unused) throw new Rejection(`nodes: ${unused} prove nothing: leave them out`);
    // Maps keep the order of insertion, here that of the first use.
    if ([...this.decoded.keys()].some((name, at) => name !== this.given[at])) {
      throw new Rejection('nodes: in another order: give them in the order of their first use');
    }
  }
}

/**
 * What the trie with this root holds under a key; null is proven absence.
 * @param {NodePool} pool @param {Uint8Array} root @param {Uint8Array} key 32 bytes
 * @returns {Uint8Array | null}
 */
export function valueAt(pool, root, key) {
  if (hex(root) === EMPTY_ROOT) return null;
  const nibbles = hex(key).slice(2);
  /** @type {Rlp} */
  let node = pool.node(root);
  let depth = 0;
  for (;;) {
    const step = stepInto(node, nibbles, depth);
    if (step.child instanceof Uint8Array && step.child.length === 0) return null;
    if (step.isLeaf) return requireBytes(step.child);
    node = step.child instanceof Uint8Array ? pool.node(requireHash(step.child)) : step.child;
    depth = step.depth;
  }
}

/**
 * What the node holds towards the key, how many nibbles are walked then, and whether it is the value itself.
 * @param {Rlp} node @param {string} nibbles @param {number} depth
 * @returns {{ child: Rlp, depth: number, isLeaf: boolean }}
 */
function stepInto(node, nibbles, depth) {
  if (node instanceof Uint8Array || (node.length !== 2 && node.length !== 17)) {
    throw new Rejection(`trie node: neither a branch, an extension nor a leaf: ${HINT}`);
  }
  if (node.length === 17) {
    // All keys are equally long: no value ends in a branch.
    if (depth >= KEY_NIBBLES) throw new Rejection(`trie node: a branch below a whole key: ${HINT}`);
    return { child: node[parseInt(nibbles[depth], 16)], depth: depth + 1, isLeaf: false };
  }
  const { segment, isLeaf } = segmentOf(requireBytes(node[0]));
  const end = depth + segment.length;
  if (isLeaf && end !== KEY_NIBBLES) throw new Rejection(`trie node: a leaf that ends before its key: ${HINT}`);
  if (nibbles.slice(depth, end) !== segment) return { child: NOTHING, depth: end, isLeaf };
  if (node[1] instanceof Uint8Array && node[1].length === 0) {
    throw new Rejection(`trie node: a path to nothing: ${HINT}`);
  }
  return { child: node[1], depth: end, isLeaf };
}

/** Nibbles as hex digits, and whether they lead to a leaf (appendix C). @param {Uint8Array} encoded */
function segmentOf(encoded) {
  const digits = hex(encoded).slice(2);
  const flag = digits[0];
  if (flag === '1' || flag === '3') return { segment: digits.slice(1), isLeaf: flag === '3' };
  if ((flag === '0' || flag === '2') && digits[1] === '0') return { segment: digits.slice(2), isLeaf: flag === '2' };
  throw new Rejection(`trie node: a path that is not hex-prefix encoded: ${HINT}`);
}

/** @param {Rlp} value @returns {Uint8Array} */
function requireBytes(value) {
  if (value instanceof Uint8Array) return value;
  throw new Rejection(`trie node: a list where bytes belong: ${HINT}`);
}

/** @param {Uint8Array} value */
function requireHash(value) {
  if (value.length === 32) return value;
  throw wrong('trie node', concat(value), `a reference is a hash of 32 bytes; ${HINT}`);
}
