// Checks Kubernetes objects against the API's schemas, as npm's kubernetes-models has them, without a cluster.
//   node validate.mjs NODE_MODULES < objects.json       an array; prints an array of problems
// The schemas say which values a known field may have. Fields that the API does not know pass them, so those are looked up in
// the type declarations of the same package.
import {existsSync, readFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {pathToFileURL} from "node:url";

const modules = process.argv[2];

function declaration(file) {
  const text = readFileSync(file, "utf8");
  const imports = new Map();
  for (const [, names, from] of text.matchAll(/^import \{([^}]+)\} from "([^"]+)";/gm)) {
    for (const name of names.split(",")) imports.set(name.trim(), from);
  }
  const body = /^export interface \w+[^{]*\{\n(.*?)^\}/ms.exec(text);
  const fields = new Map();
  if (body) for (const [, name, type] of body[1].matchAll(/^    "([^"]+)"\??: (.+)$/gm)) fields.set(name, type);
  return {fields, imports};
}

function fileOf(from, importer) {
  if (from.startsWith(".")) return join(dirname(importer), from.replace(/\.js$/, "") + ".d.ts");
  return join(modules, from) + ".d.ts";
}

// Of a field whose type has a declaration of its own, alone or in a list. Maps begin with "{" and have keys of any name.
function* unknownFields(value, type, importer, imports, path) {
  const name = /\b(IIo\w+)\b/.exec(type)?.[1];
  if (!name || value === null || typeof value !== "object") return;
  const file = fileOf(imports.get(name) ?? "", importer);
  if (!existsSync(file)) return;
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) yield* fieldsOf(one, file, `${path}/${at}`);
  } else {
    yield* fieldsOf(value, file, path);
  }
}

function* fieldsOf(object, file, path) {
  const {fields, imports} = declaration(file);
  if (fields.size === 0) return;  // a number, a string, or both: the schema has seen it
  for (const [key, value] of Object.entries(object ?? {})) {
    if (!fields.has(key)) yield `${path}/${key}: the API has no such field`;
    else yield* unknownFields(value, fields.get(key), file, imports, `${path}/${key}`);
  }
}

async function* problemsOf(object) {
  const where = `${object.kind} ${object.metadata?.name}`;
  const file = join(modules, "kubernetes-models", object.apiVersion, `${object.kind}.js`);
  if (!existsSync(file)) {
    yield `${where}: there is no schema for ${object.apiVersion}`;
    return;
  }
  const model = new (await import(pathToFileURL(file)))[object.kind](object);
  try {
    model.validate();
  } catch (error) {
    yield `${where}: ${error.message}`;
  }
  for (const problem of fieldsOf(object, file.replace(/\.js$/, ".d.ts"), "")) {
    if (!/^\/(apiVersion|kind):/.test(problem)) yield `${where}: ${problem}`;
  }
}

const found = [];
for (const object of JSON.parse(readFileSync(0, "utf8"))) {
  for await (const problem of problemsOf(object)) found.push(problem);
}
console.log(JSON.stringify(found));
