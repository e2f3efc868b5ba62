import type { ComposeTemplate, ObjectKind } from "../../../job/job.ts";
import { isOlder } from "../api-version.ts";

/** What older engines ignore: they silently leave out of a request what they do not know. */
interface Need {
  readonly key: string;
  readonly api: string;
  readonly engine: string;
  readonly kinds: readonly ObjectKind[];
  readonly isUsed: (template: ComposeTemplate) => boolean;
}

const BOTH = ["container", "service"] as const;

const settingsOf = ({ networks, networkSettings = {} }: ComposeTemplate) =>
  networks.map((name) => networkSettings[name] ?? {});

const NEEDS: readonly Need[] = [
  {
    ...{ key: "annotations", api: "1.43", engine: "24", kinds: ["container"] },
    isUsed: ({ process }) => process?.annotations !== undefined,
  },
  {
    ...{ key: "healthcheck.start_interval", api: "1.44", engine: "25", kinds: BOTH },
    isUsed: ({ healthcheck }) => healthcheck?.startIntervalMs !== undefined,
  },
  {
    ...{ key: "volumes.bind.recursive: writable or readonly", api: "1.44", engine: "25", kinds: BOTH },
    isUsed: ({ volumes }) => volumes.some(({ bind }) => ["writable", "readonly"].includes(bind?.recursive ?? "")),
  },
  {
    ...{ key: "mac_address on any network but the first", api: "1.44", engine: "25", kinds: ["container"] },
    isUsed: (template) => settingsOf(template).some(({ macAddress }, index) => index > 0 && macAddress !== undefined),
  },
  {
    ...{ key: "security_opt", api: "1.44", engine: "25", kinds: ["service"] },
    isUsed: ({ access }) => (access?.securityOpt ?? []).some((option) => !option.startsWith("label")),
  },
  {
    ...{ key: "volumes.volume.subpath", api: "1.45", engine: "26", kinds: BOTH },
    isUsed: ({ volumes }) => volumes.some(({ volume }) => volume?.subpath !== undefined),
  },
  {
    ...{ key: "oom_score_adj", api: "1.46", engine: "27", kinds: ["service"] },
    isUsed: ({ resources }) => resources?.oomScoreAdj !== undefined,
  },
  {
    ...{ key: "networks.gw_priority", api: "1.48", engine: "28", kinds: ["container"] },
    isUsed: (template) => settingsOf(template).some(({ gwPriority }) => gwPriority !== undefined),
  },
];

/** Says what a template asks for that this engine is too old for; undefined if it can do everything. */
export function beyondEngine(template: ComposeTemplate, kind: ObjectKind, apiVersion: string): string | undefined {
  const need = NEEDS.find(
    ({ kinds, api, isUsed }) => kinds.includes(kind) && isOlder(apiVersion, api) && isUsed(template),
  );
  if (need === undefined) return undefined;
  const as = kind === "service" ? " of services" : "";
  return `${need.key}${as} needs Docker Engine ${need.engine} or newer (API ${need.api}; this one has ${apiVersion})`;
}
