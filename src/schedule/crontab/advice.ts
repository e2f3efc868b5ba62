import { isWrong, type Meant, type Wrong } from "../wrong.ts";
import { doubtOf, isSound, settle } from "./doubt.ts";
import { parsePattern } from "./parse-pattern.ts";
import { timezonePrefix } from "./pattern.ts";

/** A sentence for people, and what it says to write. */
interface Advised {
  readonly text: string;
  /** Each of them is valid, comes true, and is not doubtful. */
  readonly schedules: readonly string[];
}

/**
 * Returns the whole sentence about something wrong, with what to write instead. Advice is checked by the same rules that
 * users' schedules are; where it is doubtful, the advice that resolves the doubt takes its place. Advice that does not
 * pass is left out.
 */
export function advise({ wrong, meant }: Wrong): Advised {
  const advice = meant === undefined ? undefined : adviceFor(meant, MOST_STEPS);
  const isSentence = /[.?]\)?$/.test(wrong);
  if (advice === undefined) return { text: isSentence ? wrong : `${wrong}.`, schedules: [] };
  const { text, schedules } = advice;
  if (!isSentence) return { text: `${wrong}: ${text}.`, schedules };
  return { text: `${wrong} ${text.charAt(0).toUpperCase()}${text.slice(1)}.`, schedules };
}

/** Wrong advice may have advice of its own: `'every minute'` has quotes, and without them is still not a schedule. */
const MOST_STEPS = 4;
/** A longer schedule does not help in a sentence. */
const LONGEST_ADVICE = 250;

function adviceFor({ schedules, when, also = "" }: Meant, steps: number): Advised | undefined {
  const [only = "", ...others] = schedules;
  if (others.length > 0) return adviceForSeveral(schedules);
  const found = parsePattern(only);
  if (isWrong(found)) return found.meant === undefined || steps === 0 ? undefined : adviceFor(found.meant, steps - 1);
  if (!isSound(only) || only.length > LONGEST_ADVICE) return undefined;
  const doubt = doubtOf(only);
  if (doubt !== undefined) {
    return { text: `${doubt.hint}${also}`, schedules: doubt.advice.flatMap((advice) => advice.schedules) };
  }
  const schedule = shortened(only);
  return { text: `${when === undefined ? "" : `${when} `}write ${schedule}${also}`, schedules: [schedule] };
}

/** Several schedules are a list in a file, and one text in a label. */
function adviceForSeveral(written: readonly string[]): Advised | undefined {
  if (!written.every(isSound)) return undefined;
  const schedules = written.flatMap((schedule) => settle(shortened(schedule)));
  const label = schedules.join("; ");
  if (label.length > LONGEST_ADVICE || schedules.length === 0) return undefined;
  const list = schedules.map((schedule) => JSON.stringify(schedule)).join(", ");
  return { text: `write ${label} in a label, and [${list}] in a file`, schedules };
}

/** Returns the schedule without superfluous spaces. */
function shortened(schedule: string): string {
  const { timezone, times } = timezonePrefix(schedule);
  const words = times.trim().split(/\s+/).join(" ");
  return timezone === undefined ? words : `CRON_TZ=${timezone} ${words}`;
}
