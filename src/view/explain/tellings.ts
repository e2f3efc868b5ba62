import type { JobRecord } from "../../ledger/record.ts";
import { tellingsOf } from "../scheduler/tellings.ts";
import { rulesInWords, tellingSentences } from "../words/notices.ts";
import type { TimeWords } from "../words/time.ts";
import type { Sentence } from "./sentence.ts";

interface TellingParts {
  readonly record: JobRecord;
  readonly when: TimeWords;
}

/** Which channels hear of the job's runs, what each was told last, and what is still to be sent. */
export function explainTellings({ record, when }: TellingParts): Sentence[] {
  const rules = record.definition.telling?.notify ?? [];
  const tellings = tellingsOf(record);
  const sentences: Sentence[] = rules.length === 0 ? [] : [{ about: "notify", rules, text: `${rulesInWords(rules)}.` }];
  for (const telling of tellings) {
    const latest = { ...telling, past: telling.past.slice(0, 1) };
    for (const text of tellingSentences(latest, when)) sentences.push({ about: "telling", telling, text });
  }
  return sentences;
}
