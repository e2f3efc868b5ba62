import type { Imported, ImportSettings, SourceText } from "./imported.ts";

/**
 * Reads one text of another scheduler. It never throws for what is in the text. Texts that belong together may be read with
 * the first of them: their places and quotes then say which they are of.
 */
export type ReadSource = (source: SourceText, settings: ImportSettings) => Imported;

/** One kind of text that can be imported. */
export interface ImportKind {
  readonly name: string;
  /** Its dialects, for `--flavour`, the first being what is read where none is given; none where there is only one. */
  readonly flavours: readonly string[];
  /** How what it reads is found on an engine; absent where that has none of it. */
  readonly onEngine?: OnEngine;
  /** Loads its reader, which only the command needs. */
  readonly load: () => Promise<ReadSource>;
}

/** Labels of the objects of an engine. */
export interface OnEngine {
  readonly on: "containers" | "services";
  readonly prefix: string;
  /** The image of the scheduler that reads them. */
  readonly image: RegExp;
}

/** All kinds, in the order in which people see them. A new kind is a reader, and an entry here. */
export const IMPORT_KINDS: readonly ImportKind[] = [
  {
    name: "crontab",
    flavours: ["cronie", "debian", "supercronic", "busybox"],
    load: async () => (await import("./crontab/read-crontab.ts")).readCrontab,
  },
  {
    name: "swarm-cronjob",
    flavours: [],
    onEngine: { on: "services", prefix: "swarm.cronjob.", image: /swarm-cronjob/ },
    load: async () => (await import("./swarm-cronjob.ts")).readSwarmCronjob,
  },
  {
    name: "ofelia",
    flavours: ["mcuadros", "mcuadros-0.3", "mcuadros-0.4", "netresearch"],
    onEngine: { on: "containers", prefix: "ofelia.", image: /ofelia/ },
    load: async () => (await import("./ofelia/read-ofelia.ts")).readOfelia,
  },
  {
    name: "chadburn",
    flavours: [],
    onEngine: { on: "containers", prefix: "chadburn.", image: /chadburn/ },
    load: async () => (await import("./ofelia/read-ofelia.ts")).readChadburn,
  },
  {
    name: "docker-crontab",
    flavours: ["willfarrell", "simplicityguy"],
    load: async () => (await import("./docker-crontab/read-docker-crontab.ts")).readDockerCrontab,
  },
  {
    name: "compose",
    flavours: [],
    load: async () => (await import("./compose/compose-jobs.ts")).readComposeJobs,
  },
  {
    name: "deck-chores",
    flavours: [],
    onEngine: { on: "containers", prefix: "deck-chores.", image: /deck-chores/ },
    load: async () => (await import("./deck-chores/read-deck-chores.ts")).readDeckChores,
  },
  {
    name: "kubernetes",
    flavours: [],
    load: async () => (await import("./kubernetes/read-kubernetes.ts")).readKubernetes,
  },
  {
    name: "systemd",
    flavours: [],
    load: async () => (await import("./systemd/read-systemd.ts")).readSystemd,
  },
];
