import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureHouse } from "./figures.ts";

/** A house of two rooms and an attic: `runs` calls `engines` through an interface. */
const HOUSE: Readonly<Record<string, string>> = {
  "app.ts": `
    import { Loop } from "./runs/loop.ts";
    import {
      Docker,
      type Options as DockerOptions,
    } from "./engines/docker/docker.ts";

    /* Two lines
       of a comment. */
    export const app = (options: DockerOptions) => new Loop(new Docker(options)); // with code before it
  `,
  "runs/loop.ts": `
    import type { Engine } from "./engine.ts";
    export class Loop { constructor(readonly engine: Engine) {} }
  `,
  "runs/engine.ts": `
    // import { nothing } from "../engines/docker/docker.ts";
    export interface Engine { readonly kind: "service" | "other" }
    export const text = "import { nothing } from './loop.ts'";
  `,
  "engines/docker/docker.ts": `
    import type { Engine } from "../../runs/engine.ts";
    import Wire from "./wire.ts";
    export interface Options { readonly host: string }
    export class Docker implements Engine { readonly kind = "service"; constructor(readonly options: Options) {} }
    export const wire = new Wire();
  `,
  "engines/docker/wire.ts": `
    import Dockerode from "dockerode";
    export default class Wire { readonly docker = new Dockerode(); readonly parts = /a/.exec("a") }
  `,
  "attic/round.ts": `
    export * from "./about.ts";
    export const isExec = true;
  `,
  "attic/about.ts": `
    export const later = () => import("./round.ts");
  `,
};

describe("figures", () => {
  const folder = mkdtempSync(join(tmpdir(), "shipbell-figures-"));
  let printed: string;
  const figure = (name: string) =>
    printed
      .split("\n")
      .find((line) => line.startsWith(`| ${name} |`))
      ?.slice(2, -2)
      .split(" | ")
      .slice(1);
  beforeAll(() => {
    for (const [path, text] of Object.entries(HOUSE)) {
      const file = join(folder, "src", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${text.trim()}\n`);
    }
    printed = measureHouse(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["files", "7"],
    ["lines", "24"],
    ["lines of code", "20"],
    ["folders", "5"],
    ["most files in one folder", "2 (`src/attic`)"],
    ["files imported by exactly one other", "5 (71 %)"],
    ["depth of imports", "3"],
    ["longest chain from the loop to dockerode", "4"],
    ["files that `app.ts` imports", "2"],
    ["names that `app.ts` imports", "3"],
    ["cycles between files", "1"],
    ["cycles between top-level folders", "0"],
    ["files that spell a kind of engine", "2: 1 in `src/engines/docker`, 1 in `src/runs`"],
    ["files whose code mentions exec", "1: 1 in `src/attic`"],
  ])("%s: %s", (name, value) => expect(figure(name)).toEqual([value]));

  it.each([
    ["src", { files: 1, lines: 9, depth: 3, doors: 0, names: 0 }],
    ["src/runs", { files: 2, lines: 5, depth: 2, doors: 2, names: 2 }],
    ["src/engines", { files: 0, lines: 0, depth: 2, doors: 1, names: 2 }],
    ["src/engines/docker", { files: 2, lines: 7, depth: 2, doors: 1, names: 2 }],
    ["src/attic", { files: 2, lines: 3, depth: 2, doors: 0, names: 0 }],
  ])("folder %s", (name, values) => expect(figure(`\`${name}\``)).toEqual(Object.values(values).map(String)));

  it("gives the chain from the loop to dockerode, through what implements the interface", () => {
    expect(printed).toContain(
      "`runs/loop.ts` → `runs/engine.ts` → `engines/docker/docker.ts` → `engines/docker/wire.ts`\n",
    );
  });

  it("says where it looked when nothing is there", () => {
    expect(() => measureHouse(join(folder, "src/runs"))).toThrow(/runs\/src: no TypeScript files are there/);
  });
});
