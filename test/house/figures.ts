/**
 * `npm run -s figures -- [--of FOLDER]`: measures how the code under `src` is built, of this repository or of another
 * tree of it, and prints it as Markdown. `docs/house.md` says what each figure means.
 */
import { dirname, join, resolve } from "node:path";
import { readScript } from "../support/script-options.ts";
import { findCycles, type Graph, longestPath, reachableFrom } from "./graph.ts";
import { type CodeFile, readFiles } from "./read-files.ts";

/** Words that stand for a kind of engine, of object or of source. */
const ENGINE_KINDS = ["container", "containers", "service", "services", "swarm"];
const EXEC = /(?<![a-zA-Z])exec(?![a-z])|Exec(?![a-z])|(?<![A-Z])EXEC(?![A-Z])/;
/** What speaks to Docker: the library, and the part of it that carries its calls. */
const DOCKER = ["dockerode", "docker-modem"];

type Cell = string | number;

export function measureHouse(repository: string): string {
  const files = readFiles(resolve(repository, "src"));
  const paths = new Set(files.map(({ path }) => path));
  const imports: Graph = new Map(
    files.map((file) => [file.path, unique(file.imports.map(({ from }) => from).filter((from) => paths.has(from)))]),
  );
  const imported = Object.values(Object.groupBy([...imports.values()].flat(), (path) => path));
  const importedOnce = imported.filter((times) => times?.length === 1).length;
  const ofApp =
    files.find(({ path }) => /(^|\/)app\.ts$/.test(path))?.imports.filter(({ from }) => paths.has(from)) ?? [];
  const chain = chainToDocker(files, imports);
  const folders = unique(files.flatMap(({ path }) => foldersOf(path)))
    .map((folder) => measureFolder(folder, files, imports))
    .toSorted((one, other) => other.files - one.files || (one.name < other.name ? -1 : 1));

  const figures: [string, Cell][] = [
    ["files", files.length],
    ["lines", sum(files.map(({ lines }) => lines))],
    ["lines of code", sum(files.map(({ codeLines }) => codeLines))],
    ["folders", folders.length],
    ["most files in one folder", `${folders[0]?.files} (${folders[0]?.name})`],
    ["files imported by exactly one other", `${importedOnce} (${Math.round((100 * importedOnce) / files.length)} %)`],
    ["depth of imports", longestPath(imports, paths).length],
    ["longest chain from the loop to dockerode", chain.length],
    ["files that `app.ts` imports", unique(ofApp.map(({ from }) => from)).length],
    ["names that `app.ts` imports", sum(ofApp.map(({ names }) => names.length))],
    ["cycles between files", findCycles(imports).length],
    ["cycles between top-level folders", findCycles(betweenTopLevels(imports)).length],
    ["files that spell a kind of engine", countByFolder(files.filter(spellsKind))],
    ["files whose code mentions exec", countByFolder(files.filter(mentionsExec))],
  ];
  return [
    table(["figure", "value"], figures),
    table(
      ["folder", "files", "lines", "depth", "files imported from outside", "names imported from outside"],
      folders.map(({ name, files, lines, depth, doors, names }) => [name, files, lines, depth, doors, names]),
    ),
    `From the loop to dockerode: ${chain.map((path) => `\`${path}\``).join(" → ") || "no chain"}\n`,
  ].join("\n");
}

/** Files and lines are those in the folder itself; all else is of the folder with the folders below it. */
function measureFolder(folder: string, files: readonly CodeFile[], imports: Graph) {
  const isInside = (path: string) => folder === "." || path.startsWith(`${folder}/`);
  const own = files.filter(({ path }) => dirname(path) === folder);
  const inside = new Map(
    [...imports].filter(([path]) => isInside(path)).map(([path, targets]) => [path, targets.filter(isInside)]),
  );
  const fromOutside = files
    .filter(({ path }) => !isInside(path))
    .flatMap((file) => file.imports.filter(({ from }) => inside.has(from)));
  return {
    name: `\`${join("src", folder)}\``,
    files: own.length,
    lines: sum(own.map(({ lines }) => lines)),
    depth: longestPath(inside, inside.keys()).length,
    doors: unique(fromOutside.map(({ from }) => from)).length,
    names: unique(fromOutside.flatMap(({ from, names }) => names.map((name) => `${from} ${name}`))).length,
  };
}

/**
 * A chain follows imports. Where it comes to an interface, it goes on in the files whose classes implement that. Such a
 * passage is a node of its own, `<file> <interface>`, that what the implementers stand on cannot take.
 */
function chainToDocker(files: readonly CodeFile[], imports: Graph): readonly string[] {
  const calls = new Map([...imports].map(([path, targets]) => [path, [...targets]]));
  for (const name of unique(files.flatMap(({ implemented }) => implemented))) {
    const implementers = files.filter(({ implemented }) => implemented.includes(name)).map(({ path }) => path);
    const below = new Set([...implementers, ...reachableFrom(imports, implementers)]);
    for (const { path, imports: written } of files.filter(({ path }) => !below.has(path)))
      for (const { from } of written.filter(({ from, names }) => imports.has(from) && names.includes(name))) {
        calls.get(path)?.push(`${from} ${name}`);
        calls.set(`${from} ${name}`, implementers);
      }
  }
  const loops = [...imports.keys()].filter((path) => /(^|\/)loop\.ts$/.test(path));
  const speakers = files.filter((file) => file.imports.some(({ from }) => DOCKER.includes(from)));
  const ends = new Set(speakers.map(({ path }) => path));
  return longestPath(calls, loops, (path) => ends.has(path)).map((node) => node.replace(/ .*/, ""));
}

/** A file directly under `src` stands for itself. */
function betweenTopLevels(imports: Graph): Graph {
  const top = (path: string) => path.split("/")[0] ?? path;
  const edges = [...imports].flatMap(([path, targets]) => targets.map((target) => [top(path), top(target)] as const));
  const between = edges.filter(([from, to]) => from !== to);
  return new Map(
    [...Map.groupBy(between, ([from]) => from)].map(([from, all]) => [from, unique(all.map(([, to]) => to))]),
  );
}

function countByFolder(files: readonly CodeFile[]): string {
  const folders = Object.entries(Object.groupBy(files, ({ path }) => dirname(path)));
  const counts = folders.map(([folder, own]) => `${own?.length} in \`${join("src", folder)}\``);
  return [files.length, ...(counts.length > 0 ? [counts.join(", ")] : [])].join(": ");
}

const spellsKind = ({ literals }: CodeFile) => ENGINE_KINDS.some((kind) => literals.has(kind));
const mentionsExec = ({ literals, identifiers }: CodeFile) =>
  literals.has("exec") || [...identifiers].some((name) => EXEC.test(name));
/** `a/b/c.ts`: `a/b`, `a` and `.`. */
const foldersOf = (path: string): string[] => (path === "." ? [] : [dirname(path), ...foldersOf(dirname(path))]);
const unique = <T>(values: readonly T[]) => [...new Set(values)];
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const row = (cells: readonly Cell[]) => `| ${cells.join(" | ")} |\n`;
const table = (head: readonly string[], rows: readonly (readonly Cell[])[]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("");

if (import.meta.main) {
  const usage = `usage: npm run figures -- [--of FOLDER]   how the code of this repository is built, or of another tree of it
`;
  const { values } = readScript({ usage, options: { of: { type: "string" } }, words: [] });
  process.stdout.write(measureHouse(values.of ?? join(import.meta.dirname, "../..")));
}
