const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

const CANNOT_WRITE = "shipbell must be able to write in that folder, which --state-dir names";
const BEGIN_ANEW = "stop shipbell and move the file away: a new one begins with what the engine has of the jobs";

const HINTS: Readonly<Record<number, string>> = {
  [SQLITE_READONLY]: CANNOT_WRITE,
  [SQLITE_IOERR]: "the disk may be full; it is tried again",
  [SQLITE_CORRUPT]: BEGIN_ANEW,
  [SQLITE_FULL]: "it is tried again until there is room",
  [SQLITE_CANTOPEN]: CANNOT_WRITE,
  [SQLITE_NOTADB]: BEGIN_ANEW,
};

/** A file of the state directory cannot be used now. Trouble that may pass: a scheduler waits for that. */
export class LedgerUnusable extends Error {}

/**
 * What SQLite or the system says is wrong with a file of the state directory, with the file's name and what to do;
 * undefined for anything else.
 */
export function ledgerFault(path: string, error: unknown): LedgerUnusable | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  const hint = "errcode" in error ? hintOf(Number(error.errcode)) : CANNOT_WRITE;
  return new LedgerUnusable(`${path}: ${error.message}${hint === undefined ? "" : ` (${hint})`}`, { cause: error });
}

/** Extended codes carry the plain one in their lowest byte. */
function hintOf(errcode: number): string | undefined {
  return HINTS[errcode & 0xff];
}
