import { readFileSync } from "node:fs";

/** A container sees it as its host does. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** The ID that the kernel gave this boot of the host; undefined where there is none, as on other systems than Linux. */
export function readBootId(path = BOOT_ID): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
