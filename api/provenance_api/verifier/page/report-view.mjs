/** A report of the verifier as elements: verdict, steps, the history as a timeline, remarks, what is not proven. */

import { GRADE_WORDS, many, STAGE_WORDS, timeWords } from '../wording.mjs';
import { element, icon } from './dom.mjs';

/** @typedef {import('../verify.mjs').Report} Report */
/** @typedef {import('../history.mjs').Entry} Entry */
/** @typedef {{ partner: number, name: string | null, key: string, isWallet: boolean }} Party */

const LOOK = {
  verified: { tone: 'good', icon: 'check', title: 'Verified' },
  rejected: { tone: 'alert', icon: 'cross', title: 'Rejected' },
  'cannot evaluate': { tone: 'kept', icon: 'question', title: 'Cannot evaluate' },
};
export const OWN_TRUST = "verified against this server's own trust file";

const LEADING = {
  reason: 'Reason', finding: 'Finding', problem: 'Problem', barrier: 'Barrier', outcome: 'Outcome', note: 'Note',
};

const STEP_TITLES = {
  form: 'The file says one thing only',
  deployment: 'It is about the pinned ledger',
  item: 'The item is the one it names',
  block: 'The block is vouched for',
  contracts: 'The pinned code runs there',
  state: 'The words are the chain’s own',
  signatures: 'Every signature is genuine',
  keys: 'Every key was valid in its time',
  rules: 'Every event was allowed',
  completeness: 'Nothing is missing',
  freshness: 'It is as new as asked',
};

/**
 * @param {Report} report @param {boolean} trustIsServers whether proof and trust file came from the same server
 * @returns {HTMLElement[]}
 */
export function reportView(report, trustIsServers) {
  const parts = [verdictView(report, trustIsServers), stepsView(report)];
  if (report.verdict === 'verified') parts.push(historyView(report), remarksView(report.remarks));
  return [...parts, notProvenView(report.notProven)];
}

/** @param {Report} report @param {boolean} trustIsServers */
function verdictView(report, trustIsServers) {
  const look = LOOK[/** @type {'verified'} */ (report.verdict)];
  const own = trustIsServers && report.verdict === 'verified';
  return element(
    `section.verdict.tone-${look.tone}${own ? '.verdict-own' : ''}`,
    null,
    element('span.verdict-mark', null, icon(look.icon)),
    element(
      'div',
      null,
      element('h2', { id: 'verdict', tabindex: '-1' }, own ? OWN_TRUST : look.title),
      element('p.verdict-line', null, ...verdictLine(report)),
      own &&
        element(
          'p.small',
          null,
          'The trust file came from this server: whoever runs it could make up a trust file and a proof that fit each other. ',
          'To rely on nobody here, get the trust file from a party you trust, and check with ',
          element('a', { href: '/verify.html' }, 'this page on your own disk'),
          '.',
        ),
    ),
  );
}

/** @param {Report} report @returns {(Node | string)[]} */
function verdictLine(report) {
  if (report.completeAsOf && report.block) {
    return [element('strong', null, `complete as of ${report.completeAsOf.words}`), ` (block ${report.block.number})`];
  }
  const before = report.verdict === 'rejected' ? 'Do not rely on this file.' : 'Nothing is said about this file.';
  return [element('strong', null, `Step ${report.step}, ${report.stepName}: `), `${report.reason}. ${before}`];
}

/** @param {Report} report */
function stepsView({ steps, verdict }) {
  const rows = steps.map(({ number, name, outcome, told }) => {
    const mark = { passed: 'check', failed: 'cross', 'cannot evaluate': 'question', 'not reached': 'wait' }[outcome];
    return element(
      `li.step.step-${outcome.replace(' ', '-')}`,
      null,
      element('span.step-mark', null, icon(mark)),
      element(
        'div',
        null,
        element(
          'p',
          null,
          element('span.step-number', null, `${number}. `),
          element('strong', null, STEP_TITLES[/** @type {'form'} */ (name)]),
          element('span.quiet', null, ` ${name}, `),
          element('span.outcome', null, outcome),
        ),
        told !== '' && element('p.small.quiet.mono', null, told),
      ),
    );
  });
  const passed = steps.filter((step) => step.outcome === 'passed').length;
  const list = element('ol.steps', null, ...rows);
  const summary = element('summary', null, `The ${steps.length} steps: ${passed} passed`);
  return element('details.card', verdict === 'verified' ? null : { open: '' }, summary, list);
}

/** @param {Report} report */
function historyView({ item, state, events, partners }) {
  const uri = item?.uri;
  const title = events.length ? [...saidBy(events[0], 'title'), ...saidBy(events[0], 'product')][0] : undefined;
  if (!state) {
    return element(
      'section',
      { 'aria-labelledby': 'history' },
      element('h2', { id: 'history' }, 'This item was never taken in'),
      element('p.mono', null, uri ?? item?.id ?? ''),
    );
  }
  return element(
    'section',
    { 'aria-labelledby': 'history' },
    element(
      'h2',
      { id: 'history' },
      `${title ?? 'History'} `,
      element('span.quiet', null, countsOf(state, partners.length)),
    ),
    element('p.mono.small.quiet', null, uri ?? item?.id ?? ''),
    element(
      'dl.status',
      null,
      fact('As of then', STAGE_WORDS[state.stage], state.onHold && element('span.chip.chip-alert', null, 'on hold')),
      fact('Grade', GRADE_WORDS[state.grade]),
      fact('Held by', state.custodian ? partyName({ partner: state.custodian, name: state.custodianName }) : 'Nobody in the network'),
    ),
    element('ol.timeline', null, ...events.map(entryView)),
  );
}

/** @param {{ events: number, challenges: number }} state @param {number} partners */
function countsOf({ events, challenges }, partners) {
  const disputes = challenges ? `, ${many(challenges, 'challenge', 'challenges')}` : '';
  return `${many(events, 'event', 'events')}${disputes}, ${many(partners, 'partner', 'partners')}`;
}

/** @param {string} term @param {string} value @param {Node | false} [more] */
function fact(term, value, more = false) {
  return element('div', null, element('dt', null, term), element('dd', null, value, more && ' ', more));
}

/** @param {Entry} entry */
function entryView(entry) {
  const isChallenge = entry.kind === 'Challenge';
  const tone = isChallenge || entry.kind === 'Ruling' || entry.onHold ? '.event-flag' : '';
  const wrong = entry.correctedBy.length ? '.event-corrected' : '';
  return element(
    `li.event${tone}${wrong}`,
    null,
    element('span.marker', null, icon(iconOf(entry))),
    element(
      'div.event-body',
      null,
      element(
        'div.event-head',
        null,
        element(
          'h3',
          null,
          element('span.number', null, isChallenge ? `Challenge ${entry.number}: ` : `${entry.number} `),
          element('span.happened', null, isChallenge ? `event ${entry.challenges} is disputed` : entry.words),
        ),
        element('p.when', null, timeWords(entry.time)),
      ),
      element('p.who', null, whoOf(entry), ...chipsOf(entry)),
      ...saidOf(entry),
      detailsOf(entry),
    ),
  );
}

/** @param {Entry} entry */
function whoOf({ by, receiver }) {
  if (!receiver) return element('span', null, partyName(by));
  return element(
    'span',
    null,
    `${partyName(by)} `,
    element('span', { 'aria-hidden': 'true' }, '→'),
    element('span.unseen', null, 'to'),
    ` ${partyName(receiver)}, both signed`,
  );
}

/** @param {{ partner: number, name: string | null }} party */
const partyName = ({ partner, name }) => name ?? `Partner ${partner}`;

/** @param {Entry} entry @returns {HTMLElement[]} */
function chipsOf(entry) {
  const alerts = [
    entry.reservations.length && `accepted with reservations: ${entry.reservations.join(', ')}`,
    ...entry.correctedBy.map((number) => `marked as wrong by event ${number}`),
    ...entry.challengedBy.map((number) => `disputed by challenge ${number}`),
    entry.corrects && `says that event ${entry.corrects} is wrong`,
    entry.answers && `answers challenge ${entry.answers}`,
    ...entry.answeredBy.map((number) => `answered by event ${number}`),
    entry.by.isWallet && 'accepted by a contract wallet, not re-checkable offline',
    entry.receiver?.isWallet && 'accepted for the receiver by a contract wallet, not re-checkable offline',
  ].filter((text) => typeof text === 'string');
  const grade = entry.grade ? `, ${GRADE_WORDS[entry.grade].toLowerCase()}` : '';
  return [
    element('span.chip', null, `${STAGE_WORDS[entry.stage]}${grade}`),
    ...saidBy(entry, 'occurredAt').map((day) => element('span.chip', null, `said to be of ${day}`)),
    ...saidBy(entry, 'madeUp').map((parts) =>
      element('span.chip.chip-invented', null, parts === 'event' ? 'made up' : `made up: ${parts}`),
    ),
    ...alerts.map((text) => element('span.chip.chip-alert', null, String(text))),
  ];
}

/**
 * What is said in a field, in words; giver and receiver may both say it, and mostly say the same.
 * @param {Entry} entry @param {string} name @returns {string[]}
 */
function saidBy({ documents }, name) {
  const fields = documents.flatMap((document) => document.fields).filter((field) => field.name === name);
  return [...new Set(fields.map((field) => valueWords(field.value)))];
}

/** What a reader asks first stands outside the folded details. @param {Entry} entry */
function saidOf(entry) {
  return Object.entries(LEADING).flatMap(([name, label]) =>
    saidBy(entry, name).map((value) =>
      element('p.said', null, element('span.said-label', null, label), value),
    ),
  );
}

/** @param {Entry} entry */
function detailsOf({ documents, by, receiver }) {
  const shown = documents.reduce((count, document) => count + document.shown, 0);
  const withheld = documents.reduce((count, document) => count + document.withheld, 0);
  const whole = documents.filter((document) => document.whole).length;
  const rows = documents.flatMap(({ fields }) => fields).map(({ name, value }) => fact(name, valueWords(value)));
  const counts = [
    shown ? `${many(shown, 'field', 'fields')} shown` : '',
    withheld ? `${many(withheld, 'field', 'fields')} withheld` : '',
    whole ? `${many(whole, 'document', 'documents')} withheld whole` : '',
  ].filter(Boolean);
  return element(
    'details',
    null,
    element('summary', null, counts.join(', ') || 'No details given'),
    element(
      'dl.facts',
      null,
      ...rows,
      keyFact('Signed by key', by.key),
      receiver && keyFact('and by key', receiver.key),
    ),
  );
}

/** @param {string} term @param {string} key */
const keyFact = (term, key) => element('div', null, element('dt', null, term), element('dd.mono', null, key));

/** @param {unknown} value @returns {string} */
function valueWords(value) {
  if (Array.isArray(value) && value.every((part) => typeof part !== 'object')) return value.map(String).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const STAGE_ICONS = [
  '', 'arrive', 'inspect', 'repair', 'repair', 'repair', 'recycle', 'sell', 'sell', 'sell', 'sell', 'store', 'flag',
  'recycle', 'bin',
];

/** @param {Entry} entry */
function iconOf({ kind, stage }) {
  if (kind === 'Intake') return 'arrive';
  if (kind === 'CustodyTransfer') return 'handover';
  return kind === 'ConditionReport' ? STAGE_ICONS[stage] : 'flag';
}

/** @param {string[]} remarks */
function remarksView(remarks) {
  const list = remarks.length ? remarks : ['Nothing to remark.'];
  return listCard('remarks', 'Remarks', 'no', list);
}

/** @param {string[]} sentences */
const notProvenView = (sentences) => listCard('not-proven', 'What this does not prove', 'no', sentences);

/** @param {string} id @param {string} title @param {string} mark @param {string[]} sentences */
function listCard(id, title, mark, sentences) {
  return element(
    'section.card',
    { 'aria-labelledby': id },
    element('h2', { id }, title),
    element('ul.proof', null, ...sentences.map((sentence) => element(`li.${mark}`, null, sentence))),
  );
}
