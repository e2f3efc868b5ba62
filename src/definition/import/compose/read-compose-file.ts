import { isAlias, isScalar, isSeq } from "yaml";
import type { FileValue, Finding, Place, Quote, SourceText } from "../imported.ts";
import { type NotYaml, readNodes, type YamlNodes } from "../yaml-nodes.ts";

/** A Compose file, or a stack's, as it is written: no variable is filled in. */
export interface ComposeFile {
  readonly services: readonly ComposeService[];
  /** Under `name`. */
  readonly project?: string;
  /** What the top of the file declares under `networks`, `volumes`, `secrets` and `configs`. */
  readonly top: Readonly<Record<string, Readonly<Record<string, FileValue>>>>;
  /** What `extends` and `include` say: that part of the project is somewhere else, and is not read. */
  readonly elsewhere: readonly Finding[];
}

export interface ComposeService {
  readonly name: string;
  readonly place: Place;
  readonly keys: Readonly<Record<string, FileValue>>;
  /** Labels of its containers. */
  readonly labels: readonly Label[];
  /** Labels of the service of a Swarm. */
  readonly deployLabels: readonly Label[];
}

export interface Label {
  readonly key: string;
  readonly value: string;
  readonly place: Place;
  /** The lines in which it is written. */
  readonly quotes: readonly Quote[];
}

/** Reads a Compose file. Aliases and `<<` are followed. */
export function readComposeFile(source: SourceText): ComposeFile | NotYaml {
  return readNodes(source, (nodes) => new ComposeReader(nodes, source.text.split("\n")).read());
}

class ComposeReader {
  readonly #nodes: YamlNodes;
  readonly #lines: readonly string[];

  constructor(nodes: YamlNodes, lines: readonly string[]) {
    this.#nodes = nodes;
    this.#lines = lines;
  }

  read(): ComposeFile | NotYaml {
    const root = this.#nodes.pairs(this.#nodes.root);
    const services = this.#nodes.pairs(root.get("services")?.value);
    if (services.size === 0) return { place: { line: 1, column: 1 }, wrong: "there is no service in this file" };
    const name = this.#nodes.value(root.get("name")?.value);
    const top: Record<string, Record<string, FileValue>> = {};
    for (const key of ["networks", "volumes", "secrets", "configs"]) top[key] = this.#nodes.map(root.get(key)?.value);
    return {
      services: [...services].map(([service, pair]) => this.#service(service, pair)),
      ...(typeof name === "string" && name !== "" && { project: name }),
      top,
      elsewhere: [
        ...[...services].flatMap(([service, { value }]) => {
          const pair = this.#nodes.pairs(value).get("extends");
          return pair === undefined ? [] : [this.#elsewhere(pair.key, `${service} extends another service`)];
        }),
        ...(root.has("include") ? [this.#elsewhere(root.get("include")?.key, "it includes other files")] : []),
      ],
    };
  }

  #elsewhere(node: unknown, what: string): Finding {
    return {
      code: "import-template",
      place: this.#nodes.place(node),
      message: `${what}, whose labels are not read: jobs may be missing`,
      hint: "import what docker compose config prints",
    };
  }

  #service(name: string, { key, value }: { readonly key: unknown; readonly value: unknown }): ComposeService {
    const keys = this.#nodes.pairs(value);
    const deploy = this.#nodes.pairs(keys.get("deploy")?.value);
    return {
      name,
      place: this.#nodes.place(key),
      keys: this.#nodes.map(value),
      labels: this.#labels(keys.get("labels")?.value),
      deployLabels: this.#labels(deploy.get("labels")?.value),
    };
  }

  /** `- NAME=value`, or `NAME: value`. */
  #labels(node: unknown): readonly Label[] {
    const target = this.#nodes.resolve(node);
    if (isSeq(target))
      return target.items.flatMap((item) => {
        const written = this.#nodes.resolve(item);
        if (!isScalar(written)) return [];
        const [key = "", ...value] = String(written.value).split("=");
        return [this.#label(key, value.join("="), { from: item, to: item })];
      });
    return [...this.#nodes.pairs(target)].flatMap(([key, pair]) => {
      const value = this.#nodes.value(pair.value);
      return typeof value === "string" ? [this.#label(key, value, { from: pair.key, to: pair.value ?? pair.key })] : [];
    });
  }

  #label(key: string, value: string, { from, to }: { readonly from: unknown; readonly to: unknown }): Label {
    const place = this.#nodes.place(from);
    const last = Math.max(place.line, this.#nodes.end(to).line);
    const isAliased = isAlias(to) || last - place.line > 100;
    const lines = isAliased
      ? [place.line]
      : Array.from({ length: last - place.line + 1 }, (_, index) => place.line + index);
    return { key, value, place, quotes: lines.map((line) => ({ line, text: (this.#lines[line - 1] ?? "").trim() })) };
  }
}
