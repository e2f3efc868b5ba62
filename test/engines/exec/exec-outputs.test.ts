import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { OutputGone } from "../../../src/engines/engine.ts";
import { ExecOutputs } from "../../../src/engines/exec/exec-outputs.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";

const { signal } = new AbortController();

/** One frame of a stream without a terminal: standard output. */
function frame(text: string): Buffer {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

function setUp() {
  const outputs = new ExecOutputs(new FakeClock(at("12:00")));
  const process = new PassThrough();
  outputs.hold("e1", { response: process as unknown as IncomingMessage, startedAt: at("12:00"), job: "backup" });
  const collect = async (lines: AsyncIterable<{ readonly line: string }>, into: string[]) => {
    for await (const { line } of lines) into.push(line);
  };
  const read: string[] = [];
  const readAll = () => collect(outputs.lines("e1", { signal, gate: undefined, onEnd: () => {} }), read);
  const listen = (into: string[], until = signal) => collect(outputs.listen("e1", until), into);
  return { outputs, process, read, readAll, listen };
}

test("a listener takes nothing away: the first reader gets all of it, also when it comes later", async () => {
  const { process, read, readAll, listen } = setUp();
  const heard: string[] = [];
  const listening = listen(heard);
  await settled();
  const reading = readAll();
  process.write(frame("a\nb\n"));
  process.end(frame("c\n"));
  await Promise.all([reading, listening]);
  expect(read).toEqual(["a", "b", "c"]);
  expect(heard).toEqual(["a", "b", "c"]);
});

test("a listener that comes later hears what comes from then on, and its end", async () => {
  const { process, readAll, listen } = setUp();
  const reading = readAll();
  process.write(frame("a\n"));
  await settled();
  const heard: string[] = [];
  const listening = listen(heard);
  await settled();
  process.end(frame("b\n"));
  await Promise.all([reading, listening]);
  expect(heard).toEqual(["b"]);
});

test("a slow listener slows nothing: the first reader gets all of it, and the listener is told what it has missed", async () => {
  const { outputs, process, read, readAll } = setUp();
  const slow = outputs.listen("e1", signal);
  const first = slow.next();
  await settled();
  const reading = readAll();
  process.write(frame("a\n"));
  expect((await first).value).toMatchObject({ line: "a" });
  const lines = Array.from({ length: 1500 }, (_, index) => `${index}\n`);
  process.end(frame(lines.join("")));
  await reading;
  expect(read).toHaveLength(1501);
  expect((await slow.next()).value).toMatchObject({ line: "500", missed: 500 });
  expect((await slow.next()).value).not.toHaveProperty("missed");
});

test("a listener may leave", async () => {
  const { process, read, readAll, listen } = setUp();
  const left = new AbortController();
  const reading = readAll();
  const listening = listen([], left.signal);
  await settled();
  left.abort();
  await listening;
  process.end(frame("a\n"));
  await reading;
  expect(read).toEqual(["a"]);
});

test("there is nothing to hear of one that has ended, or that another process started", async () => {
  const { process, readAll, listen, outputs } = setUp();
  const reading = readAll();
  process.end();
  await reading;
  await expect(listen([])).rejects.toThrow(OutputGone);
  await expect(outputs.listen("e2", signal).next()).rejects.toThrow(OutputGone);
});
