import type { ExportResult, ExportSettings } from "./exported.ts";

/** Writes the jobs of one schedule file for another scheduler. It never throws for what is in the text. */
export type WriteJobs = (text: string, settings: ExportSettings) => ExportResult;

/** One scheduler that jobs can be written for. */
export interface ExportKind {
  readonly name: string;
  /** Loads its writer, which only the command needs. */
  readonly load: () => Promise<WriteJobs>;
}

/** All kinds, in the order in which people see them. A new kind is a writer, and an entry here. */
export const EXPORT_KINDS: readonly ExportKind[] = [
  {
    name: "compose",
    load: async () => (await import("./compose/export-compose.ts")).exportCompose,
  },
  {
    name: "kubernetes",
    load: async () => (await import("./kubernetes/export-kubernetes.ts")).exportKubernetes,
  },
  {
    name: "systemd",
    load: async () => (await import("./systemd/export-systemd.ts")).exportSystemd,
  },
];
