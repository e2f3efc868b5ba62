import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readPlace, writePlace } from "../../../src/http/output-place.ts";
import { lastLines, lineWriter, type WriteLine } from "../../../src/http/web/output/write-line.ts";
import { pastOf } from "../../../src/ledger/past.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { aWorld } from "../../support/a-world.ts";
import { askPage } from "../../support/ask-page.ts";

let write: WriteLine;
beforeAll(async () => {
  write = await lineWriter();
});

describe("a line of output", () => {
  it.each([
    ["plain text", "done: 14 rows", "done: 14 rows"],
    ["HTML, which is text", "<script>alert(1)</script> & co", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co"],
    ["a colour", "\u001b[31mno\u001b[0m way", '<span class="ansi-red">no</span> way'],
    ["HTML in colour", "\u001b[1;92m<b>\u001b[0m", '<span class="ansi-bright-green is-bold">&lt;b&gt;</span>'],
    ["a background", "\u001b[41mx", '<span class="on-red">x</span>'],
    ["a colour without a name, which is not shown", "\u001b[38;2;1;2;3mx", "x"],
    ["what a carriage return has written again", "10 %\r50 %\r100 %\r", "100 %"],
    ["movements of the cursor, which nothing obeys", "a\u001b[2K\u001b[1Ab\u001b[?25lc", "abc"],
    [
      "a window's title and a link, of which the text stays",
      "\u001b]0;title\u0007\u001b]8;;http://x\u001b\\click\u001b]8;;\u001b\\",
      "click",
    ],
    ["characters that turn the direction of writing", "a\u202eb\u2066c\u2028d\u0000e\u0008f\u0085g", "abcdefg"],
    ["the end of a line, which no line has", "a\nb\u001b[31m\n<c>\n", 'ab<span class="ansi-red">&lt;c&gt;</span>'],
    ["half a character", "caf\ufffd\ud800", "caf\ufffd\ud800"],
    ["a sequence that ends too early", "x\u001b[", "x"],
  ])("shows %s", (_, line, shown) => {
    expect(write(line).html).toBe(shown);
  });

  it("is cut where a browser would stand still over it", () => {
    const { html } = write("x".repeat(1_000_000));
    expect(html.length).toBeLessThan(4200);
    expect(html).toContain("and 996,000 more characters");
  });

  it("never leaves its place, whatever bytes it has", () => {
    const unit = fc.oneof(
      fc.constantFrom("\u001b[", "\u001b]", "m", ";", "3", "1", "<", ">", '"', "&", "\r", "\u0007"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(
        fc.array(unit).map((parts) => parts.join("")),
        (line) => {
          const { html } = write(line);
          const withoutSpans = html.replaceAll(/<span class="(?:ansi-|on-|is-|soft)[a-z -]*">|<\/span>/g, "");
          expect([...'<>"\r\n\0\u001b'].filter((character) => withoutSpans.includes(character))).toEqual([]);
        },
      ),
    );
  });
});

describe("the last lines of an attempt", () => {
  it("are those that say something", () => {
    expect(lastLines({ output: "one\n\u001b[31mtwo\u001b[0m\n\n   \n" }, 2)).toEqual(["one", "two"]);
  });
});

describe("a place in an output", () => {
  const place = {
    attempt: 2,
    count: 7,
    position: { from: "2026", stdout: { time: "2026-11-18T03:00:00Z", lines: 1 } },
  };

  it("is read as it was written", () => expect(readPlace(writePlace(place))).toEqual(place));

  it.each(["", "x", "e30", Buffer.from('{"attempt":-1}').toString("base64url"), "%00"])("is none in %j", (word) => {
    expect(readPlace(word)).toBeUndefined();
  });
});

describe("the page of a run", () => {
  const hostile = `<img src=x onerror=alert(1)>`;
  const run = aRun(at("11:00"), {
    id: "backup-20261118t110000z",
    outcome: { kind: "rejected", reason: "image-missing", message: hostile },
    finishedAt: at("11:01"),
    trigger: "manual",
    reason: hostile,
    by: { via: "api", name: hostile },
    inputs: { NOTE: hostile },
    attempts: [
      {
        number: 1,
        objectName: hostile,
        boundAt: at("11:00"),
        finishedAt: at("11:01"),
        node: hostile,
        image: { name: hostile },
        outcome: { kind: "rejected", reason: "image-missing", message: hostile },
        output: `${hostile}\n`,
      },
    ],
  });
  const records = new Map([["backup", aRecord(at("11:00"), { runs: [run] })]]);
  const engine = {
    look: async () => new Map(),
    keepsOutput: () => false,
    logs: async function* () {},
    nodes: async () => [],
  };
  const world = aWorld({ records: () => records, engine: () => engine });

  it("escapes what the engine says, what people wrote and what was printed", async () => {
    for (const path of ["/", "/jobs/backup", `/runs/${run.id}`, "/timeline", "/nodes"])
      expect((await askPage(path, { world })).body, path).not.toContain("<img src=x");
  });

  it("shows who has the role status nothing of all that", async () => {
    for (const path of ["/", "/jobs/backup", `/runs/${run.id}`]) {
      const { body } = await askPage(path, { world, caller: { role: "status" } });
      // The name of a node is no secret.
      expect(body.replaceAll(/<td[^>]*>&lt;img[^<]*<\/td>|on &lt;img[^.,<]*|· &lt;img[^<]*/g, ""), path).not.toContain(
        "onerror",
      );
    }
  });
});

describe("what a run used", () => {
  const end = { outcome: succeeded, finishedAt: at("11:01") };
  const usage = { cpuMs: 2100, peakMemoryBytes: 103 * 2 ** 20 };
  const attempts = [{ number: 1, objectName: "a", boundAt: at("11:00"), startedAt: at("11:00"), usage, ...end }];
  const run = { ...aRun(at("11:00"), { ...end, attempts }), id: "backup-20261118t110000z" };
  const ended = aRecord(at("11:00"), { runs: [run] });
  const past = pastOf(ended);

  it.each([
    ["while it is kept", ended],
    ["when only its digest is left", aRecord(at("11:00"), { ...(past && { past }) })],
  ])("is on its page, %s", async (_name, record) => {
    const world = aWorld({ records: () => new Map([["backup", record]]) });
    const { body } = await askPage(`/runs/${run.id}`, { world, caller: { role: "status" } });
    expect(body.replaceAll(/<[^>]*>/g, " ")).toMatch(/used at least\s+2\.1 s of CPU and 103 MiB of memory/i);
  });
});

describe("the page of a run that prints long lines", () => {
  const run = aRun(at("11:00"));
  const records = new Map([["backup", aRecord(at("11:00"), { runs: [run] })]]);
  const engineOf = (lines: number, line: string) => ({
    look: async () => new Map(),
    keepsOutput: () => true,
    nodes: async () => [],
    logs: async function* () {
      for (let n = 0; n < lines; n++)
        yield { stream: "stdout", line: `${n} ${line}`, at: at("11:00"), time: "2026-11-18T11:00:00Z" } as const;
    },
  });
  const open = async (lines: number, line: string) => {
    const world = aWorld({ records: () => records, engine: () => engineOf(lines, line) });
    return (await askPage(`/runs/${run.id}`, { world })).body;
  };

  it("has as many of the last ones as it has room for, and says how many came before", async () => {
    const body = await open(3000, "'".repeat(3900));
    expect(body.length).toBeLessThan(3_000_000);
    const shown = body
      .split("<li>")
      .filter((item) => /^\d+ &#39;/.test(item))
      .map((item) => Number.parseInt(item, 10));
    expect(shown.at(-1)).toBe(2999);
    expect(shown[0]).toBe(3000 - shown.length);
    expect(/(\d+) earlier lines not shown/.exec(body)?.[1]).toBe(String(3000 - shown.length));
  }, 20_000);

  it("has the last 5,000 short ones", async () => {
    const body = await open(5001, "x");
    expect(body.includes("1 earlier line not shown")).toBe(true);
    expect(body.match(/<li>\d+ x<\/li>/g)).toHaveLength(5000);
  });
});
