// Validates the OpenAPI document that is given on stdin: against the schema of its version, and
// each schema in it as JSON Schema 2020-12, references included. Prints what is wrong.
//
// usage: node validate_openapi.mjs FOLDER < document   (FOLDER holds node_modules)
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const { Validator } = await import(pathToFileURL(require.resolve("@seriousme/openapi-schema-validator")));
const Ajv = require("ajv/dist/2020.js").default;

// Every value under a key "schema" or in "schemas".
function* schemas(node, path) {
  if (node === null || typeof node !== "object") return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "schema") yield [`${path}/schema`, value];
    else if (key === "schemas")
      for (const [name, schema] of Object.entries(value)) yield [`${path}/schemas/${name}`, schema];
    else yield* schemas(value, `${path}/${key}`);
  }
}

const document = JSON.parse(readFileSync(0, "utf8"));
const result = await new Validator().validate(structuredClone(document));
const faults = result.valid ? [] : [JSON.stringify(result.errors)];
const ajv = new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true, validateFormats: false });
ajv.addVocabulary(["components"]);
let count = 0;
for (const [path, schema] of schemas(document, "")) {
  try {
    ajv.compile({ ...schema, components: document.components });
    count++;
  } catch (error) {
    faults.push(`${path}: ${error.message}`);
  }
}
for (const fault of faults) console.log(fault);
console.log(`${count} schemas`);
process.exit(faults.length === 0 && count > 0 ? 0 : 1);
