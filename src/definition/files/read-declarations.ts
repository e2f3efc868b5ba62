import { isAlias, isMap, isScalar, type Pair } from "yaml";
import { isWarning, type Problem } from "../../job/problem.ts";
import { type DeclarationSettings, readDeclaration, SECTIONS, type Section } from "../compose/declarations.ts";
import { brokenKey, type Declared, NOTHING_DECLARED } from "../compose/declared.ts";
import { placeProblems } from "./places.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import type { ReadValue } from "./yaml-value.ts";

interface DeclarationReading {
  readonly declared: Declared;
  readonly problems: readonly Problem[];
}

interface Settings extends DeclarationSettings {
  readonly readValue: (node: unknown) => ReadValue;
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
      const read = settings.readValue(value);
      const declaration = readDeclaration({ section, name }, read.value, settings);
      const flaws = [...read.flaws];
      if (declaration.made !== undefined && flaws.every(isWarning)) made[section].set(name, declaration.made);
      else broken.add(brokenKey(section, name));
      return placeProblems(flaws, declaration.issues, { document, node: document.root, keyOffset: offsetOf(key) });
    });
  });
  return { declared: { ...made, broken }, problems };
}

/** Returns the entries of a section; undefined where it is not a map. */
function entriesOf({ value }: Pair, document: YamlDocument): readonly Pair[] | undefined {
  const node = isAlias(value) ? document.targetOf(value) : value;
  if (isNull(node)) return [];
  return isMap(node) ? node.items : undefined;
}

function notAMap(section: Section, { value }: Pair, document: YamlDocument): Problem {
  const message = `${section} at the top of the file must be a map from names to what they stand for`;
  return { at: document.at(offsetOf(value)), message, hint: "write a name and a colon in a line of its own" };
}
