/** The page: files in, the verifier's report out. The offline build has no code that could ask anybody anything. */

import { verify } from '../verify.mjs';
import { byId, element } from './dom.mjs';
import { kindOf, read } from './files.mjs';
import { fetchProof } from './from-server.mjs';
import { reportView } from './report-view.mjs';

/** @typedef {import('./files.mjs').Chosen} Chosen */

/** @type {{ bundle: Chosen | null, trust: Chosen | null, attestations: Chosen[], trustIsServers: boolean }} */
const chosen = { bundle: null, trust: null, attestations: [], trustIsServers: false };

function start() {
  byId('not-started').hidden = true;
  byId('chooser').hidden = false;
  listen('bundle', ([file]) => put(file, 'bundle'));
  listen('trust', ([file]) => put(file, 'trust'));
  listen('attestations', (files) => {
    chosen.attestations = [];
    files.forEach((file) => put(file, 'attestation'));
  });
  for (const id of ['max-age', 'min-block']) byId(id).addEventListener('change', check);
  byId('chooser').addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    check();
  });
  takeDrops();
  const item = SERVED ? new URLSearchParams(location.search).get('item') : null;
  if (SERVED && item) checkFromServer(item);
}

/** @param {string} id @param {(files: Chosen[]) => void} take */
function listen(id, take) {
  byId(id).addEventListener('change', async () => {
    const files = await Promise.all([...byId(id).files].map(read));
    if (!files.length) return;
    take(files);
    check();
  });
}

/** A file dropped anywhere finds its place by what it says it is. */
function takeDrops() {
  const { body } = document;
  body.addEventListener('dragover', (event) => {
    event.preventDefault();
    body.classList.add('dropping');
  });
  body.addEventListener('dragleave', () => body.classList.remove('dropping'));
  body.addEventListener('drop', async (event) => {
    event.preventDefault();
    body.classList.remove('dropping');
    const files = await Promise.all([...(event.dataTransfer?.files ?? [])].map(read));
    files.forEach((file) => put(file, kindOf(file) ?? 'bundle'));
    check();
  });
}

/** @param {Chosen} file @param {import('./files.mjs').Kind} kind */
function put(file, kind) {
  if (kind === 'attestation') chosen.attestations.push(file);
  else chosen[kind] = file;
  if (kind === 'trust') chosen.trustIsServers = false;
  showChosen();
}

function showChosen() {
  byId('bundle-chosen').textContent = chosen.bundle?.name ?? 'no file yet';
  byId('trust-chosen').textContent = chosen.trust?.name ?? 'no file yet';
  byId('attestations-chosen').textContent = chosen.attestations.map((file) => file.name).join(', ') || 'none';
}

function check() {
  const { bundle, trust } = chosen;
  if (!bundle || !trust) {
    const lacking = bundle ? 'Now choose the trust file.' : trust ? 'Now choose the proof.' : 'Choose the proof and the trust file.';
    show(element('p.hint', null, lacking));
    return;
  }
  show(element('p.hint', null, 'Checking…'));
  // The browser paints that first: a long history takes a while.
  setTimeout(() => {
    const report = verify(bundle.bytes, trust.bytes, options());
    show(...reportView(report, chosen.trustIsServers));
    document.body.classList.add('judged');
    announce();
    byId('verdict').focus();
  }, 30);
}

/** A screen reader says the verdict alone, not the whole report. */
function announce() {
  const said = [...document.querySelectorAll('#verdict, .verdict-line')].map((part) => part.textContent);
  byId('announcement').textContent = said.join(': ');
}

function options() {
  const days = numberIn('max-age');
  return {
    attestations: chosen.attestations.map((file) => file.bytes),
    now: Math.floor(Date.now() / 1000),
    maxAge: days === undefined ? undefined : days * 86_400,
    minBlock: numberIn('min-block'),
  };
}

/** @param {string} id @returns {number | undefined} */
function numberIn(id) {
  const { value } = byId(id);
  return value === '' ? undefined : Math.max(0, Math.floor(Number(value)));
}

/** @param {string} item */
async function checkFromServer(item) {
  show(element('p.hint', null, 'Asking this server for the proof…'));
  try {
    const { bundle, trust } = await fetchProof(item);
    put(bundle, 'bundle');
    put(trust, 'trust');
    chosen.trustIsServers = true;
    check();
  } catch (problem) {
    show(element('p.hint', null, problem instanceof Error ? problem.message : String(problem)));
  }
}

/** @param {...Node} nodes */
function show(...nodes) {
  byId('result').replaceChildren(...nodes);
}

start();
