/**
 * Makes the verifier's two pages, each one file with its script and style inside:
 *
 *   verify.html         for the disk. Its policy forbids every connection, and the code that would ask a server is not in it.
 *   verify-served.html  what a server shows at /verify. It may ask the server that it came from, and nobody else.
 *
 * One file could not be both: "connect-src 'self'" means nothing certain where the origin is a file (browsers give files
 * opaque origins, or once gave them shared ones), so the file for the disk says 'none'. Script and style are named by their
 * hashes: nothing that is put into the page later runs.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const SOURCES = 'api/provenance_api/verifier/page';
const STATIC = 'api/provenance_api/pages/static';
const LIMIT = 60 * 1024;
const TARGET = ['chrome111', 'firefox111', 'safari16.4'];

const WHERE = {
  offline: 'It sends nothing anywhere: it has no way to. It works the same with the network cut.',
  served: 'It asks no other server than the one you got it from.',
};

/** @param {boolean} served */
async function scriptOf(served) {
  const built = await build({
    entryPoints: [`${SOURCES}/app.mjs`],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: TARGET,
    charset: 'utf8',
    legalComments: 'inline',
    define: { SERVED: String(served) },
    tsconfigRaw: { compilerOptions: { alwaysStrict: true } },
    logLevel: 'warning',
  });
  return built.outputFiles[0].text.trim();
}

async function styleOf() {
  const { code } = await transform(readFileSync(`${SOURCES}/page.css`, 'utf8'), { loader: 'css', minify: true, target: TARGET });
  return code.trim();
}

/** @param {string} text */
const sourceHash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** @param {string} script @param {string} style @param {boolean} served */
function policyOf(script, style, served) {
  return [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)}`,
    'img-src data:',
    `connect-src ${served ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** @param {boolean} served */
async function pageOf(served) {
  const [script, style] = [await scriptOf(served), await styleOf()];
  if (!served && /\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon/.test(script)) {
    throw new Error('the page for the disk holds code that could ask somebody');
  }
  const mark = readFileSync(`${STATIC}/mark.svg`, 'utf8').replace(/>\s+</g, '><').trim();
  const parts = {
    policy: policyOf(script, style, served),
    mark: `data:image/svg+xml,${encodeURIComponent(mark)}`,
    where: served ? WHERE.served : WHERE.offline,
    style,
    script,
  };
  const template = readFileSync(`${SOURCES}/template.html`, 'utf8');
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => parts[/** @type {'script'} */ (name)]);
}

const offline = await pageOf(false);
const served = await pageOf(true);
const sha256 = createHash('sha256').update(offline).digest('hex');
const files = {
  'verify.html': offline,
  'verify.html.sha256': `${sha256}  verify.html\n`,
  'verify-served.html': served,
};

let failed = false;
const compressed = gzipSync(offline, { level: 9 }).length;
console.log(`verify.html  ${offline.length.toLocaleString('en')} bytes, ${compressed.toLocaleString('en')} gzip  sha256 ${sha256}`);
if (compressed > LIMIT) {
  console.error(`build-verifier: verify.html has ${compressed} bytes gzip: keep it below ${LIMIT}`);
  failed = true;
}
for (const [name, text] of Object.entries(files)) {
  const path = `${STATIC}/${name}`;
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`build-verifier: ${path} is not what its sources come to: run scripts/build-verifier and commit the result`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;
