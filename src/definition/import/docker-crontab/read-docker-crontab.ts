import { BY_LOCAL_TIME, clockChanges } from "../clock-changes.ts";
import type { Entry, FileValue, Finding, Imported, ImportSettings, SourceText } from "../imported.ts";
import type { Config } from "./config.ts";
import { entriesOf } from "./job.ts";
import { quotesOf, readConfig } from "./read-config.ts";
import type { CrontabFlavour } from "./schedule.ts";

/** Reads the file of docker-crontab: JSON, YAML or TOML, of willfarrell's or of SimplicityGuy's. */
export function readDockerCrontab(source: SourceText, given: ImportSettings): Imported {
  const config = readConfig(source);
  if ("wrong" in config) {
    const finding: Finding = { code: "import-line", place: config.place, message: config.wrong };
    return {
      entries: [{ kind: "not-imported", place: config.place, quotes: [], findings: [finding] }],
      findings: [],
      notes: [],
    };
  }
  const sign = SIGN.exec(source.text)?.[0];
  const flavour = flavourOf(given.flavour) ?? (sign === undefined ? "willfarrell" : "simplicityguy");
  const definitions = flavour === "willfarrell" ? config.definitions : withShared(config);
  const { before, byJob } = quotesOf(
    source.text,
    definitions.map(({ place }) => place),
  );
  const entries: Entry[] = before.length === 0 ? [] : [{ kind: "remark", quotes: before }];
  for (const [index, definition] of definitions.entries())
    entries.push(...entriesOf(definition, byJob[index] ?? [], { ...given, flavour }));
  const jobs = entries.filter((entry) => entry.kind === "job");
  const [first] = jobs;
  if (first === undefined) return { entries, findings: [], notes: [] };
  const { place } = first;
  const findings: Finding[] = [];
  if (given.flavour === undefined && sign !== undefined)
    findings.push({
      code: "import-flavour",
      place,
      message: `it is read as that of SimplicityGuy/docker-crontab: "${sign}" is its alone`,
      hint: "--flavour willfarrell says that it is the other",
      severity: "warning",
    });
  if (!given.zone.isGiven)
    findings.push({
      code: "import-zone",
      place,
      message:
        "docker-crontab's image has no time zones, so UTC is taken; a zone that was mounted into it is not known here",
      hint: "--timezone says which it was",
      severity: "warning",
    });
  return {
    entries,
    findings: [...findings, ...clockChanges("docker-crontab", jobs, BY_LOCAL_TIME)],
    notes: [DEFAULTS],
  };
}

const DEFAULTS =
  "docker-crontab has BusyBox's crond, which starts no job while its last script runs (overlap: forbid; allow with --detach), and makes up for nothing it missed (catch_up).";

/** What only SimplicityGuy's has. */
const SIGN = /@random\b|~~shared-settings/;

function flavourOf(flavour: string | undefined): CrontabFlavour | undefined {
  return flavour === "willfarrell" || flavour === "simplicityguy" ? flavour : undefined;
}

const SHARED = "~~shared-settings";

/** In a map of SimplicityGuy's, jobs are named after their keys, and share settings. */
function withShared({ definitions }: Config): Config["definitions"] {
  const shared: Readonly<Record<string, FileValue>> = definitions.find(({ key }) => key === SHARED)?.fields ?? {};
  return definitions
    .filter(({ key }) => key !== SHARED)
    .map((each) =>
      each.key === undefined ? each : { ...each, fields: { ...shared, ...each.fields, name: each.key } },
    );
}
