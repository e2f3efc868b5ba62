const NAMES =
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ";

export const SIGNALS: ReadonlySet<string> = new Set(NAMES.split(" ").map((name) => `SIG${name}`));

const REAL_TIME = /^(SIG)?RT(MIN(\+\d{1,2})?|MAX(-\d{1,2})?)$/;

/** True for what Docker takes as a stop signal: `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`. */
export function isSignal(written: string): boolean {
  const name = written.toUpperCase();
  if (/^\d{1,2}$/.test(name)) return Number(name) >= 1 && Number(name) <= 64;
  return SIGNALS.has(name) || SIGNALS.has(`SIG${name}`) || REAL_TIME.test(name);
}

const EITHER_CASE = `${NAMES} ${NAMES.toLowerCase()}`.replaceAll(" ", "|");

/** The same, for those who know only patterns; of names in small and in large letters. */
export const WRITTEN_SIGNAL = new RegExp(
  String.raw`^(?:(?:SIG|sig)?(?:${EITHER_CASE}|(?:RT|rt)(?:MIN|min|MAX|max)(?:[+-]\d{1,2})?)|[1-9]\d?)$`,
);
