import type { FileValue } from "./imported.ts";

/** Returns volumes of `docker run`, or of a client of the API: a folder of the host that is missing is created. */
export function withHostPaths(volumes: readonly FileValue[]): readonly FileValue[] {
  return volumes.map((volume) => {
    if (typeof volume !== "string") return volume;
    const [, source, target = "", mode] = /^([/.][^:]*):([^:]+)(?::(ro|rw))?$/.exec(volume) ?? [];
    if (source === undefined) return volume;
    return {
      type: "bind",
      source,
      target,
      ...(mode === "ro" && { read_only: "true" }),
      bind: { create_host_path: "true" },
    };
  });
}
