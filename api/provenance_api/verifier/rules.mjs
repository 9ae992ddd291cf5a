/**
 * The rules of one item: what may happen to it, and who may say so. Checks stand in the order of contracts/SPEC.md,
 * section 4; the first that fails is the reason. `time` is the block's, in Unix seconds.
 */

import { equal, hex } from './bytes.mjs';
import { RuleRefusal } from './errors.mjs';
import {
  EVALUATED, HANDLERS, hasEnded, hasLeft, isHeld, MAX_GRADE, MAX_SEQ, MAX_STAGE, mayMove, MISSING, RECEIVED, ROLE,
  ROLE_OF, STAGES,
} from './vocabulary.mjs';
import { challengeWord, nextHead, slotWord } from './words.mjs';

/** @typedef {import('./words.mjs').Slot} Slot */
/** @typedef {{ address: Uint8Array, partner: number, roles: number, kind: number }} Signer */
/** @typedef {{ type: string, message: any, by: Signer, receiver: Signer | null }} Event */
/** @typedef {{ stage: number, grade: number, custodian: number, onHold: boolean }} Condition */
/** An item as the ledger keeps it. @typedef {{ genesis: Uint8Array, slot: Slot | null, challenges: import('./words.mjs').ChallengeWord | null }} Item */

/**
 * The item after the event, whose digest is given.
 * @param {Item} item @param {Event} event @param {Uint8Array} digest @param {number} time @returns {Item}
 */
export function apply(item, event, digest, time) {
  const count = item.challenges?.count ?? 0;
  if (event.type === 'Challenge') {
    challenge(item.slot, count, event.message, time);
    const prior = item.challenges ? challengeWord(item.challenges) : item.genesis;
    return { ...item, challenges: { head: nextHead(prior, digest, time), count: count + 1 } };
  }
  const left = judge(item.slot, count, event, time);
  const prior = item.slot ? slotWord(item.slot) : item.genesis;
  return { ...item, slot: { ...left, seq: (item.slot?.seq ?? 0) + 1, head: nextHead(prior, digest, time) } };
}

/**
 * The condition that an event (any but a challenge) leaves.
 * @param {Slot | null} slot @param {number} challenges @param {Event} event @param {number} time @returns {Condition}
 */
function judge(slot, challenges, { type, message, by, receiver }, time) {
  switch (type) {
    case 'Intake':
      return takeIn(slot, message, by, time);
    case 'ConditionReport':
      return report(slot, message, by, time);
    case 'CustodyOffer':
      return handOver(slot, message, by, /** @type {Signer} */ (receiver), time);
    case 'Withdrawal':
      return withdraw(slot, message, by, time);
    case 'Correction':
      return correct(slot, challenges, message, by, time);
    case 'Hold':
      return hold(slot, message, by, time);
    case 'Ruling':
      return rule(slot, challenges, message, by, receiver, time);
    default:
      throw new RangeError(`a ${type} leaves no condition`);
  }
}

/** A return begins: the item is unknown or has left, and the signer may take in. @param {Slot | null} slot @param {any} m @param {Signer} by @param {number} time */
function takeIn(slot, m, by, time) {
  requireInTime(m.deadline, time);
  requireNext(m.seq, slot?.seq ?? 0);
  requireGrade(m.grade);
  const stage = slot?.stage ?? 0;
  require(stage === 0 || hasLeft(stage), 'ForbiddenMove', () => `from ${STAGES[stage]} to ${STAGES[RECEIVED]}`);
  requireRole(by, ROLE.INTAKE);
  if (m.grade !== 0) requireRole(by, ROLE.INSPECTOR);
  return { stage: RECEIVED, grade: m.grade, custodian: by.partner, onHold: slot?.onHold ?? false };
}

/** The custodian reports a new stage or observes the present one. @param {Slot | null} known @param {any} m @param {Signer} by @param {number} time */
function report(known, m, by, time) {
  const slot = requireKnown(known, m.deadline, time);
  requireNext(m.seq, slot.seq);
  const to = m.stage;
  requireStage(to);
  requireGrade(m.grade);
  require(mayMove(slot.stage, to), 'ForbiddenMove', () => `from ${STAGES[slot.stage]} to ${STAGES[to]}`);
  requireCustodian(slot, by);
  require(!slot.onHold || isHeld(to), 'OnHold', () => 'the item is on hold');
  if (to !== slot.stage && ROLE_OF[to]) requireRole(by, ROLE_OF[to]);
  if (m.grade !== slot.grade) requireRole(by, ROLE.INSPECTOR);
  require(to !== EVALUATED || m.grade !== 0, 'GradeMissing', () => 'an evaluation has a grade');
  return { stage: to, grade: m.grade, custodian: isHeld(to) ? slot.custodian : 0, onHold: slot.onHold };
}

/** The custodian offered exactly this history, the named receiver accepted it. @param {Slot | null} known @param {any} m @param {Signer} giver @param {Signer} receiver @param {number} time */
function handOver(known, m, giver, receiver, time) {
  const slot = requireKnown(known, m.deadline, time);
  require(equal(slotWord(slot), m.prior), 'HistoryChanged', () => `offered at ${hex(m.prior)}, now ${hex(slotWord(slot))}`);
  require(slot.seq !== MAX_SEQ, 'SeqExhausted', () => 'no event can follow');
  require(isHeld(slot.stage) && slot.stage !== MISSING, 'NotTransferable', () => `the item is ${STAGES[slot.stage]}`);
  requireCustodian(slot, giver);
  requireRole(giver, HANDLERS);
  require(!slot.onHold, 'OnHold', () => 'the item is on hold');
  require(receiver.partner === m.to, 'WrongReceiver', () => `partner ${receiver.partner} accepts what was offered to ${m.to}`);
  require(m.to !== slot.custodian, 'SameCustodian', () => `partner ${m.to} has the item`);
  requireRole(receiver, HANDLERS);
  return { ...condition(slot), custodian: m.to };
}

/** The custodian takes an offer back: nothing changes but the history. @param {Slot | null} known @param {any} m @param {Signer} by @param {number} time */
function withdraw(known, m, by, time) {
  const slot = requireKnown(known, m.deadline, time);
  requireNext(m.seq, slot.seq);
  requireCustodian(slot, by);
  requireRole(by, HANDLERS);
  return condition(slot);
}

/** The custodian or any auditor names an earlier event as wrong. @param {Slot | null} known @param {number} challenges @param {any} m @param {Signer} by @param {number} time */
function correct(known, challenges, m, by, time) {
  const slot = requireKnown(known, m.deadline, time);
  requireNext(m.seq, slot.seq);
  requireNotEnded(slot);
  requireEvent(m.corrects, slot);
  requireChallenge(m.answers, challenges);
  if (!(by.roles & ROLE.AUDITOR)) requireCustodian(slot, by);
  return condition(slot);
}

/** Anybody in the registry disputes an event; the slot stays. @param {Slot | null} known @param {number} challenges @param {any} m @param {number} time */
function challenge(known, challenges, m, time) {
  const slot = requireKnown(known, m.deadline, time);
  require(challenges !== MAX_SEQ, 'SeqExhausted', () => 'no challenge can follow');
  require(m.count === challenges + 1, 'StaleCount', () => `count ${m.count} where ${challenges + 1} follows`);
  requireEvent(m.challenged, slot);
}

/** An auditor of another partner freezes the item, or lifts the hold. @param {Slot | null} known @param {any} m @param {Signer} by @param {number} time */
function hold(known, m, by, time) {
  const slot = requireKnown(known, m.deadline, time);
  requireNext(m.seq, slot.seq);
  requireNotEnded(slot);
  requireRole(by, ROLE.AUDITOR);
  // Nobody judges the own case.
  require(by.partner !== slot.custodian, 'NotIndependent', () => `partner ${by.partner} has the item`);
  require(m.onHold !== slot.onHold, 'HoldUnchanged', () => `the item is ${slot.onHold ? '' : 'not '}on hold already`);
  return { ...condition(slot), onHold: m.onHold };
}

/** An auditor of another partner sets the state right; who newly gets the item has accepted. @param {Slot | null} known @param {number} challenges @param {any} m @param {Signer} by @param {Signer | null} receiver @param {number} time */
function rule(known, challenges, m, by, receiver, time) {
  const slot = requireKnown(known, m.deadline, time);
  requireNext(m.seq, slot.seq);
  requireStage(m.stage);
  requireGrade(m.grade);
  require(m.stage !== EVALUATED || m.grade !== 0, 'GradeMissing', () => 'an evaluation has a grade');
  requireRole(by, ROLE.AUDITOR);
  const independent = by.partner !== slot.custodian && by.partner !== m.to;
  require(independent, 'NotIndependent', () => `partner ${by.partner} has the item or gets it`);
  require((m.to === 0) !== isHeld(m.stage), 'WrongCustodian', () => `${STAGES[m.stage]} with custodian ${m.to}`);
  const moves = m.to !== slot.custodian || !isHeld(m.stage);
  require(!slot.onHold || !moves, 'OnHold', () => 'the item is on hold');
  requireChallenge(m.answers, challenges);
  requireAcceptance(slot, m.to, receiver);
  return { stage: m.stage, grade: m.grade, custodian: m.to, onHold: slot.onHold };
}

/** @param {Slot} slot @param {number} to @param {Signer | null} receiver */
function requireAcceptance(slot, to, receiver) {
  if (to === 0 || to === slot.custodian) {
    require(receiver === null, 'AcceptanceUnexpected', () => 'nobody newly gets the item');
    return;
  }
  if (receiver === null) throw new RuleRefusal('AcceptanceMissing', `partner ${to} has not accepted`);
  require(receiver.partner === to, 'WrongReceiver', () => `partner ${receiver.partner} accepts what goes to ${to}`);
  requireRole(receiver, HANDLERS);
}

/** @param {Slot} slot @returns {Condition} */
const condition = ({ stage, grade, custodian, onHold }) => ({ stage, grade, custodian, onHold });

/** @param {boolean} holds @param {string} rule @param {() => string} told */
function require(holds, rule, told) {
  if (!holds) throw new RuleRefusal(rule, told());
}

/** @param {Slot | null} slot @param {bigint} deadline @param {number} time @returns {Slot} */
function requireKnown(slot, deadline, time) {
  requireInTime(deadline, time);
  if (slot === null) throw new RuleRefusal('UnknownItem', 'the item was never taken in');
  return slot;
}

/** @param {bigint} deadline @param {number} time */
function requireInTime(deadline, time) {
  require(time <= deadline, 'Expired', () => `deadline ${deadline}, block time ${time}`);
}

/** @param {number} seq @param {number} last */
function requireNext(seq, last) {
  require(last !== MAX_SEQ, 'SeqExhausted', () => 'no event can follow');
  require(seq === last + 1, 'StaleSeq', () => `seq ${seq} where ${last + 1} follows`);
}

/** @param {number} stage */
const requireStage = (stage) => require(stage >= 1 && stage <= MAX_STAGE, 'UnknownStage', () => `stage ${stage}`);

/** @param {number} grade */
const requireGrade = (grade) => require(grade <= MAX_GRADE, 'UnknownGrade', () => `grade ${grade}`);

/** @param {Slot} slot @param {Signer} by */
function requireCustodian(slot, by) {
  require(by.partner === slot.custodian, 'NotCustodian', () => `partner ${by.partner} signs, ${slot.custodian} has the item`);
}

/** @param {Signer} by @param {number} needs */
function requireRole(by, needs) {
  require((by.roles & needs) !== 0, 'MissingRole', () => `${hex(by.address)} has roles ${by.roles}, needs one of ${needs}`);
}

/** @param {Slot} slot */
const requireNotEnded = (slot) => require(!hasEnded(slot.stage), 'Ended', () => `the item is ${STAGES[slot.stage]}`);

/** @param {number} named @param {Slot} slot */
function requireEvent(named, slot) {
  require(named >= 1 && named <= slot.seq, 'NoSuchEvent', () => `event ${named} of ${slot.seq}`);
}

/** @param {number} answers @param {number} challenges */
function requireChallenge(answers, challenges) {
  require(answers <= challenges, 'NoSuchChallenge', () => `challenge ${answers} of ${challenges}`);
}
