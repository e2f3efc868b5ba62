import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AssemblyOptions, CUT_MARK, LONGEST_LINE } from "../../../../src/engines/docker/output/log-lines.ts";
import { readLines } from "../../../../src/engines/docker/output/log-stream.ts";
import type { OutputGate } from "../../../../src/engines/engine.ts";

const at = "2026-11-18T03:00:00.123456789Z";
const time = new Date("2026-11-18T03:00:00.123Z");

function frame(text: string, stream: 1 | 2 | 3 = 1): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function read(...chunks: readonly Buffer[]): Promise<string[]> {
  async function* source() {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const { stream, line } of readLines(source())) lines.push(`${stream === "stderr" ? "! " : ""}${line}`);
  return lines;
}

/** In pieces of this size. */
function split(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

describe("the lines of a log", () => {
  it("come with the time at which the engine received them", async () => {
    async function* source() {
      yield frame(`${at} hello\n`);
    }
    for await (const line of readLines(source())) {
      expect(line).toEqual({ stream: "stdout", line: "hello", at: time, time: at });
    }
  });

  it.each([
    ["2026-11-18T03:00:00.5Z", "2026-11-18T03:00:00.500000000Z"],
    ["2026-11-18T03:00:00Z", "2026-11-18T03:00:00.000000000Z"],
    ["2026-11-18T05:30:00.123456789+02:30", "2026-11-18T03:00:00.123456789Z"],
  ])("have times that can be compared as texts, where an engine writes %s", async (written, expected) => {
    async function* source() {
      yield frame(`${written} hello\n`);
    }
    for await (const { line, time } of readLines(source())) expect([line, time]).toEqual(["hello", expected]);
  });

  it.each<[string, Buffer[], string[]]>([
    ["none", [], []],
    ["two streams", [frame(`${at} a\n`), frame(`${at} b\n`, 2)], ["a", "! b"]],
    ["an empty line", [frame(`${at} \n`)], [""]],
    ["a line that begins with spaces", [frame(`${at}   a\n`)], ["  a"]],
    ["a line that looks like a time", [frame(`${at} ${at} x\n`)], [`${at} x`]],
    ["Windows line ends", [frame(`${at} a\r\n`)], ["a"]],
    ["a last line without an end, on each stream", [frame(`${at} a`), frame(`${at} b`, 2)], ["a", "! b"]],
    [
      "an open line of one stream, while the other goes on",
      [frame(`${at} a`), frame(`${at} b\n`, 2), frame(`${at} c\n`)],
      ["! b", "ac"],
    ],
    ["a frame that holds several lines", [frame(`${at} a\n${at} b\n`)], ["a", "b"]],
    ["a frame without anything", [frame(""), frame(`${at} a\n`)], ["a"]],
    [
      "a long line in pieces, each with its time",
      [frame(`${at} ab`), frame(`${at} cd`), frame(`${at} ef\n`)],
      ["abcdef"],
    ],
    ["a frame that breaks off", [frame(`${at} a\n`), frame(`${at} never\n`).subarray(0, 20)], ["a"]],
    ["a terminal's, which has no frames", [Buffer.from(`${at} a\r\n${at} b\r\n`)], ["a", "b"]],
  ])("%s", async (_name, chunks, expected) => {
    expect(await read(...chunks)).toEqual(expected);
  });

  it.each([1, 2, 3, 7, 8, 9, 31, 64])(
    "are the same in chunks of %i bytes, also where characters are cut in two",
    async (size) => {
      const framed = Buffer.concat([frame(`${at} é€😀\n`), frame(`${at} ü\n`, 2), frame(`${at} last`)]);
      expect(await read(...split(framed, size))).toEqual(["é€😀", "! ü", "last"]);
      const plain = Buffer.from(`${at} é€😀\r\n${at} last`);
      expect(await read(...split(plain, size))).toEqual(["é€😀", "last"]);
    },
  );

  it("are the same however they are cut into chunks", async () => {
    const texts = fc.array(
      fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, "")),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 50 }), async (lines, size) => {
        const framed = Buffer.concat(lines.map((line) => frame(`${at} ${line}\n`)));
        expect(await read(...split(framed, size))).toEqual(lines);
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, string, string]>([
    ["as long as a line may be", "x".repeat(LONGEST_LINE), "x".repeat(LONGEST_LINE)],
    ["one byte longer", "x".repeat(LONGEST_LINE + 1), "x".repeat(LONGEST_LINE) + CUT_MARK],
    [
      "cut where a character would be cut in two",
      `x${"é".repeat(LONGEST_LINE / 2)}`,
      `x${"é".repeat(LONGEST_LINE / 2 - 1)}${CUT_MARK}`,
    ],
  ])("are cut: %s", async (_name, line, expected) => {
    expect(await read(frame(`${at} ${line}\n`), frame(`${at} next\n`))).toEqual([expected, "next"]);
  });

  it("are none of them what the engine says for itself: then they are not all", async () => {
    const words = "Error grabbing logs: some logs could not be retrieved";
    const reading = read(frame(`${at} a\n`), frame(`${words}\n`, 3));
    await expect(reading).rejects.toMatchObject({ name: "EngineTrouble", message: words });
  });

  it("do not fill the memory when one of them never ends", async () => {
    const piece = frame(`${at} ${"x".repeat(LONGEST_LINE)}`);
    expect(await read(...Array.from({ length: 500 }, () => piece))).toEqual(["x".repeat(LONGEST_LINE) + CUT_MARK]);
    const huge = frame(`${at} ${"x".repeat(5_000_000)}\n`);
    expect(await read(...split(huge, 65_536), frame(`${at} next\n`))).toEqual([
      "x".repeat(LONGEST_LINE) + CUT_MARK,
      "next",
    ]);
  });
});

describe("lines that come while the gate is shut", () => {
  /** What is read while the gate lets this many lines through, then none. */
  async function readGated(most: number, ...chunks: readonly Buffer[]) {
    async function* source() {
      yield* chunks;
    }
    const told: string[] = [];
    const kept: string[] = [];
    const times: string[] = [];
    let dropped = 0;
    const gate: OutputGate = {
      isShut: () => told.length >= most,
      drop: (lines) => {
        dropped += lines;
      },
      keepLast: (lines) => void kept.push(...lines),
      isOverrun: () => false,
    };
    const onDropped: AssemblyOptions["onDropped"] = ({ stream, time }) => void times.push(`${stream} ${time}`);
    for await (const { line } of readLines(source(), { gate, onDropped })) told.push(line);
    return { told, kept, dropped, times };
  }

  it("are counted, and the last ones are kept", async () => {
    const lines = ["a", "b", "c"].map((text) => frame(`${at} ${text}\n`));
    expect(await readGated(1, ...lines)).toEqual({
      told: ["a"],
      kept: ["b", "c"],
      dropped: 2,
      times: [`stdout ${at}`, `stdout ${at}`],
    });
  });

  it("are dropped in the midst of a chunk, too", async () => {
    expect(await readGated(1, Buffer.from(`${at} a\n${at} b\n${at} c\n`))).toMatchObject({
      told: ["a"],
      kept: ["b", "c"],
      dropped: 2,
    });
  });

  it("do not take the end of a line that has begun, and are one line each, in however many pieces they come", async () => {
    const pieces = [
      frame(`${at} a`),
      frame(`${at} a\n`),
      frame(`${at} b`),
      frame(`${at} b`),
      frame(`${at} b\n`),
      frame(`${at} c`),
    ];
    expect(await readGated(1, ...pieces)).toMatchObject({ told: ["aa"], kept: ["bbb", "c"], dropped: 2 });
  });

  it("are followed by whole lines when it opens", async () => {
    let isShut = true;
    async function* source() {
      yield frame(`${at} a`);
      isShut = false;
      yield frame(`${at} a\n`);
      yield frame(`${at} b\n`);
    }
    const kept: string[] = [];
    const gate: OutputGate = {
      isShut: () => isShut,
      drop: () => {},
      keepLast: (lines) => void kept.push(...lines),
      isOverrun: () => false,
    };
    const told: string[] = [];
    for await (const { line } of readLines(source(), { gate })) told.push(line);
    expect({ told, kept }).toEqual({ told: ["b"], kept: ["aa"] });
  });
});
