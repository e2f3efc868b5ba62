import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { engineFiles } from "./engine-files.ts";
import { type LabRecord, shortId, writeRecord } from "./lab-folder.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import { needCommands } from "./machine/packages.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

export type LabAlertmanager = Awaited<ReturnType<typeof startAlertmanager>>;

/** An alert as Alertmanager's API has it. */
export type ReceivedAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly status: { readonly state: "active" | "suppressed" | "unprocessed" };
};

/**
 * Starts Debian's Alertmanager of this process on a free port, and waits until it is ready. Rejects with the end of its log
 * when it does not start. `config` is the text of its configuration.
 */
export async function startAlertmanager(config: string) {
  await needCommands(["prometheus-alertmanager"]);
  const record = await withLock("up", prepare);
  const down = () => withLock("up", () => takeDown(record));
  try {
    const url = await run(record, config);
    return {
      url,
      /** What it holds to be firing now. */
      alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as ReceivedAlert[],
      takeDown: down,
      [Symbol.asyncDispose]: down,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

async function prepare(): Promise<LabRecord> {
  await takeDownLeftovers();
  const name = `alertmanager-${shortId()}`;
  const record: LabRecord = { id: shortId(), name, kind: "alertmanager", owner: thisProcess() };
  await writeRecord(record);
  return record;
}

async function run(record: LabRecord, config: string): Promise<string> {
  const { folder, mark } = engineFiles(record);
  const [file, log] = [join(folder, "alertmanager.yml"), join(folder, "alertmanager.log")];
  await writeFile(file, config);
  const args = [
    ...["--config.file", file, "--storage.path", join(folder, "data")],
    ...["--web.listen-address", "127.0.0.1:0", "--cluster.listen-address", ""],
  ];
  const server = launch({ command: "prometheus-alertmanager", args, folder, mark, log });
  await untilAnswering(server, log, async () => isReady(await addressIn(log)));
  return `http://${await addressIn(log)}`;
}

/** The port is chosen by the kernel and said in the log only. */
async function addressIn(log: string): Promise<string | undefined> {
  return /msg="Listening on" address=(\S+)/.exec(await readFile(log, "utf8"))?.[1];
}

async function isReady(address: string | undefined): Promise<boolean> {
  if (address === undefined) return false;
  const answer = await fetch(`http://${address}/-/ready`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}
