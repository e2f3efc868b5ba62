/**
 * `node browse.ts PORT COUNT`: as many people who keep the start page open, in a process of their own. Each does what the
 * page's script does: it follows the events, and fetches what shows a change, at most once a second. Says `ready` once all
 * follow, and at its end how many answers there were.
 */
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

const [port = "", count = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
let answers = 0;

await Promise.all(Array.from({ length: Number(count) }, openPage));
process.stdout.write("ready\n");
process.on("SIGTERM", () => {
  process.stdout.write(`${answers}\n`);
  process.exit();
});

async function openPage(): Promise<void> {
  const parts = partsOf(await fetchPage());
  const stream = await ask("/api/v1/events?topics=jobs,problems,scheduler");
  const changed = new Set<string>();
  void refresh(parts, changed);
  stream.setEncoding("utf8");
  let rest = "";
  stream.on("data", (piece: string) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "event: reset") changed.add("*");
      const [, job] = /^data: \{"job":"([^"]+)","version/.exec(line) ?? [];
      if (job !== undefined) for (const topic of [`job-${job}`, "jobs"]) changed.add(topic);
    }
  });
}

interface Part {
  readonly id: string;
  readonly topics: readonly string[];
}

function partsOf(page: string): readonly Part[] {
  return [...page.matchAll(/ id="([^"]+)" data-live(?:="([^"]*)")?/g)].map(([, id = "", topics]) => ({
    id,
    topics: (topics ?? id).split(" "),
  }));
}

async function refresh(parts: readonly Part[], changed: Set<string>): Promise<never> {
  for (;;) {
    const ids = parts
      .filter(({ topics }) => changed.has("*") || topics.some((topic) => changed.has(topic)))
      .map(({ id }) => id);
    changed.clear();
    if (ids.length > 0) {
      await fetchPage(`text/html; fragment="${ids.join(" ")}"`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    } else await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function fetchPage(accept = "text/html"): Promise<string> {
  const answer = await ask("/", accept);
  const page = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`the page is answered with ${answer.statusCode}: ${page}`);
  answers++;
  return page;
}

async function ask(path: string, accept = "*/*"): Promise<IncomingMessage> {
  const request = get({ host: "127.0.0.1", port, path, agent, headers: { Accept: accept } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}
