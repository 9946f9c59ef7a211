// The official TypeScript MCP client against a running server: node client.mjs URL TOKEN REVISION
// Prints one line; exits 1 with the reason when anything is not as it should be.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages live in the folder this is started in (scripts/tools puts them there), not beside the script.
const require = createRequire(process.cwd() + "/");
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { Client, StreamableHTTPClientTransport } = await load("@modelcontextprotocol/client");
const { default: Ajv } = await load("ajv/dist/2020.js");
const { default: formats } = await load("ajv-formats");
const version = require("./package-lock.json").packages["node_modules/@modelcontextprotocol/client"].version;

const [url, token, revision] = process.argv.slice(2);
const TOOLS_MIN = 12;
const fail = (why) => {
  throw new Error(why);
};

// Without an own validator the client would check answers itself and hide what we want to count.
const mode = revision === "2025-11-25" ? "legacy" : { pin: revision };
const client = new Client({ name: "cinatra-mcp-check", version: "1" }, { versionNegotiation: { mode } });
await client.connect(
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }),
);
const spoken = client.getNegotiatedProtocolVersion();
if (spoken !== revision) fail(`asked for ${revision}, got ${spoken}`);

const { tools } = await client.listTools();
if (tools.length < TOOLS_MIN) fail(`${tools.length} tools, at least ${TOOLS_MIN}`);
const ajv = formats(new Ajv({ strict: false, allErrors: true }));
// Formats of OpenAPI, not of JSON Schema: the types and bounds beside them say the same.
for (const format of ["uint8", "uint16", "uint32", "uint64", "int64"]) ajv.addFormat(format, true);
const schemas = new Map(
  tools.map((tool) => [tool.name, ajv.compile(tool.outputSchema ?? fail(`${tool.name} has no outputSchema`))]),
);
for (const tool of tools) {
  if (!tool.annotations || tool.inputSchema?.type !== "object") fail(`${tool.name} is not fully declared`);
}

let valid = 0;
async function call(name, input, meta = {}) {
  const answer = await client.callTool({ name, arguments: input, _meta: meta });
  if (answer.isError) fail(`${name}: ${JSON.stringify(answer.content)}`);
  const validate = schemas.get(name) ?? fail(`no tool ${name}`);
  if (!answer.structuredContent) fail(`${name} answered nothing structured`);
  if (!validate(answer.structuredContent)) fail(`${name}: ${ajv.errorsText(validate.errors)}`);
  valid += 1;
  return answer;
}

const found = (await call("extensions_search", { limit: 200 })).structuredContent.items;
const { packageName, version: packageVersion } = found[0] ?? fail("the registry is empty");
const pack = { packageName, packageVersion: packageVersion ?? found[0].packageVersion };
const key = `mcp-typescript-${revision}`;
const installed = await call("extensions_install", pack, { "cinatra.ai/idempotencyKey": key });
const again = await call("extensions_install", pack, { "cinatra.ai/idempotencyKey": key });
const text = (value) => JSON.stringify(value);
if (text(again.structuredContent) !== text(installed.structuredContent)) fail("a repeated key got another answer");
const at = installed._meta?.["cinatra.ai/at"] ?? fail("install does not say where it stands");
const fresh = { "cinatra.ai/minPos": at, "cinatra.ai/strict": true };
const listed = await call("extensions_list", {}, fresh);
if (!listed.structuredContent.items.some((item) => item.packageName === packageName)) fail("the list lacks the package");
const timeline = await call("extensions_timeline", { packageName }, fresh);
if (timeline.structuredContent.items.length === 0) fail("the timeline is empty");
await call("extensions_get", { packageName }, fresh);
await call("extensions_archive", pack);
await call("extensions_restore", { packageName });
await call("extension_lifecycle_audit_list", {});
await call("audit_events_list", {});

const refused = await client.callTool({
  name: "extensions_install",
  arguments: { packageName: "@nobody/nothing-skill", packageVersion: "1.0.0" },
});
if (refused.isError !== true) fail("an unknown package is no error");
const envelope = refused.structuredContent ?? JSON.parse(refused.content[0].text);
const code = envelope?.error?.code ?? fail(`no envelope: ${text(refused)}`);
await client.close();
console.log(
  `typescript  @modelcontextprotocol/client ${version}  revision ${spoken}  ${tools.length} tools  ` +
    `${valid} structured answers valid  isError ${code}`,
);
process.exit(0);
