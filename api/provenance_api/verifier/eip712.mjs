/**
 * EIP-712: what is signed, hashed (contracts/SPEC.md, section 3). One signature over many messages is EIP-712 too:
 * nested fixed arrays hash as a binary Merkle tree.
 */

import { concat } from './bytes.mjs';
import { keccak, keccakText, keccakWords } from './hashing.mjs';

export const MAX_HEIGHT = 10;

export const TYPE_STRINGS = {
  Intake: 'Intake(bytes32 item,uint16 seq,uint8 grade,uint64 deadline,bytes32 details)',
  ConditionReport: 'ConditionReport(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint64 deadline,bytes32 details)',
  CustodyOffer: 'CustodyOffer(bytes32 item,bytes32 prior,uint24 to,uint64 deadline,bytes32 details)',
  CustodyAcceptance: 'CustodyAcceptance(bytes32 offer,uint16 exceptions,bytes32 details)',
  Withdrawal: 'Withdrawal(bytes32 item,uint16 seq,bytes32 offer,uint64 deadline,bytes32 details)',
  Correction: 'Correction(bytes32 item,uint16 seq,uint16 corrects,uint16 answers,uint64 deadline,bytes32 details)',
  Challenge: 'Challenge(bytes32 item,uint16 count,uint16 challenged,uint64 deadline,bytes32 details)',
  Hold: 'Hold(bytes32 item,uint16 seq,bool onHold,uint64 deadline,bytes32 details)',
  Ruling:
    'Ruling(bytes32 item,uint16 seq,uint8 stage,uint8 grade,uint24 to,uint16 answers,uint64 deadline,bytes32 details)',
};

/** @typedef {keyof typeof TYPE_STRINGS} MessageType */
/** @typedef {Record<string, Uint8Array | bigint | number | boolean>} Message by the labels of its type */

const SHAPES = new Map(
  Object.entries(TYPE_STRINGS).map(([name, type]) => [
    name,
    { type, typeHash: keccakText(type), labels: type.slice(name.length + 1, -1).split(',').map((part) => part.split(' ')[1]) },
  ]),
);

/** @param {string} type */
function shapeOf(type) {
  const shape = SHAPES.get(type);
  if (!shape) throw new RangeError(`no message is called ${type}`);
  return shape;
}

/** The message's hashStruct. Source: EIP-712, "Definition of hashStruct". @param {string} type @param {Message} message */
export function structHash(type, message) {
  const { typeHash, labels } = shapeOf(type);
  return keccakWords(typeHash, ...labels.map((label) => message[label]));
}

/** E.g. `Holds(Hold[2][2] tree)Hold(...)` for height 2. @param {string} type @param {number} height */
export const treeTypeString = (type, height) => `${type}s(${type}${'[2]'.repeat(height)} tree)${shapeOf(type).type}`;

/**
 * The hashStruct of what was signed: of the message itself, or of the tree in which it stands. Bit k of `index` says
 * that at step k the node so far is the right one.
 * @param {string} type @param {Uint8Array} leaf the message's struct hash @param {number} index @param {Uint8Array[]} path
 */
export function signedHash(type, leaf, index, path) {
  if (path.length === 0) return leaf;
  if (path.length > MAX_HEIGHT || index >> path.length) throw new RangeError('no such place in a tree of that height');
  let node = leaf;
  path.forEach((sibling, step) => {
    node = keccak((index >> step) & 1 ? concat(sibling, node) : concat(node, sibling));
  });
  return keccak(concat(keccakText(treeTypeString(type, path.length)), node));
}

const DOMAIN_TYPE = keccakText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)');
const DOMAIN_WITHOUT_CONTRACT = keccakText('EIP712Domain(string name,string version,uint256 chainId)');
const VERSION = keccakText('1');

/** The domain of one of our contracts. @param {string} name @param {number | bigint} chainId @param {Uint8Array} address */
export const contractDomain = (name, chainId, address) =>
  keccakWords(DOMAIN_TYPE, keccakText(name), VERSION, chainId, address);

/** The 32 bytes that are signed. @param {Uint8Array} domain @param {Uint8Array} hash */
export const typedDigest = (domain, hash) => keccak(concat(Uint8Array.of(0x19, 0x01), domain, hash));

const FINAL_BLOCK = keccakText('FinalBlock(uint64 number,bytes32 hash)');

/** What a witness signs (proofs/SPEC.md, section 5). @param {number} chainId @param {number | bigint} number @param {Uint8Array} hash */
export function attestationDigest(chainId, number, hash) {
  const domain = keccakWords(DOMAIN_WITHOUT_CONTRACT, keccakText('ReturnsProvenanceWitness'), VERSION, chainId);
  return typedDigest(domain, keccakWords(FINAL_BLOCK, number, hash));
}

/**
 * An event's digest: of its struct hash, signer and kind; of two signers, both halves.
 * @param {Uint8Array} begun @param {{ address: Uint8Array, kind: number }} by
 * @param {Uint8Array | null} [accepted] @param {{ address: Uint8Array, kind: number } | null} [receiver]
 */
export function eventDigest(begun, by, accepted, receiver) {
  if (!accepted || !receiver) return keccakWords(begun, by.address, by.kind);
  return keccakWords(begun, by.address, by.kind, accepted, receiver.address, receiver.kind);
}
