import { isMap, isSeq } from "yaml";
import type { Place, Quote, SourceText } from "../imported.ts";
import { type NotYaml, readNodes, type YamlNodes } from "../yaml-nodes.ts";
import type { Config } from "./config.ts";
import { readTomlConfig } from "./toml.ts";

/** Reads its JSON, YAML or TOML: a list of jobs, or a map of them. */
export function readConfig(source: SourceText): Config | NotYaml {
  return isToml(source) ? readTomlConfig(source.text) : readNodes(source, readYamlConfig);
}

/** By its name, and otherwise by its first line: a table's header, or `key = value`. JSON may begin with a bracket as well. */
function isToml({ path, text }: SourceText): boolean {
  if (/\.toml$/i.test(path)) return true;
  if (/\.(?:json|ya?ml)$/i.test(path)) return false;
  const first = text.split("\n").find((line) => /^\s*[^\s#]/.test(line)) ?? "";
  const key = `(?:"[^"]*"|'[^']*'|[\\w-]+)`;
  return new RegExp(`^\\s*(?:\\[\\s*${key}(?:\\s*\\.\\s*${key})*\\s*\\]\\s*(?:#.*)?$|${key}\\s*=)`).test(first);
}

function readYamlConfig(nodes: YamlNodes): Config | NotYaml {
  const root = nodes.resolve(nodes.root);
  if (isSeq(root))
    return {
      definitions: root.items.map((item) => ({ place: nodes.place(item), fields: nodes.map(item) })),
    };
  const pairs = nodes.pairs(root);
  if (!isMap(root) || pairs.size === 0) return { place: { line: 1, column: 1 }, wrong: "there is no job in this file" };
  return {
    definitions: [...pairs].map(([key, pair]) => ({
      key,
      place: nodes.place(pair.key),
      fields: nodes.map(pair.value),
    })),
  };
}

/** Gives each line of a text to the job that it is in, by where jobs begin; blank lines to none. */
export function quotesOf(
  text: string,
  starts: readonly Place[],
): { readonly before: readonly Quote[]; readonly byJob: readonly (readonly Quote[])[] } {
  const before: Quote[] = [];
  const byJob: Quote[][] = starts.map(() => []);
  for (const [index, written] of text.split("\n").entries()) {
    const line = index + 1;
    if (written.trim() === "") continue;
    const at = starts.findLastIndex((start) => start.line <= line);
    // Of several that begin in one line, the first has it, and what follows belongs to the last.
    const first = starts.findIndex((start) => start.line === line);
    (byJob[first === -1 ? at : first] ?? before).push({ line, text: written.replace(/\r$/, "") });
  }
  return { before, byJob };
}
