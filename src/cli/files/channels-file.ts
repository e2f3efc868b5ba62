import type { Problem } from "../../job/problem.ts";
import type { Channels } from "../../notify/channel.ts";
import type { Disk } from "../../sources/disk.ts";
import { lookAt, readTextFile } from "../../sources/text-files.ts";

/** Reads the file of `--channels` as the scheduler does, with its secrets; templates are tried with samples. Never rejects. */
export async function readChannelsFile(
  path: string,
  disk: Disk,
): Promise<{ readonly channels: Channels } | { readonly problems: readonly Problem[] }> {
  const { readChannels } = await import("../../notify/read-channels.ts");
  const readText = async (path: string) => readTextFile(await lookAt(path, disk), disk);
  const found = await readText(path);
  return "problem" in found ? { problems: [found.problem] } : readChannels(found.text, { path, readSecret: readText });
}
