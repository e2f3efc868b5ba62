import { createParser } from "eventsource-parser";
import { describe, expect, test } from "vitest";
import { Scene } from "../../scenarios/scene.ts";
import { aJob, at } from "../../support/a-job.ts";
import type { FakeProcess } from "../../support/fake-world.ts";
import { type Asking, ask } from "./ask.ts";
import { worldOf } from "./scene-world.ts";

const START = "POST /api/v1/jobs/backup/runs";

/** A run whose process does what the test tells it. */
async function aRun(kind: "container" | "service" = "container") {
  const processes: FakeProcess[] = [];
  const scene = new Scene(at("12:01"), (process) => processes.push(process), kind);
  const job = aJob();
  const scheduler = await scene.startScheduler([job]);
  await scene.clock.advance(0);
  const world = worldOf(scene, scheduler, [job]);
  const starting = ask(world, START);
  await scene.clock.advance(3000);
  const { json } = await starting;
  const address = `/api/v1/runs/${json.run}/output`;
  const [process] = processes;
  if (process === undefined) throw new Error("nothing was started");
  const send = (query: string, accept: string, asking: Asking = {}) =>
    ask(world, `GET ${address}${query}`, { role: "read", ...asking, headers: { accept, ...asking.headers } });
  return { scene, process, send };
}

interface Item {
  readonly line?: string;
  readonly note?: string;
  readonly end?: unknown;
}

/** The items of an answer, in whichever form it is. */
function itemsOf({ type, text }: { readonly type: string; readonly text: string }): readonly Item[] {
  if (type === "application/x-ndjson")
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  if (type === "text/event-stream") {
    const items: Item[] = [];
    createParser({ onEvent: ({ data }) => items.push(JSON.parse(data)) }).feed(text);
    return items;
  }
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => (line.startsWith("shipbell: ") ? { note: line.slice(10) } : { line }));
}

const linesOf = (answer: Parameters<typeof itemsOf>[0]) => itemsOf(answer).flatMap(({ line }) => line ?? []);

const FORMS = ["text/plain", "application/x-ndjson", "text/event-stream"] as const;

describe("the lines are the same in each form", () => {
  test("of a run that has ended", async () => {
    const { scene, process, send } = await aRun();
    const lines = Array.from({ length: 3000 }, (_, n) => `line ${n} <script> \u001b[31m "quoted" \t ü`);
    for (const [n, line] of lines.entries()) process.print(line, n % 3 === 0 ? "stderr" : "stdout");
    process.exit(0);
    await scene.clock.advance(1000);
    const answers = await Promise.all(FORMS.map((form) => send("", form)));
    for (const answer of answers) expect(linesOf(answer)).toEqual(lines);
    expect(itemsOf(answers[1] ?? never())[3]).toEqual({
      line: lines[3],
      attempt: 1,
      stream: "stderr",
      at: expect.stringMatching(/^2026-11-18T/),
    });
  });

  test("of a run that is followed while it runs, with its end", async () => {
    const { scene, process, send } = await aRun();
    process.print("before");
    const following = FORMS.map((form) => send("?follow=1", form));
    await scene.clock.advance(1000);
    for (let n = 0; n < 50; n++) {
      process.print(`line ${n}`);
      await scene.clock.advance(100);
    }
    process.exit(3);
    await scene.clock.advance(30_000);
    const answers = await Promise.all(following);
    const lines = ["before", ...Array.from({ length: 50 }, (_, n) => `line ${n}`)];
    for (const answer of answers) expect(linesOf(answer)).toEqual(lines);
    for (const answer of answers.slice(1))
      expect(itemsOf(answer).at(-1)).toEqual({ end: { kind: "failed", exitCode: 3, oom: false } });
  });

  test("of a run whose service is gone: the last lines, and how many are missing", async () => {
    const { scene, process, send } = await aRun("service");
    for (let n = 0; n < 500; n++) process.print(`line ${n} ${"x".repeat(40)}`);
    process.exit(0);
    await scene.clock.advance(20_000);
    const answers = await Promise.all(FORMS.map((form) => send("", form)));
    const [first, ...others] = answers.map(itemsOf);
    expect(first?.[0]?.note).toMatch(
      /^\S+ is gone; \d+ lines are missing before the last lines, which its record has kept:$/,
    );
    expect(first?.at(-1)?.line).toMatch(/^line 499 /);
    for (const other of others)
      expect(other.map(({ line, note }) => line ?? note)).toEqual(first?.map(({ line, note }) => line ?? note));
  });
});

test("a silent run is followed with beats, so that no proxy takes it for dead", async () => {
  const { scene, send } = await aRun();
  const gone = new AbortController();
  const following = FORMS.slice(1).map((form) => send("?follow=1", form, { gone: gone.signal }));
  await scene.clock.advance(31_000);
  gone.abort();
  const [ndjson, events] = await Promise.all(following);
  expect(ndjson?.text.match(/^\{"beat":"2026-11-18T/gm)).toHaveLength(2);
  expect(events?.text.match(/^: beat$/gm)).toHaveLength(2);
});

test("a reader that connects again goes on behind the last line that it got", async () => {
  const { scene, process, send } = await aRun();
  for (let n = 0; n < 20; n++) process.print(`line ${n}`, n % 2 === 0 ? "stdout" : "stderr");
  const gone = new AbortController();
  const first = send("?follow=1", "text/event-stream", { gone: gone.signal });
  await scene.clock.advance(1000);
  gone.abort();
  const ids = [...(await first).text.matchAll(/^id: (.+)$/gm)].map(([, id = ""]) => id);
  expect(ids).toHaveLength(20);
  process.print("later");
  process.exit(0);
  await scene.clock.advance(1000);
  const second = send("?follow=1", "text/event-stream", { headers: { "Last-Event-ID": ids[14] ?? "" } });
  await scene.clock.advance(30_000);
  expect(linesOf(await second)).toEqual(["line 15", "line 16", "line 17", "line 18", "line 19", "later"]);
});

test("only the last lines, and only one attempt, are given if only these are asked for", async () => {
  const { scene, process, send } = await aRun();
  for (let n = 0; n < 5; n++) process.print(`line ${n}`);
  process.exit(0);
  await scene.clock.advance(1000);
  expect((await send("?tail=2", "text/plain")).text).toBe("line 3\nline 4\n");
  expect((await send("?attempt=1&tail=1", "text/plain")).text).toBe("line 4\n");
  expect(await send("?attempt=2", "text/plain")).toMatchObject({ status: 404, json: { code: "no-such-run" } });
});

test.each([
  ["*/*", "text/plain; charset=utf-8"],
  ["text/html, */*", "text/plain; charset=utf-8"],
  ["application/json", "application/x-ndjson"],
  ["text/event-stream", "text/event-stream"],
])("who accepts %s gets %s", async (accept, type) => {
  const { send } = await aRun();
  expect((await send("", accept)).type).toBe(type);
});

test("who accepts none of the forms is told which there are", async () => {
  const { send } = await aRun();
  expect(await send("", "image/png")).toMatchObject({ status: 406, json: { code: "not-acceptable" } });
});

test.each(["?tail=-1", "?tail=x", "?attempt=0", "?follow=yes"])(
  "%s is refused, with what is allowed",
  async (query) => {
    const { send } = await aRun();
    expect(await send(query, "*/*")).toMatchObject({ status: 400, json: { code: "bad-request" } });
  },
);

function never(): never {
  throw new Error("there is no such answer");
}
