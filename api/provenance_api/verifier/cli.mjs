/**
 * The browser's verifier on the command line: for tests and continuous integration, where its verdicts are compared with
 * those of `provenance verify`. Exit codes are the same: 0 verified, 1 rejected, 2 cannot evaluate.
 *
 *   node cli.mjs BUNDLE --trust TRUST [--attestation FILE]... [--now SECONDS] [--max-age SECONDS] [--min-block N] [--json]
 *   node cli.mjs --batch       one JSON object a line in: {"bundle", "trust", "options"}, or {"bundleBase64", ...} for bytes
 *                              that are no text; one verdict a line out
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { verify } from './verify.mjs';

const EXIT = { verified: 0, rejected: 1, 'cannot evaluate': 2 };

/** @param {unknown} _name @param {unknown} value */
const jsonable = (_name, value) => (typeof value === 'bigint' ? String(value) : value);

async function answerLines() {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const { bundle, bundleBase64, trust, trustBase64, options = {} } = JSON.parse(line);
    const { blockHash, ...others } = options;
    const asked = blockHash === undefined ? others : { ...others, askBlockHash: () => blockHash };
    const report = verify(given(bundle, bundleBase64), given(trust, trustBase64), asked);
    process.stdout.write(`${JSON.stringify(report, jsonable)}\n`);
  }
}

/** @param {string | undefined} text @param {string | undefined} base64 */
const given = (text, base64) => (base64 === undefined ? (text ?? '') : new Uint8Array(Buffer.from(base64, 'base64')));

function answerOne() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      trust: { type: 'string' },
      attestation: { type: 'string', multiple: true, default: [] },
      now: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
      'max-age': { type: 'string' },
      'min-block': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1 || !values.trust) throw new Error('give one bundle and --trust FILE');
  const report = verify(readFileSync(positionals[0]), readFileSync(values.trust), {
    attestations: values.attestation.map((file) => readFileSync(file)),
    now: seconds(values.now),
    maxAge: seconds(values['max-age']),
    minBlock: seconds(values['min-block']),
  });
  process.stdout.write(values.json ? `${JSON.stringify(report, jsonable, 1)}\n` : inWords(report));
  process.exitCode = EXIT[/** @type {'verified'} */ (report.verdict)];
}

/** @param {string | undefined} text */
function seconds(text) {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) throw new Error(`${text}: give a whole number`);
  return Number(text);
}

/** @param {import('./verify.mjs').Report} report */
function inWords(report) {
  const first = report.completeAsOf ? `complete as of ${report.completeAsOf.words}` : `step ${report.step}, ${report.stepName}: ${report.reason}`;
  const steps = report.steps.map(({ number, name, outcome, told }) => `${number}. ${name}: ${outcome}${told && `: ${told}`}`);
  return `${[first, report.verdict, ...steps, ...report.remarks, ...report.notProven].join('\n')}\n`;
}

if (process.argv.includes('--batch')) await answerLines();
else {
  try {
    answerOne();
  } catch (problem) {
    process.stderr.write(`cli.mjs: ${problem instanceof Error ? problem.message : problem}\n`);
    process.exitCode = 2;
  }
}
