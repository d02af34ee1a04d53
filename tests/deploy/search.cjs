// Asks the search of the documentation's site as its pages do: the site's own worker script, with its files read from a
// folder and nothing from a network.
//   node search.cjs SITE QUERY…      prints, per query, the locations that were found
const {readFileSync} = require("node:fs");
const {join} = require("node:path");
const vm = require("node:vm");

const [site, ...queries] = process.argv.slice(2);
const folder = join(site, "search");
const read = (name) => readFileSync(join(folder, name), "utf8");
const answers = [];

class Request {
  addEventListener(_, listener) { this.listener = listener; }
  open(_, path) { this.path = path; }
  send() { this.responseText = read(this.path); this.status = 200; this.listener.call(this); }
}

const worker = vm.createContext({
  XMLHttpRequest: Request,
  postMessage: (message) => answers.push(message),
  console: {log() {}},
});
worker.self = worker;
worker.importScripts = (...names) => names.forEach((name) => vm.runInContext(read(name), worker));
worker.onmessage = null;
vm.runInContext(read("worker.js"), worker);
const ask = (data) => worker.onmessage({data});
ask({init: true});
for (const query of queries) {
  answers.length = 0;
  ask({query});
  const found = answers.flatMap((answer) => answer.results || []);
  console.log(JSON.stringify(found.map((result) => result.location)));
}
