import type { Problem } from "../../job/problem.ts";
import { counted } from "../../view/words/counted.ts";
import { type Finding, findingOf, named, note, sound, trouble, warning } from "../finding.ts";

/** A file of the operator, and what is wrong with it. */
export type OperatorFileFacts<T> =
  | { readonly kind: "none" }
  | { readonly kind: "wrong"; readonly path: string; readonly problems: readonly Problem[] }
  | ({ readonly kind: "read"; readonly path: string; readonly isReadByAll: boolean } & T);

export interface TellingFacts {
  readonly channels: OperatorFileFacts<{ readonly names: readonly string[] }>;
  /** What `--notify` names and no channel is called. */
  readonly unknownChannels: readonly Problem[];
  /** `--http-auth`, which is a file with secrets as that of channels is. */
  readonly auth: OperatorFileFacts<{ readonly warnings: readonly Problem[] }>;
  /** Of `--heartbeat`: what may be shown of it, and whether its machine takes a connection. */
  readonly heartbeat?: { readonly shown: string; readonly unreachable?: string };
}

/** Says whether the files that name people and places can be used, and whether a heartbeat tells that the scheduler is dead. */
export function lookAtTelling({ channels, unknownChannels, auth, heartbeat }: TellingFacts): readonly Finding[] {
  return [
    ...lookAtFile("--http-auth", auth, ({ path, warnings }) => [
      ...warnings.map(findingOf),
      sound(path, "the file of --http-auth can be used"),
    ]),
    ...lookAtFile("--channels", channels, ({ path, names }) => [
      sound(path, `the file of --channels has ${counted(names.length, "channel")}: ${named(names)}`),
    ]),
    ...(channels.kind === "none" ? [note("--channels", "not given, so no notice tells how jobs end")] : []),
    ...unknownChannels.map(findingOf),
    lookAtHeartbeat(heartbeat),
  ];
}

type Read<T> = Extract<OperatorFileFacts<T>, { readonly kind: "read" }>;

function lookAtFile<T>(
  flag: string,
  facts: OperatorFileFacts<T>,
  judge: (read: Read<T>) => readonly Finding[],
): readonly Finding[] {
  if (facts.kind === "none") return [];
  if (facts.kind === "wrong") return facts.problems.map(findingOf);
  const read = facts as Read<T>;
  const open = warning(
    read.path,
    `everyone on this machine may read the file of ${flag}`,
    `chmod o-r ${read.path}, or mount it as a secret`,
  );
  return [...judge(read), ...(read.isReadByAll ? [open] : [])];
}

function lookAtHeartbeat(heartbeat: TellingFacts["heartbeat"]): Finding {
  const at = "--heartbeat";
  if (heartbeat === undefined)
    return note(
      at,
      "not given, so no monitor notices when the scheduler itself is down",
      "docs/operating.md says how to be told",
    );
  const { shown, unreachable } = heartbeat;
  if (unreachable !== undefined) return trouble(at, `${shown} cannot be reached: ${unreachable}`);
  return sound(at, `${shown} takes connections; no ping was sent`);
}
