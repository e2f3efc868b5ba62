import { isScalar, visit } from "yaml";
import { nodeAt } from "../../files/places.ts";
import { rawReader } from "../../files/raw-value.ts";
import { offsetOf, readYaml, type YamlDocument } from "../../files/yaml-document.ts";
import type { Place, Quote, SourceText } from "../imported.ts";
import { type Tree, treeOf } from "./tree.ts";

export type Path = readonly (string | number)[];

/** One object of a text, such as a CronJob or a ConfigMap. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty where it has none. */
  readonly name: string;
  readonly tree: Tree;
  /** It has what Helm fills in, and is YAML all the same. */
  readonly isTemplate: boolean;
  /** Returns where the value at a path stands: that of the last key on the way that is there. */
  readonly placeOf: (path: Path) => Place;
  /** Returns the line of a key, word for word; none where there is no such key. */
  readonly quote: (path: Path) => readonly Quote[];
}

/** A part of a text that is no object. */
export interface NotRead {
  readonly place: Place;
  readonly wrong: string;
  /** What renders templates has not been there. */
  readonly isTemplate: boolean;
}

/** Reads all documents of a text, and what stands in lists. */
export function readManifests({ text, path }: SourceText): readonly (Manifest | NotRead)[] {
  return splitDocuments(text).flatMap(({ lines, linesBefore }) => {
    const part = lines.join("\n");
    if (!/^[^\S\n]*[^\s#]/m.test(part.replace(/^---/, ""))) return [];
    const isTemplate = /\{\{/.test(withoutComments(part));
    const start = { line: linesBefore + 1, column: 1 };
    try {
      const document = readYaml(part, path, linesBefore);
      const [problem] = document.problems;
      if (problem !== undefined)
        return [{ place: placeIn(problem.at), wrong: `this is not YAML: ${problem.message}`, isTemplate }];
      const twice = keyThatComesTwice(document);
      if (twice !== undefined) return [{ ...twice, isTemplate: false }];
      return objectsOf(document, { text: part, lines, linesBefore });
    } catch (error) {
      // The parser recurses, and aliases multiply.
      if (!(error instanceof RangeError)) throw error;
      return [{ place: start, wrong: "it is nested too deeply, or its aliases stand for too much", isTemplate }];
    }
  });
}

/** Helm's own. `{{range .items}}` may be meant for the command of a job, unless its line begins with it. */
const TEMPLATE =
  /\{\{-?\s*(?:\$?\.(?:Values|Release|Chart|Capabilities|Files|Template)\b|(?:include|tpl|toYaml)\b)|^\s*\{\{-?\s*(?:if|else|end|range|with|define|template)\b/m;

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*#.*$/gm, "");
}

/** Kubernetes refuses such a map: two objects without `---` between them look like this, too. */
function keyThatComesTwice(document: YamlDocument): Pick<NotRead, "place" | "wrong"> | undefined {
  let found: Pick<NotRead, "place" | "wrong"> | undefined;
  visit(document.root, {
    Map: (_key, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) {
          const place = placeIn(document.at(offsetOf(key)));
          found = {
            place,
            wrong: `the key ${name} comes twice: ${name === "kind" ? "write --- between objects" : "remove one of them"}`,
          };
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return found;
}

interface Part {
  readonly text: string;
  readonly lines: readonly string[];
  readonly linesBefore: number;
}

/** A line that begins with `---` begins a document, whatever it stands in. */
function splitDocuments(text: string): readonly Omit<Part, "text">[] {
  const parts: { lines: string[]; linesBefore: number }[] = [{ lines: [], linesBefore: 0 }];
  for (const [index, written] of text.split("\n").entries()) {
    const line = written.replace(/\r$/, "");
    if (/^---(?:\s|$)/.test(line)) parts.push({ lines: [], linesBefore: index });
    // A document may be ended before the next one begins.
    if (/^\.\.\.\s*$/.test(line)) parts.push({ lines: [], linesBefore: index + 1 });
    else parts.at(-1)?.lines.push(line);
  }
  return parts;
}

function objectsOf(document: YamlDocument, part: Part): readonly (Manifest | NotRead)[] {
  const { read } = rawReader(document, part.text.length);
  const isTemplate = TEMPLATE.test(withoutComments(part.text));
  const object = (tree: Tree, path: Path): readonly (Manifest | NotRead)[] => {
    const placeOf = (inner: Path) => placeOfPath(document, [...path, ...inner], part);
    const { apiVersion, kind, metadata, items } = tree;
    if (typeof kind !== "string" || typeof apiVersion !== "string")
      return [
        {
          place: placeOf([]),
          wrong: "it has no apiVersion and kind",
          isTemplate: isTemplate || /\{\{/.test(part.text),
        },
      ];
    if (/List$/.test(kind) && Array.isArray(items))
      return items.flatMap((item, index) =>
        object({ ...itemDefaults(tree), ...treeOf(item) }, [...path, "items", index]),
      );
    const { name } = treeOf(metadata);
    return [
      {
        apiVersion,
        kind,
        name: typeof name === "string" ? name : "",
        tree,
        isTemplate,
        placeOf,
        quote: (inner) => quoteAt(document, [...path, ...inner], part),
      },
    ];
  };
  return object(treeOf(read(document.root)), []);
}

/** Items of a CronJobList have no kind of their own. */
function itemDefaults({ kind, apiVersion }: Tree): Tree {
  return kind === "List" ? {} : { kind: String(kind).replace(/List$/, ""), apiVersion: apiVersion ?? null };
}

function placeOfPath(document: YamlDocument, path: Path, { linesBefore, lines }: Part): Place {
  for (let length = path.length; length > 0; length--) {
    const found = nodeAt(document, document.root, path.slice(0, length));
    if (found !== undefined) return placeIn(document.at(offsetOf(found.key)));
  }
  const first = lines.findIndex((line) => /^\s*[^\s#-]/.test(line));
  return { line: linesBefore + Math.max(0, first) + 1, column: 1 };
}

function quoteAt(document: YamlDocument, path: Path, { lines, linesBefore }: Part): readonly Quote[] {
  const found = nodeAt(document, document.root, path);
  if (found === undefined) return [];
  const { line } = placeIn(document.at(offsetOf(found.key)));
  return [{ line, text: (lines[line - linesBefore - 1] ?? "").trim() }];
}

function placeIn(at: string): Place {
  const [, line = "1", column = "1"] = /:(\d+):(\d+)$/.exec(at) ?? [];
  return { line: Number(line), column: Number(column) };
}
