import type { ComposeTemplate } from "../../../job/job.ts";
import { isOlder } from "../api-version.ts";

/** What older engines ignore: they silently leave out of a request what they do not know. */
interface Need {
  readonly key: string;
  readonly api: string;
  readonly engine: string;
  readonly isUsed: (template: ComposeTemplate) => boolean;
}

const settingsOf = ({ networks, networkSettings = {} }: ComposeTemplate) =>
  networks.map((name) => networkSettings[name] ?? {});

const ANNOTATIONS: Need = {
  key: "annotations",
  api: "1.43",
  engine: "24",
  isUsed: ({ process }) => process?.annotations !== undefined,
};

const START_INTERVAL: Need = {
  key: "healthcheck.start_interval",
  api: "1.44",
  engine: "25",
  isUsed: ({ healthcheck }) => healthcheck?.startIntervalMs !== undefined,
};

const RECURSIVE_BINDS: Need = {
  key: "volumes.bind.recursive: writable or readonly",
  api: "1.44",
  engine: "25",
  isUsed: ({ volumes }) => volumes.some(({ bind }) => ["writable", "readonly"].includes(bind?.recursive ?? "")),
};

const SEVERAL_MAC_ADDRESSES: Need = {
  key: "mac_address on any network but the first",
  api: "1.44",
  engine: "25",
  isUsed: (template) => settingsOf(template).some(({ macAddress }, index) => index > 0 && macAddress !== undefined),
};

const SECURITY_OPT: Need = {
  key: "security_opt",
  api: "1.44",
  engine: "25",
  isUsed: ({ access }) => (access?.securityOpt ?? []).some((option) => !option.startsWith("label")),
};

const SUBPATH: Need = {
  key: "volumes.volume.subpath",
  api: "1.45",
  engine: "26",
  isUsed: ({ volumes }) => volumes.some(({ volume }) => volume?.subpath !== undefined),
};

const OOM_SCORE_ADJ: Need = {
  key: "oom_score_adj",
  api: "1.46",
  engine: "27",
  isUsed: ({ resources }) => resources?.oomScoreAdj !== undefined,
};

const GATEWAY_PRIORITY: Need = {
  key: "networks.gw_priority",
  api: "1.48",
  engine: "28",
  isUsed: (template) => settingsOf(template).some(({ gwPriority }) => gwPriority !== undefined),
};

/** What one kind of object needs newer engines for. */
interface Needs {
  readonly needs: readonly Need[];
  /** Follows the key in messages. */
  readonly of: string;
}

export const CONTAINER_NEEDS: Needs = {
  needs: [ANNOTATIONS, START_INTERVAL, RECURSIVE_BINDS, SEVERAL_MAC_ADDRESSES, SUBPATH, GATEWAY_PRIORITY],
  of: "",
};
export const SERVICE_NEEDS: Needs = {
  needs: [START_INTERVAL, RECURSIVE_BINDS, SECURITY_OPT, SUBPATH, OOM_SCORE_ADJ],
  of: " of services",
};

/** Says what a template asks for that this engine is too old for; undefined if it can do everything. */
export function beyondEngine(template: ComposeTemplate, { needs, of }: Needs, apiVersion: string): string | undefined {
  const need = needs.find(({ api, isUsed }) => isOlder(apiVersion, api) && isUsed(template));
  if (need === undefined) return undefined;
  return `${need.key}${of} needs Docker Engine ${need.engine} or newer (API ${need.api}; this one has ${apiVersion})`;
}
