import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bundleProgram } from "../support/bundle-program.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Where the image has the bundle. */
const IN_THE_IMAGE = "/opt/shipbell/";

/** The program as the image runs it: with the image's flags for Node, and its variables. */
export interface Program {
  readonly command: string;
  /** What stands before the command of shipbell. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Bundles the program into `folder`, where no other build can take it away. */
export async function buildProgram(folder: string): Promise<Program> {
  const bundle = dirname(await bundleProgram(join(folder, "program")));
  return readDockerfile(await readFile(join(ROOT, "Dockerfile"), "utf8"), bundle);
}

/** The entry point is `shipbell`, a link to the bundle that begins with `#!`, or Node with flags and the bundle. */
function readDockerfile(text: string, bundle: string): Program {
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(text)?.[1];
  if (entrypoint === undefined) throw new Error("the Dockerfile has no ENTRYPOINT in brackets");
  const [command, ...args] = JSON.parse(entrypoint) as string[];
  const env = Object.fromEntries(
    [...text.matchAll(/^ENV (\w+)="?(.*?)"?$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  if (command === "shipbell") return { command: "node", args: [join(bundle, "shipbell.js")], env };
  return { command: "node", args: args.map((word) => word.replace(IN_THE_IMAGE, `${bundle}/`)), env };
}
