/** The words of the ledger: stages, moves, roles, grades, kinds of keys (contracts/SPEC.md, sections 1 and 4). */

export const STAGES = [
  'None', 'Received', 'Evaluated', 'InRepair', 'InRefurbishment', 'Remanufactured', 'MaterialRecovery', 'ResaleReady',
  'Resold', 'Reused', 'SentBack', 'StoredForAnalysis', 'Missing', 'Recycled', 'Disposed',
];
export const RECEIVED = 1;
export const EVALUATED = 2;
export const MISSING = 12;
export const MAX_STAGE = 14;
export const MAX_GRADE = 7;
export const MAX_SEQ = 65535;

const LEFT = new Set([8, 9, 10]);
const ENDED = new Set([5, 13, 14]);

/** The item left the network and may come back as a new cycle. @param {number} stage */
export const hasLeft = (stage) => LEFT.has(stage);
/** The item is no more; only a ruling can say otherwise. @param {number} stage */
export const hasEnded = (stage) => ENDED.has(stage);
/** A custodian has the item. @param {number} stage */
export const isHeld = (stage) => stage !== 0 && !hasLeft(stage) && !hasEnded(stage);

export const ROLE = {
  ADMIN: 1, INTAKE: 2, CARRIER: 4, INSPECTOR: 8, REPAIRER: 16, RECYCLER: 32, RESELLER: 64, DEVICE: 128, AUDITOR: 256,
};
export const ALL_ROLES = 511;
/** The roles that may give or take custody. */
export const HANDLERS = 126;

export const ACCOUNT = 1;
export const WALLET = 2;

/** The moves of a ConditionReport; every held stage may also report itself and become Missing. */
const MOVES = new Map([
  [1, [2, 10, 11]],
  [2, [3, 4, 6, 7, 9, 10, 11, 14]],
  [3, [2]],
  [4, [2, 5]],
  [6, [13, 14]],
  [7, [2, 8, 9]],
  [11, [2, 6, 14]],
  [12, [1, 14]],
]);

/** @param {number} from @param {number} to */
export function mayMove(from, to) {
  return isHeld(from) && (to === from || to === MISSING || (MOVES.get(from) ?? []).includes(to));
}

/** The role that moves an item into a stage; 0 for Missing, which any key of the custodian may report. */
export const ROLE_OF = [
  0, ROLE.INTAKE, ROLE.INSPECTOR, ROLE.REPAIRER, ROLE.REPAIRER, ROLE.REPAIRER, ROLE.RECYCLER, ROLE.RESELLER,
  ROLE.RESELLER, ROLE.RESELLER, ROLE.INTAKE, ROLE.INSPECTOR, 0, ROLE.RECYCLER, ROLE.RECYCLER,
];
