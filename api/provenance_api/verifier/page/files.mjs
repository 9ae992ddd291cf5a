/** The files a reader chooses or drops: read as bytes, and told apart by what they say they are. */

/** @typedef {{ name: string, bytes: Uint8Array }} Chosen */
/** @typedef {'bundle' | 'trust' | 'attestation'} Kind */

const SAYS = /"format"\s*:\s*"returns-provenance (bundle|trust|attestation) /;
const LOOKED_AT = 100_000;

/** @param {File} file @returns {Promise<Chosen>} */
export async function read(file) {
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/**
 * What a dropped file says it is; this only decides where it is put, the verifier judges it strictly.
 * @param {Chosen} chosen @returns {Kind | null}
 */
export function kindOf({ bytes }) {
  const { length } = bytes;
  const ends = [bytes.subarray(0, LOOKED_AT), bytes.subarray(Math.max(0, length - LOOKED_AT))];
  for (const part of ends) {
    const found = SAYS.exec(new TextDecoder().decode(part));
    if (found) return /** @type {Kind} */ (found[1]);
  }
  return null;
}
