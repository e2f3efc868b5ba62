import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The program of each job, in a folder that all have at `/witness`. */
const RECORDER = `#!/bin/sh
# NAME [ARGUMENT…]: notes by whom it is run, as whom, where, with which arguments and variables; then takes LAST seconds.
name=$1
shift
side=peer
[ -n "$SHIPBELL_RUN" ] && side=shipbell
out=$(mktemp /witness/records/.XXXXXX)
{
  echo "job $name"
  echo "side $side"
  echo "at $(date +%s)"
  echo "fact user $(id -u):$(id -g) $(id -G)"
  echo "fact folder $(pwd)"
  echo "fact rights $(grep CapEff /proc/self/status | tr -d '\\t')"
  echo "fact networks $(ls /sys/class/net | tr '\\n' ' ')"
  echo "fact terminal $([ -t 1 ] && echo yes || echo no)"
  grep -E '^[^ ]+ /(data|named) ' /proc/mounts | sed -E 's/^[^ ]+ ([^ ]+) [^ ]+ (r[ow]).*/fact volume \\1 \\2/' | sort
  for argument; do echo "fact argument [$argument]"; done
  env | grep -vE '^(SHIPBELL_|_=|SHLVL=|HOSTNAME=[0-9a-f]{12}$)' | sort | sed 's/^/fact variable /'
} > "$out"
mv "$out" "/witness/records/run-\${out##*.}"
out=/witness/records/run-\${out##*.}
[ -n "$LAST" ] || exit 0
trap 'echo "end stopped" >> "$out"; exit 143' TERM
sleep "$LAST" &
wait
echo "end itself" >> "$out"
`;

/** What one process noted. */
export interface Record {
  readonly job: string;
  readonly side: "peer" | "shipbell";
  /** In seconds since 1970. */
  readonly at: number;
  /** Each a line: user, folder, rights, networks, terminal, volumes, arguments, variables. */
  readonly facts: readonly string[];
  /** How it ended, where it is one that lasts; `cut` where it was killed, or still runs. */
  readonly end?: "itself" | "stopped" | "cut";
}

/** A folder with the recorder, and what its processes leave: `parent/witness`, for `/witness` of all containers. */
export async function prepareRecorder(parent: string): Promise<string> {
  const folder = join(parent, "witness");
  await mkdir(join(folder, "records"), { recursive: true });
  await writeFile(join(folder, "record"), RECORDER, { mode: 0o755 });
  // Users that are not root write, too.
  await chmod(join(folder, "records"), 0o777);
  await chmod(folder, 0o755);
  return folder;
}

/** All that were noted in this time, in seconds since 1970, `until` not included. */
export async function readRecords(folder: string, { from, until }: { from: number; until: number }): Promise<Record[]> {
  const names = (await readdir(join(folder, "records"))).filter((name) => name.startsWith("run-"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, "records", name), "utf8")));
  return texts
    .map(readRecord)
    .filter(({ at }) => at >= from && at < until)
    .sort((a, b) => a.at - b.at);
}

function readRecord(text: string): Record {
  const lines = text.trimEnd().split("\n");
  const value = (key: string) => lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? "";
  const facts = lines.filter((line) => line.startsWith("fact ")).map((line) => line.slice("fact ".length));
  const isLasting = facts.some((fact) => fact.startsWith("variable LAST="));
  const end = value("end") === "itself" ? "itself" : value("end") === "stopped" ? "stopped" : "cut";
  return {
    job: value("job"),
    side: value("side") === "shipbell" ? "shipbell" : "peer",
    at: Number(value("at")),
    facts,
    ...(isLasting && { end }),
  };
}
