/** The served page only: asks the server that it came from for an item's proof and for its trust file. */

/** @typedef {import('./files.mjs').Chosen} Chosen */

/** @param {string} item @returns {Promise<{ bundle: Chosen, trust: Chosen }>} */
export async function fetchProof(item) {
  const bundle = await fetchFile(`/items/${encodeURIComponent(item)}/proof`, 'the proof');
  // The trust file pins one block: the one that this proof is of, as this server has it.
  const asOf = bundle.block === null ? '' : `?block=${encodeURIComponent(bundle.block)}`;
  const trust = await fetchFile(`/trust.json${asOf}`, 'the trust file');
  return { bundle, trust };
}

/** @param {string} path @param {string} what @returns {Promise<Chosen & { block: string | null }>} */
async function fetchFile(path, what) {
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: 'application/json' } });
  } catch {
    throw new Error(`This server did not answer when asked for ${what}. Try again, or choose the files by hand.`);
  }
  if (!answer.ok) throw new Error(await refusal(answer, what));
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { name: `${what} of this server`, bytes, block: answer.headers.get('As-Of-Block') };
}

/** The server's own line (RFC 9457), where it gave one. @param {Response} answer @param {string} what */
async function refusal(answer, what) {
  let detail = '';
  try {
    const problem = await answer.json();
    if (typeof problem.detail === 'string') detail = `: ${problem.detail.slice(0, 300)}`;
  } catch {
    // Its status says enough.
  }
  return `This server has not given ${what} (status ${answer.status})${detail}`;
}
