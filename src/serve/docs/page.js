// The documentation page: reads openapi.json, shows what is in it, and sends requests.
// It asks nobody but the server that it came from, and works under a policy without inline code.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const base = new URL(".", location.href); // of openapi.json and, where it names no server, of paths
let api = null;

// ---- Elements ----------------------------------------------------------------------------------

// element("p", {class: "x", onclick: …}, "text", child, null)
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const byId = (id) => document.getElementById(id);

// The few marks of CommonMark that descriptions hold: paragraphs, lists, `code`, **bold**, links.
function prose(text) {
  const blocks = (text || "").trim().split(/\n\s*\n/).filter(Boolean);
  return blocks.map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => /^\s*[-*] /.test(line)))
      return element("ul", {}, lines.map((line) => element("li", {}, inline(line.replace(/^\s*[-*] /, "")))));
    return element("p", {}, inline(block));
  });
}

function inline(text) {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/);
  return parts.map((part) => {
    if (/^`.+`$/.test(part)) return element("code", {}, part.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(part)) return element("strong", {}, part.slice(2, -2));
    const link = /^\[(.+)\]\(((?:https?:|[/#.]).*)\)$/.exec(part);
    return link ? element("a", { href: link[2], rel: "noreferrer" }, link[1]) : part;
  });
}

// ---- Schemas -----------------------------------------------------------------------------------

function resolve(thing) {
  for (let hops = 0; thing && thing.$ref && hops < 20; hops++)
    thing = thing.$ref.split("/").slice(1).reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], api);
  return thing || {};
}

const typesOf = (schema) => [schema.type ?? []].flat();
const isNull = (schema) => schema.type === "null";

// The schema without the choice of null: [schema, whether null is allowed].
function withoutNull(schema) {
  const real = resolve(schema);
  const choices = real.anyOf || real.oneOf;
  if (choices?.some(isNull)) {
    const rest = choices.filter((choice) => !isNull(choice));
    return [rest.length === 1 ? rest[0] : { ...real, anyOf: rest, oneOf: undefined }, true];
  }
  if (Array.isArray(real.type) && real.type.includes("null"))
    return [{ ...real, type: real.type.filter((type) => type !== "null") }, true];
  return [schema, false];
}

// What a value is, in a few words: "integer · int64", "array of string · date", "mood | null".
function kindOf(schema) {
  const [plain, nullable] = withoutNull(schema);
  return baseKind(plain) + (nullable ? " | null" : "");
}

function baseKind(schema) {
  if (schema.$ref) return schema.$ref.split("/").pop();
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return choices.map(kindOf).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = typesOf(schema);
  if (types.includes("array")) {
    const items = kindOf(schema.items || {});
    return items.includes(" | ") ? `array of (${items})` : `array of ${items}`;
  }
  const format = schema.format || schema.contentEncoding;
  return (types.join(" | ") || "anything") + (format ? ` · ${format}` : "");
}

// The parts of a schema that have names, below arrays and choices.
function partsOf(schema) {
  const real = resolve(withoutNull(schema)[0]);
  if (real.properties || real.enum) return [real];
  if (real.items) return partsOf(real.items);
  return (real.anyOf || real.oneOf || []).filter((choice) => !isNull(choice)).flatMap(partsOf);
}

function schemaView(schema, seen = []) {
  const parts = partsOf(schema);
  const lists = parts.filter((part) => part.properties).map((part) => element("ul", { class: "schema" },
    Object.entries(part.properties).map(([name, property]) => propertyView(name, property, part, [...seen, part]))));
  const kinds = parts.filter((part) => part.enum && resolve(withoutNull(schema)[0]) === part)
    .map((part) => element("p", { class: "mono" }, baseKind({ enum: part.enum })));
  return [...kinds, ...lists];
}

function propertyView(name, schema, owner, seen) {
  const real = resolve(withoutNull(schema)[0]);
  const parts = partsOf(schema).filter((part) => part.properties || schema.$ref || part !== real || real !== schema);
  const required = owner.required?.includes(name);
  const line = [
    element("span", { class: "name" }, name), required ? null : element("span", { class: "faint" }, "?"), " ",
    element("span", { class: "kind" }, kindOf(schema)),
    schema.description || real.description ? element("span", { class: "faint" }, ` ${schema.description || real.description}`) : null,
  ];
  const deeper = parts.filter((part) => !seen.includes(part) && (part.properties || part.enum));
  if (deeper.length === 0 || (deeper.length === 1 && deeper[0].enum && !hasReference(schema)))
    return element("li", {}, line);
  return element("li", {}, element("details", {}, element("summary", {}, line), deeper.map((part) =>
    part.properties ? schemaView(part, seen)
      : element("ul", { class: "schema" }, element("li", { class: "mono" }, baseKind({ enum: part.enum }))))));
}

function hasReference(schema) {
  const plain = withoutNull(schema)[0];
  return Boolean(plain.$ref || (plain.items && hasReference(plain.items)) || (plain.anyOf || []).some(hasReference));
}

const EXAMPLES = {
  "date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "date-time-local": "2026-01-31T12:00:00",
  "time": "12:00:00Z", "time-local": "12:00:00", "duration": "P1DT2H", "decimal": "9.90",
  "uuid": "00000000-0000-4000-8000-000000000000", "int64": "1",
};

function exampleOf(schema, depth = 0) {
  const [plain] = withoutNull(schema);
  const real = resolve(plain);
  const choices = real.anyOf || real.oneOf;
  if (real.example !== undefined) return real.example;
  if (real.default !== undefined) return real.default;
  if (choices) return exampleOf(choices[0], depth);
  if (real.enum) return real.enum[0];
  if (real.const !== undefined) return real.const;
  if (real.properties) {
    if (depth > 4) return {};
    return Object.fromEntries(Object.entries(real.properties).map(([name, part]) => [name, exampleOf(part, depth + 1)]));
  }
  const types = typesOf(real);
  if (types.includes("array")) return depth > 4 ? [] : [exampleOf(real.items || {}, depth + 1)];
  if (types.includes("string")) return EXAMPLES[real.format] ?? (real.contentEncoding ? "aGVsbG8=" : "text");
  if (types.includes("integer")) return Math.max(1, real.minimum > 0 ? real.minimum : 1);
  if (types.includes("number")) return 1.5;
  if (types.includes("boolean")) return true;
  return types.includes("null") ? null : {};
}

// ---- JSON as text: laid out without reading its numbers, which may have more digits than a double.

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:]/g;

function layOut(text) {
  const out = document.createDocumentFragment();
  const tokens = text.match(TOKEN) || [];
  let depth = 0;
  let line = "";
  const flush = () => { out.append(line); line = ""; };
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (token === "{" || token === "[") {
      const empty = next === "}" || next === "]";
      depth++;
      line += token + (empty ? "" : `\n${"  ".repeat(depth)}`);
    } else if (token === "}" || token === "]") {
      depth--;
      const empty = tokens[i - 1] === "{" || tokens[i - 1] === "[";
      line += (empty ? "" : `\n${"  ".repeat(Math.max(depth, 0))}`) + token;
    } else if (token === ",") {
      line += `,\n${"  ".repeat(depth)}`;
    } else if (token === ":") {
      line += ": ";
    } else {
      flush();
      const kind = token[0] !== '"' ? (/^[-\d]/.test(token) ? "number" : "word") : next === ":" ? "key" : "string";
      out.append(element("span", { class: kind }, token));
    }
  });
  flush();
  return out;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// ---- Access ------------------------------------------------------------------------------------

const KEEP = "retort access";
let secrets = {};

function loadSecrets() {
  try {
    secrets = JSON.parse(sessionStorage.getItem(KEEP)) || {};
  } catch {
    secrets = {};
  }
}

function keepSecrets() {
  try {
    sessionStorage.setItem(KEEP, JSON.stringify(secrets));
  } catch {
    // A browser that keeps nothing: they last until the page is left.
  }
  byId("access").textContent = Object.values(secrets).some(Boolean) ? "Access ✓" : "Access";
}

function showAccess() {
  const schemes = Object.entries(api.components?.securitySchemes || {});
  byId("access").hidden = schemes.length === 0;
  byId("schemes").replaceChildren(...schemes.map(([name, scheme]) => {
    const input = element("input", {
      id: `secret-${name}`, type: "password", class: "mono", autocomplete: "off", spellcheck: "false",
      oninput: () => { secrets[name] = input.value.trim(); keepSecrets(); },
    });
    input.value = secrets[name] || "";
    const title = scheme.type === "apiKey" ? `API key · ${scheme.name}` : `Token · Authorization: ${scheme.scheme}`;
    return element("div", { class: "field" }, element("label", { for: input.id }, title), input);
  }));
  keepSecrets();
}

// The first way to be known for which there is all that it needs; never two at once.
function addSecrets(headers, operation) {
  const ways = (operation.security ?? api.security ?? []).map(Object.keys);
  const way = ways.find((names) => names.length > 0 && names.every((name) => secrets[name]));
  for (const name of way || []) {
    const scheme = api.components.securitySchemes[name];
    if (scheme.type === "apiKey") headers[scheme.name] = secrets[name];
    else headers.Authorization = `Bearer ${secrets[name]}`;
  }
}

// ---- Requests ----------------------------------------------------------------------------------

const STATUS = (status) => (status >= 400 || status === 0 ? "bad" : status < 300 ? "good" : "");

function makeRequest(operation, form) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, read } of form.fields) {
    const values = read();
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(values[0] ?? ""));
    else if (parameter.in === "query") values.forEach((value) => query.append(parameter.name, value));
    else if (parameter.in === "header" && values.length > 0) headers[parameter.name] = values[0];
  }
  addSecrets(headers, operation);
  const options = { method: operation.method.toUpperCase(), headers, cache: "no-store" };
  if (form.body && form.body.value.trim() !== "") {
    headers["Content-Type"] = form.type;
    options.body = form.body.value;
  }
  const server = api.servers?.[0]?.url ?? "/";
  const root = server === "/" ? base : new URL(server.replace(/\/?$/, "/"), base);
  const url = new URL(path.replace(/^\//, ""), root);
  url.search = query.toString();
  return { url, options };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf({ url, options }) {
  const words = ["curl"];
  if (options.method === "HEAD") words.push("--head");
  else if (options.method !== "GET") words.push("-X", options.method);
  words.push(quoted(url.href));
  for (const [name, value] of Object.entries(options.headers)) words.push("-H", quoted(`${name}: ${value}`));
  if (options.body) words.push("--data-raw", quoted(options.body));
  return words.join(" ");
}

function copyButton(what, text) {
  const button = element("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = what; }, 1500);
  } }, what);
  return button;
}

async function readAnswer(answer) {
  const type = answer.headers.get("Content-Type") || "";
  if (answer.status === 204 || answer.status === 304) return { text: "" };
  if (/json|text|xml|csv|javascript/.test(type) || type === "") return { text: await answer.text(), json: /json/.test(type) };
  return { blob: await answer.blob() };
}

function bodyView({ text, json, blob }) {
  if (blob) {
    const link = element("a", { href: URL.createObjectURL(blob), download: "answer" }, `Save ${blob.size} bytes`);
    return element("p", { class: "row" }, link);
  }
  if (!text) return null;
  return element("pre", { tabindex: 0, "aria-label": "Body" }, json && isJson(text) ? layOut(text) : text);
}

// rel="next" of the Link header: the cursor of the next page.
function nextOf(answer) {
  const link = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(answer.headers.get("Link") || "");
  return link && new URL(link[1], answer.url).searchParams.get("after");
}

function answerView(operation, form, request, answer, content, took) {
  const next = nextOf(answer);
  const after = form.fields.find(({ parameter }) => parameter.name === "after" && parameter.in === "query");
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return element("div", { class: "answer" },
    element("div", { class: "row" },
      element("span", { class: `status ${STATUS(answer.status)}` }, `${answer.status} ${answer.statusText}`.trim()),
      element("span", { class: "faint" }, `${took < 10 ? took.toFixed(1) : Math.round(took)} ms`),
      next && after ? element("button", { type: "button", onclick: () => { after.write(next); form.send(); } }, "Next page") : null,
      element("span", { class: "right" }, content.text ? copyButton("Copy", content.text) : null)),
    bodyView(content),
    element("details", {}, element("summary", {}, "Headers"), element("pre", {}, headers)),
    element("details", {}, element("summary", {}, "As curl"), element("pre", {}, curlOf(request)),
      copyButton("Copy", curlOf(request))));
}

async function send(operation, form) {
  form.answer.setAttribute("aria-busy", "true");
  form.button.disabled = true;
  const request = makeRequest(operation, form);
  const begun = performance.now();
  try {
    const answer = await fetch(request.url, request.options);
    const content = await readAnswer(answer);
    form.answer.replaceChildren(answerView(operation, form, request, answer, content, performance.now() - begun));
  } catch (error) {
    form.answer.replaceChildren(element("p", { class: "wrong" }, `No answer: ${error.message}`));
  }
  form.button.disabled = false;
  form.answer.removeAttribute("aria-busy");
}

// ---- Forms -------------------------------------------------------------------------------------

// A parameter is written as text, or as JSON where it says so.
const schemaOf = (parameter) => parameter.schema ?? Object.values(parameter.content ?? {})[0]?.schema ?? {};

function inputFor(parameter, id) {
  const { required } = parameter;
  const schema = schemaOf(parameter);
  const [plain] = withoutNull(schema);
  const real = resolve(plain);
  const properties = { id, required, class: "mono", autocomplete: "off", spellcheck: "false" };
  const choices = real.enum || (typesOf(real)[0] === "boolean" ? ["true", "false"] : null);
  if (choices) {
    const options = [required ? null : element("option", { value: "" }, "—"), choices.map((choice) => element("option", {}, String(choice)))];
    return element("select", { id, required, class: "mono" }, options.flat());
  }
  if (parameter.content) return element("textarea", { ...properties, rows: 2, placeholder: JSON.stringify(exampleOf(schema)) });
  if (typesOf(real).includes("array")) return element("textarea", { ...properties, rows: 2, placeholder: "one a line" });
  // No type="number": it would round what JavaScript cannot hold.
  const numeric = typesOf(real).includes("integer");
  return element("input", { ...properties, type: "text", inputmode: numeric ? "numeric" : null,
    pattern: numeric ? "-?[0-9]+" : null, placeholder: real.default ?? EXAMPLES[real.format] ?? "" });
}

function fieldFor(operation, parameter) {
  const id = `${operation.id}-${parameter.in}-${parameter.name}`;
  const input = inputFor(parameter, id);
  const many = input.tagName === "TEXTAREA" && !parameter.content;
  const view = element("div", { class: "field" },
    element("label", { for: id },
      element("span", { class: "name" }, parameter.name),
      parameter.required ? element("span", { class: "needed", title: "required" }, " *") : null,
      element("span", { class: "kind" }, `${kindOf(schemaOf(parameter))} · ${parameter.in}`)),
    input,
    parameter.description ? element("div", { class: "help" }, inline(parameter.description)) : null);
  const read = () => (input.value === "" ? [] : many ? input.value.split("\n") : [input.value]);
  return { parameter, view, read, write: (value) => { input.value = value; } };
}

function bodyField(operation, form) {
  const body = resolve(operation.requestBody);
  const [type, media] = Object.entries(body.content || {})[0] || [];
  if (!type) return null;
  form.type = type;
  const example = JSON.stringify(exampleOf(media.schema || {}), null, 2);
  const id = `${operation.id}-body`;
  const wrong = element("p", { class: "wrong", role: "status" });
  form.body = element("textarea", {
    id, class: "mono", spellcheck: "false", rows: Math.min(20, example.split("\n").length + 1),
    oninput: () => { wrong.textContent = form.body.value.trim() === "" || isJson(form.body.value) ? "" : "This is not JSON."; },
  });
  form.body.value = example;
  return element("div", {}, element("h3", {}, element("label", { for: id }, `Body · ${type}`)), form.body, wrong,
    element("details", {}, element("summary", { class: "faint" }, "Schema"), schemaView(media.schema || {})));
}

function requestForm(operation) {
  const form = { fields: [], send: () => send(operation, form) };
  form.fields = operation.parameters.map((parameter) => fieldFor(operation, parameter));
  form.button = element("button", { class: "main" }, "Send");
  form.answer = element("div", { "aria-live": "polite", class: "sent" });
  form.view = element("form", {
    onsubmit: (event) => { event.preventDefault(); form.send(); },
    onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.view.requestSubmit(); } },
  },
  form.fields.length > 0 ? element("h3", {}, "Parameters") : null,
  form.fields.map((field) => field.view),
  bodyField(operation, form),
  element("p", { class: "row" }, form.button, element("span", { class: "faint" }, "Ctrl + Enter")),
  form.answer);
  return form.view;
}

// ---- Operations --------------------------------------------------------------------------------

function responseView([status, reference]) {
  const response = resolve(reference);
  const headers = Object.keys(response.headers || {});
  const contents = Object.entries(response.content || {});
  const title = [element("span", { class: `status ${STATUS(Number(status) || 500)}` }, status), " ", response.description || ""];
  if (headers.length === 0 && contents.length === 0) return element("p", { class: "response" }, title);
  return element("details", { class: "response", open: /^2/.test(status) }, element("summary", {}, title),
    headers.length > 0 ? element("p", { class: "faint" }, "Headers: ", headers.join(", ")) : null,
    contents.map(([type, media]) => element("div", {},
      element("p", { class: "faint" }, `${type} · ${kindOf(media.schema || {})}`), schemaView(media.schema || {}))));
}

function pathView(path) {
  return element("span", { class: "path" }, path.split(/(\{[^}]*\})/).map((part) => (part[0] === "{" ? element("i", {}, part) : part)));
}

const needsAccess = (operation) => {
  const security = operation.security ?? api.security ?? [];
  return security.length > 0 && security.every((choice) => Object.keys(choice).length > 0);
};

function operationView(operation) {
  const method = element("span", { class: "method" }, operation.method.toUpperCase());
  const view = element("details", { id: operation.id, class: `operation ${operation.method}${operation.deprecated ? " deprecated" : ""}` },
    element("summary", {}, method, pathView(operation.path),
      operation.deprecated ? element("span", { class: "mark" }, "deprecated") : null,
      needsAccess(operation) ? element("span", { class: "mark" }, "access") : null,
      element("span", { class: "what" }, operation.summary || "")));
  // What is inside is made when it is opened first: a document may have hundreds.
  view.addEventListener("toggle", () => {
    if (!view.open || view.children.length > 1) return;
    view.append(element("div", { class: "body" },
      element("div", { class: "wide" }, prose(operation.description)),
      element("div", {}, requestForm(operation)),
      element("div", {}, element("h3", {}, "Responses"), Object.entries(operation.responses || {}).map(responseView))));
  });
  return view;
}

function listOperations() {
  const found = [];
  for (const [path, item] of Object.entries(api.paths || {}))
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const parameters = [...(item.parameters || []), ...(operation.parameters || [])].map(resolve);
      const id = operation.operationId || `${method}${path.replace(/[^A-Za-z0-9]+/g, "-")}`;
      const group = operation.tags?.[0] ?? (path.split("/")[1] || "/");
      found.push({ ...operation, id, path, method, parameters, group });
    }
  return found;
}

function groupBy(operations) {
  const groups = new Map((api.tags || []).map((tag) => [tag.name, []]));
  for (const operation of operations) {
    if (!groups.has(operation.group)) groups.set(operation.group, []);
    groups.get(operation.group).push(operation);
  }
  return [...groups].filter(([, members]) => members.length > 0);
}

function contentsView(name, members) {
  return element("section", { "data-group": name }, element("h2", {}, name), members.map((operation) =>
    element("a", { href: `#${operation.id}`, "data-for": operation.id, class: operation.method },
      element("span", { class: "method" }, operation.method.toUpperCase()), operation.path)));
}

function showOperations() {
  const operations = listOperations();
  const main = byId("operations");
  for (const [name, members] of groupBy(operations)) {
    const tag = (api.tags || []).find((candidate) => candidate.name === name);
    main.append(element("section", { "data-group": name }, element("h2", { class: "tag" }, name),
      prose(tag?.description), members.map(operationView)));
    byId("contents").append(contentsView(name, members));
  }
  byId("state").hidden = operations.length > 0;
  byId("state").textContent = "There are no operations yet.";
  byId("filter").addEventListener("input", () => filter(operations));
}

function filter(operations) {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(operations.filter((operation) => {
    const text = `${operation.method} ${operation.path} ${operation.summary || ""} ${operation.id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }).map((operation) => operation.id));
  for (const link of document.querySelectorAll("[data-for]")) link.hidden = !shown.has(link.dataset.for);
  for (const view of document.querySelectorAll(".operation")) view.hidden = !shown.has(view.id);
  for (const section of document.querySelectorAll("section[data-group]"))
    section.hidden = !section.querySelector("[data-for]:not([hidden]), .operation:not([hidden])");
  byId("state").hidden = shown.size > 0;
  byId("state").textContent = "Nothing is called so.";
}

function openNamed() {
  const view = byId(decodeURIComponent(location.hash.slice(1)));
  if (!view?.classList.contains("operation")) return;
  view.open = true;
  view.scrollIntoView();
  view.querySelector("summary").focus({ preventScroll: true });
}

// ---- The page ----------------------------------------------------------------------------------

function showDocument() {
  document.title = api.info.title;
  byId("title").textContent = api.info.title;
  byId("version").textContent = api.info.version;
  byId("about").replaceChildren(...prose(api.info.description));
  showAccess();
  showOperations();
  openNamed();
}

function listen() {
  addEventListener("hashchange", openNamed);
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || byId("credentials").open;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("filter").focus();
    }
  });
  // A link to what is open already changes no hash.
  byId("contents").addEventListener("click", (event) => { if (event.target.closest("a")?.hash === location.hash) openNamed(); });
  byId("access").addEventListener("click", () => byId("credentials").showModal());
  byId("forget").addEventListener("click", () => { secrets = {}; showAccess(); });
}

async function start() {
  loadSecrets();
  listen();
  try {
    const answer = await fetch(new URL("openapi.json", base));
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    api = await answer.json();
  } catch (error) {
    byId("state").textContent = `openapi.json could not be read: ${error.message}`;
    byId("state").className = "wrong";
    return;
  }
  showDocument();
}

start();
