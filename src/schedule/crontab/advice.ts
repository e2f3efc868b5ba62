import { isWrong, type Meant, type Wrong } from "../wrong.ts";
import { doubtOf, isSound, settle } from "./doubt.ts";
import { parsePattern, timezonePrefix } from "./pattern.ts";

/** A sentence for people, and what it says to write. */
export interface Advised {
  readonly text: string;
  /** Each of them is right, comes true, and is beyond doubt. */
  readonly schedules: readonly string[];
}

/**
 * The whole sentence about something wrong, with what to write instead. Advice is checked by the rules that it is given
 * for; where there is a doubt about it, what resolves the doubt is written in its place. What does not pass is left out.
 */
export function advise({ wrong, meant }: Wrong): Advised {
  const advice = meant === undefined ? undefined : adviceFor(meant, MOST_STEPS);
  const isSentence = /[.?]\)?$/.test(wrong);
  if (advice === undefined) return { text: isSentence ? wrong : `${wrong}.`, schedules: [] };
  const { text, schedules } = advice;
  if (!isSentence) return { text: `${wrong}: ${text}.`, schedules };
  return { text: `${wrong} ${text.charAt(0).toUpperCase()}${text.slice(1)}.`, schedules };
}

/** Advice that is wrong itself has advice of its own: `'every minute'` has quotes, and then is no schedule. */
const MOST_STEPS = 4;
/** Longer than this, a schedule is no help in a sentence. */
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

/** A list in a file, and one text in a label. */
function adviceForSeveral(written: readonly string[]): Advised | undefined {
  if (!written.every(isSound)) return undefined;
  const schedules = written.flatMap((schedule) => settle(shortened(schedule)));
  const label = schedules.join("; ");
  if (label.length > LONGEST_ADVICE || schedules.length === 0) return undefined;
  const list = schedules.map((schedule) => JSON.stringify(schedule)).join(", ");
  return { text: `write ${label} in a label, and [${list}] in a file`, schedules };
}

/** Without spaces that mean nothing. */
function shortened(schedule: string): string {
  const { timezone, times } = timezonePrefix(schedule);
  const words = times.trim().split(/\s+/).join(" ");
  return timezone === undefined ? words : `CRON_TZ=${timezone} ${words}`;
}
