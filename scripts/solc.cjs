// Answers --version and --standard-json as the native solc does, from npm's build of the same compiler.
"use strict";
const { readFileSync } = require("node:fs");
const solc = require("solc");

const args = process.argv.slice(2);
if (args.includes("--version")) {
  console.log("solc, the solidity compiler commandline interface");
  console.log(`Version: ${solc.version()}`);
} else if (args.includes("--standard-json")) {
  // Callers put every source into the input, so nothing is looked up on disk here.
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("scripts/solc: understands --version and --standard-json only");
  process.exitCode = 1;
}
