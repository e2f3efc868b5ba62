import { isAlias, isMap, isScalar, type Pair } from "yaml";
import { brokenKey, type Declared, NOTHING_DECLARED } from "../../job/declared.ts";
import { isWarning, type Problem } from "../../job/problem.ts";
import { type AnyDeclaration, checkDeclaration, missingFile, unsetVariable } from "../compose/check-declaration.ts";
import { DECLARATION_KEYS, declarationSchemas, SECTIONS, type Section } from "../compose/declaration-schema.ts";
import type { ObjectKind } from "../compose/engine-keys.ts";
import { type DeclarationSettings, declare, pathBeside } from "../compose/make-declared.ts";
import { explainSchemaIssues } from "../schema-issues.ts";
import type { Issue } from "../values/issue.ts";
import type { SeeBeside } from "../variables/beside.ts";
import { doubtFile, type HostPathSettings } from "./host-paths.ts";
import { placeProblems } from "./place-problems.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import type { ReadValue } from "./yaml-value.ts";

const LEFT_TO_DOCKER = "declare it with external: true, and make it with docker";

/** What Compose has in a declaration, and shipbell does not. */
const NOT_FOR_FILES: ReadonlyMap<Section, ReadonlyMap<string, string | undefined>> = new Map([
  ["volumes", new Map([["x-cluster-spec", LEFT_TO_DOCKER]])],
  ["networks", new Map([["enable_ipv4", LEFT_TO_DOCKER]])],
  [
    "secrets",
    new Map([
      ["content", "a secret does not stand in the file: write file, or environment"],
      ["driver", LEFT_TO_DOCKER],
      ["driver_opts", LEFT_TO_DOCKER],
      ["template_driver", LEFT_TO_DOCKER],
    ]),
  ],
  ["configs", new Map([["template_driver", LEFT_TO_DOCKER]])],
]);

export interface DeclarationReading {
  readonly declared: Declared;
  readonly problems: readonly Problem[];
}

interface Settings extends DeclarationSettings, HostPathSettings {
  readonly readValue: (node: unknown) => ReadValue;
  /** What jobs run as, where that is known. */
  readonly engine?: ObjectKind;
  /** Absent where nothing is known of other files. */
  readonly seeBeside?: SeeBeside;
}

/** Reads what stands under `volumes`, `networks`, `secrets` and `configs` at the top of a file. */
export function readDeclarations(
  document: YamlDocument,
  top: ReadonlyMap<string, Pair>,
  settings: Settings,
): DeclarationReading {
  const present = SECTIONS.flatMap((section) => {
    const pair = top.get(section);
    return pair === undefined ? [] : { section, pair };
  });
  if (present.length === 0) return { declared: NOTHING_DECLARED, problems: [] };
  const broken = new Set<string>();
  const made = { volumes: new Map(), networks: new Map(), secrets: new Map(), configs: new Map() };
  const problems = present.flatMap(({ section, pair }) => {
    const entries = entriesOf(pair, document);
    if (entries === undefined) {
      broken.add(brokenKey(section));
      return [notAMap(section, pair, document)];
    }
    return entries.flatMap(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : "";
      const read = readOne(section, name, settings.readValue(value), settings);
      if (read.value === undefined) broken.add(brokenKey(section, name));
      else made[section].set(name, read.value);
      return placeProblems([...read.flaws], read.issues, { document, node: document.root, keyOffset: offsetOf(key) });
    });
  });
  return { declared: { ...made, broken }, problems };
}

/** Undefined where there is something else than a map. */
function entriesOf({ value }: Pair, document: YamlDocument): readonly Pair[] | undefined {
  const node = isAlias(value) ? document.targetOf(value) : value;
  if (isNull(node)) return [];
  return isMap(node) ? node.items : undefined;
}

function notAMap(section: Section, { value }: Pair, document: YamlDocument): Problem {
  const message = `${section} at the top of the file must be a map from names to what they stand for`;
  return { at: document.at(offsetOf(value)), message, hint: "write a name and a colon in a line of its own" };
}

interface ReadOne {
  readonly value?: unknown;
  readonly flaws: ReadValue["flaws"];
  readonly issues: readonly Issue[];
}

function readOne(section: Section, name: string, { value, flaws }: ReadValue, settings: Settings): ReadOne {
  const parsed = declarationSchemas[section].safeParse(value);
  if (!parsed.success) {
    const whole = { [section]: { [name]: value } };
    const known = (place: string) => {
      const allowed = DECLARATION_KEYS.get(place.replace(`${section}.${name}`, section)) ?? [];
      return { allowed, unsupported: NOT_FOR_FILES.get(section) ?? new Map(), inWords: allowed.join(", ") };
    };
    return { flaws, issues: explainSchemaIssues(parsed.error.issues, whole, { above: [section, name], known }) };
  }
  const keys = (parsed.data ?? {}) as AnyDeclaration;
  const issues = checkDeclaration(section, name, keys);
  if (!issues.every(isWarning)) return { flaws, issues };
  const made = declare(section, name, keys, settings);
  if ("unset" in made) return { flaws, issues: [unsetVariable(section, name, made.unset)] };
  const found = [...issues, ...checkFile(section, name, keys, settings)];
  return [...flaws, ...found].every(isWarning) ? { value: made, flaws, issues: found } : { flaws, issues: found };
}

/**
 * The file that a secret or config is made from. For a service, shipbell reads it, and must see it; for a container, the
 * engine mounts it from its host, which may have other files than shipbell.
 */
function checkFile(section: Section, name: string, keys: AnyDeclaration, settings: Settings): readonly Issue[] {
  const { file } = keys;
  if ((section !== "secrets" && section !== "configs") || typeof file !== "string") return [];
  const { folder, engine, doubtHostPaths = false, seeBeside } = settings;
  const doubts = engine === "service" ? [] : doubtFile(section, name, file, settings);
  if (engine !== "service" && !doubtHostPaths) return doubts;
  const seen = seeBeside?.(pathBeside(folder, file));
  if (seen?.unreadable === undefined) return doubts;
  const issue = missingFile(section, name, { file, why: seen.unreadable });
  return [...doubts, engine === "service" ? issue : { ...issue, ...ON_THE_HOST }];
}

const ON_THE_HOST = {
  hint: "the engine mounts it from its own host, where it must be before the job is due",
  severity: "warning",
} as const;
