// The official AG-UI client against a running server: node client.mjs PACKAGE URL TOKEN
// PACKAGE is one of the aliases in package.json. Runs an agent, is interrupted twice, answers, and expects the end.
// Prints one line; exits 1 with the reason when anything is not as it should be.
import { createRequire } from "node:module";

const [name, url, token] = process.argv.slice(2);
const fail = (why) => {
  throw new Error(why);
};
const text = (value) => JSON.stringify(value);

// The newer client drops what the standard does not know and only warns; here that is a failure.
const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));

// The packages live in the folder this is started in (scripts/tools puts them there), not beside the script.
const require = createRequire(process.cwd() + "/");
const { HttpAgent } = require(name);
const { version } = require(`${name}/package.json`);

const agent = new HttpAgent({ url, headers: { Authorization: `Bearer ${token}` }, threadId: `thread of ${version}` });
const counts = {};

// One run of the standard: everything its own verification lets through, and how it ended.
async function run(parameters) {
  const seen = [];
  await agent.runAgent(parameters, { onEvent: ({ event }) => void seen.push(event) });
  for (const { type } of seen) counts[type] = (counts[type] ?? 0) + 1;
  const [first, last] = [seen[0], seen.at(-1)];
  if (first?.type !== "RUN_STARTED") fail(`begins with ${text(first)}`);
  // A stream that just stops is no error to the client.
  if (last?.type !== "RUN_FINISHED") fail(`ends with ${text(last)}`);
  if (first.threadId !== agent.threadId || last.threadId !== agent.threadId) fail("the thread is not the client's");
  return last;
}

// The open interrupt, of which the client knows too.
function interrupt(finished) {
  const asked = finished.outcome?.interrupts?.[0] ?? fail(`is not interrupted: ${text(finished)}`);
  if (agent.pendingInterrupts?.[0]?.id !== asked.id) fail("the client does not know the interrupt");
  return asked;
}
const answer = (asked, payload) => ({ resume: [{ interruptId: asked.id, status: "resolved", payload }] });

const setup = interrupt(await run({}));
if (!setup.responseSchema?.properties?.guest) fail(`does not ask for the guest: ${text(setup)}`);
const review = interrupt(await run(answer(setup, { guest: "Bob" })));
if (review.reason !== "input_required") fail(`asks for ${review.reason}`);
if (!agent.messages.some((message) => message.content === "Hello, Bob!")) fail(`messages are ${text(agent.messages)}`);
const finished = await run(answer(review, "süß 🎬\nthen"));
if (finished.outcome?.type !== "success") fail(`outcome is ${text(finished.outcome)}`);
const outputs = { heard: "ping", said: "süß 🎬\nthen" };
for (const [field, value] of Object.entries(outputs)) {
  if (finished.result?.[field] !== value) fail(`result is ${text(finished.result)}`);
}
for (const type of ["TEXT_MESSAGE_CONTENT", "TOOL_CALL_END", "STATE_SNAPSHOT", "MESSAGES_SNAPSHOT"]) {
  if (!counts[type]) fail(`no ${type}`);
}
if (agent.pendingInterrupts?.length) fail("the client still knows an interrupt");
if (warnings.length) fail(warnings.join("\n"));
const events = Object.values(counts).reduce((sum, count) => sum + count, 0);
console.log(`@ag-ui/client ${version}  2 interrupts answered  ${events} events verified  outcome success  ${text(outputs)}`);
process.exit(0);
