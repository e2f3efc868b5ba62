import type { Settings } from "../../settings/settings.ts";
import type { ScheduleFilesSettings } from "../../sources/schedule-files.ts";

type Parse = NonNullable<ScheduleFilesSettings["parse"]>;

/** Returns what reads the labels of stack and Compose files as well as schedule files, by the rules of these settings. */
export async function stackFileParser(settings: Settings, project?: unknown): Promise<Parse> {
  const { parseStackFile } = await import("../../definition/stack/parse-stack-file.ts");
  const { instance } = settings;
  const deployed = { instance, rules: settings, ...(typeof project === "string" && { project }) };
  return (text, file) => parseStackFile(text, { ...file, ...deployed });
}
