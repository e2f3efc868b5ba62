import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LedgerInspection } from "../../ledger/ledger.ts";
import { inspectLedger } from "../../ledger/sqlite/inspect-ledger.ts";
import type { Greeted } from "../deployment.ts";
import type { ContentFacts, FolderFacts, LedgerFacts } from "../looks/ledger.ts";
import { isWritable } from "./engine.ts";

/** Reads the ledger without writing to it: the file in the state directory, or the configs of the Swarm. */
export async function gatherLedger({ settings, kind, docker }: Greeted): Promise<LedgerFacts> {
  const { stateDir, instance } = settings;
  if (kind !== undefined && kind.ledgerFile === undefined) {
    const place = `the configs of the Swarm of ${settings.dockerHost.host}`;
    const { inspectLedger } = await kind.load();
    return { place, ...(await readContents(() => inspectLedger?.({ docker, instance }))) };
  }
  const folder = await lookAtFolder(stateDir);
  return { place: stateDir, folder, ...(await readContents(() => inspectLedger(stateDir))) };
}

type Inspection = LedgerInspection | undefined;

async function readContents(
  inspect: () => Inspection | Promise<Inspection>,
): Promise<Pick<LedgerFacts, "contents" | "unreadable">> {
  try {
    const found = await inspect();
    return found === undefined ? {} : { contents: contentsOf(found) };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}

function contentsOf({ records, setAside }: LedgerInspection): ContentFacts {
  const jobsOf = (wanted: string) => records.filter(({ kind }) => kind === wanted).map(({ job }) => job);
  return { records, newer: jobsOf("newer"), damaged: jobsOf("damaged"), setAside };
}

async function lookAtFolder(stateDir: string): Promise<FolderFacts> {
  const isThere = existsSync(stateDir);
  const nearest = nearestThatExists(stateDir);
  const [owner, disk] = await Promise.all([stat(nearest), statfs(nearest).catch(() => undefined)]);
  const file = join(stateDir, "ledger.db");
  const ownUid = process.getuid?.();
  return {
    isThere,
    isWritable: await isWritable(nearest),
    ...(disk && { freeBytes: disk.bavail * disk.bsize }),
    ...(existsSync(file) && { isFileWritable: await isWritable(file) }),
    ...(ownUid !== undefined && { ownUid }),
    uid: owner.uid,
  };
}

function nearestThatExists(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestThatExists(dirname(path));
}
