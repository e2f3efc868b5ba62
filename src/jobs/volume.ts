import * as z from "zod";
import { absolutePath, bool, choice, text } from "./fields.ts";
import { mustBe } from "./issue.ts";
import type { VolumeMount } from "./job.ts";

export const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const SHORT = "[SOURCE:]TARGET[:MODE] such as /srv/data:/data or cache:/var/cache:ro";

/** A volume in Compose's long form. The source of a bind mount may still be relative to the schedule file. */
const longVolume = z
  .strictObject({
    type: choice("bind", "volume"),
    source: text("a path on the host, or a volume's name").optional(),
    target: absolutePath,
    read_only: bool.optional(),
  })
  .transform(({ type, source, target, read_only }, context): VolumeMount => {
    const mount = { type, ...(source !== undefined && { source }), target, readOnly: read_only ?? false };
    const wrong = wrongSource(mount);
    if (wrong === undefined) return mount;
    context.issues.push({
      code: "custom",
      input: source,
      message: wrong,
      path: source === undefined ? [] : ["source"],
    });
    return z.NEVER;
  });

/** A volume in Compose's short form: `[SOURCE:]TARGET[:MODE]`. */
const shortVolume = z.string().transform((written, context): VolumeMount => {
  const mount = readShort(written);
  if (typeof mount !== "string") return mount;
  context.issues.push({ code: "custom", input: written, message: mount });
  return z.NEVER;
});

export const volume = z.union([shortVolume, longVolume], {
  error: (issue) => mustBe(`${SHORT}, or a map with type, source and target`, issue.input),
});

/** The keys of the long form. */
export const VOLUME_KEYS = ["type", "source", "target", "read_only"] as const;

function readShort(written: string): VolumeMount | string {
  const parts = written.split(":");
  const [first = "", second, writtenMode = ""] = parts;
  if (parts.length > 3 || parts.includes("")) return mustBe(SHORT, written);
  const [source, target] = second === undefined ? [undefined, first] : [first, second];
  if (!target.startsWith("/")) return `${mustBe(SHORT, written)}: the target ${target} is not an absolute path`;
  const mode = readMode(writtenMode);
  if (typeof mode === "string") return mode;
  const mount = {
    type: isPath(source) ? "bind" : "volume",
    ...(source !== undefined && { source }),
    target,
    ...mode,
  } as const;
  return wrongSource(mount) ?? mount;
}

/** `z` and `Z` (for SELinux) are not among them: Docker Engine takes them with `Binds` only, which make missing folders. */
const MODES: ReadonlyMap<string, Pick<VolumeMount, "readOnly">> = new Map([
  ["", { readOnly: false }],
  ["rw", { readOnly: false }],
  ["ro", { readOnly: true }],
]);

function readMode(mode: string): Pick<VolumeMount, "readOnly"> | string {
  return MODES.get(mode) ?? `has the mode "${mode}"; supported are ro and rw`;
}

function isPath(source: string | undefined): boolean {
  return source !== undefined && /^[/.~]/.test(source);
}

function wrongSource({ type, source }: Pick<VolumeMount, "type" | "source">): string | undefined {
  if (type === "bind" && source === undefined) return "has no source; a bind mount needs one: a path on the host";
  if (source?.startsWith("~")) return `has the source "${source}"; a job has no home directory: write an absolute path`;
  if (type === "bind" && source !== undefined && !isPath(source))
    return `has the source "${source}"; the source of a bind mount is a path: write /${source} or ./${source}`;
  if (type === "volume" && source !== undefined && !VOLUME_NAME.test(source))
    return `has the source "${source}", which is neither a path (/srv/x, ./x) nor a volume's name (letters, digits, _ . -)`;
  return undefined;
}
