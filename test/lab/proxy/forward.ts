import { buffer } from "node:stream/consumers";
import { discard, giveBack } from "./answer.ts";
import { answerClient, cutClient, type Exchange, type ProxiedRequest } from "./exchange.ts";
import { askInItsTime, LogClock } from "./log-clock.ts";
import type { ActiveRule } from "./rule.ts";
import { type Answer, ask, type Upstream } from "./upstream.ts";

export type Way = Upstream & { log(line: ProxiedRequest): void };

/** Takes one request all its way: to the engine and the answer back, as the rule that took it wants. */
export async function forward(exchange: Exchange, rule: ActiveRule | undefined, way: Way): Promise<void> {
  try {
    if (rule) await forwardByRule(exchange, rule, way);
    else await giveBack(exchange, await ask(exchange, await wholeIfJson(exchange), untilGone(exchange, way)));
  } catch {
    cutClient(exchange, "failed");
  }
}

/** The body is read first: what is on its way arrives, even when its client dies meanwhile. */
async function forwardByRule(exchange: Exchange, rule: ActiveRule, way: Way): Promise<void> {
  const { atRequest, atAnswer, twice, clockOf } = rule.plan;
  if (clockOf) return forwardWithClock(exchange, await clockOf(exchange.line.path), way);
  const body = await buffer(exchange.body);
  if (!atAnswer && !twice) rule.reach(exchange.line);
  const verdict = (await atRequest?.(way.signal)) ?? "pass";
  if (verdict === "cut") cutClient(exchange, "cut");
  else if (verdict !== "pass") answerClient(exchange, verdict.status, verdict.body);
  else if (twice) await askTwice(exchange, body, way, twice).then(() => rule.reach(exchange.line));
  else await answerByRule(exchange, await ask(exchange, body, way), rule);
}

/** It goes when its client goes: a log that is followed has no end. */
async function forwardWithClock(exchange: Exchange, aheadMs: number, way: Way): Promise<void> {
  const { request } = exchange;
  request.url = askInItsTime(request.url ?? "/", aheadMs);
  const answer = await ask(exchange, await wholeIfJson(exchange), untilGone(exchange, way));
  await giveBack(exchange, answer, new LogClock(aheadMs));
}

async function answerByRule(exchange: Exchange, answer: Answer, rule: ActiveRule): Promise<void> {
  exchange.line.status = answer.head.statusCode ?? 0;
  const { atAnswer } = rule.plan;
  if (atAnswer) rule.reach(exchange.line);
  if ((await atAnswer?.()) !== "cut") return giveBack(exchange, answer);
  cutClient(exchange, "cut");
  await discard(answer);
}

async function askTwice(exchange: Exchange, body: Buffer, way: Way, theClients: "first" | "second"): Promise<void> {
  if (theClients === "second") await askAside(exchange, body, way);
  await giveBack(exchange, await ask(exchange, body, way));
  if (theClients === "first") await askAside(exchange, body, way);
}

/** The copy whose answer the client does not get. It has a line of its own in the log. */
async function askAside(exchange: Exchange, body: Buffer, way: Way): Promise<void> {
  const line: ProxiedRequest = { ...exchange.line, requestBytes: 0, answerBytes: 0, end: "open" };
  way.log(line);
  const answer = await ask({ ...exchange, line }, body, way);
  line.status = answer.head.statusCode ?? 0;
  await discard(answer);
  line.end = "answered";
}

/**
 * JSON goes in one piece with its end. A quick engine answers as soon as it has the JSON, and closes the connection: a
 * write after that (Node ends a piped body with an empty one) is an EPIPE, and the answer is lost.
 */
async function wholeIfJson({ body, request }: Exchange): Promise<Exchange["body"] | Buffer> {
  return request.headers["content-type"]?.startsWith("application/json") ? await buffer(body) : body;
}

/** Without a rule a request goes when its client goes, as it would without the proxy. */
function untilGone({ client, response }: Exchange, way: Way): Upstream {
  const gone = new AbortController();
  const leave = () => gone.abort();
  client.once("close", leave);
  // A connection lives on, and has many requests.
  response.once("close", () => client.off("close", leave));
  return { ...way, signal: AbortSignal.any([way.signal, gone.signal]) };
}
