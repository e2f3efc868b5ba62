import { type EngineFiles, engineFiles, hostFiles } from "./engine-files.ts";
import { folderOf, type LabRecord, readRecords } from "./lab-folder.ts";
import { isLeftOver } from "./take-down.ts";

/** Prints a line for each thing that is up: its name, whose it is, and where. */
export async function labStatus(): Promise<void> {
  const records = await readRecords();
  const lines = records.map((record) => [record.name, ownerOf(record), placeOf(record)].join("\t"));
  process.stdout.write(lines.length > 0 ? `${lines.join("\n")}\n` : "nothing is up\n");
}

function ownerOf(record: LabRecord): string {
  if (isLeftOver(record)) return "left over, goes with the next up or down";
  return record.owner ? `for process ${record.owner.pid}` : "until down";
}

function placeOf(record: LabRecord): string {
  const dockerHost = (files: EngineFiles) => `DOCKER_HOST=unix://${files.socket}`;
  const [first] = record.hosts ?? [];
  if (first) return `${dockerHost(hostFiles(record, first.name))}\t${record.hosts?.map(({ name }) => name).join(" ")}`;
  return record.kind === "engine" ? dockerHost(engineFiles(record)) : folderOf(record.name);
}
