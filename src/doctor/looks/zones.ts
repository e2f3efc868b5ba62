import { counted } from "../../view/words/counted.ts";
import { type Finding, named, note, sound, warning } from "../finding.ts";

export interface ZoneFacts {
  /** Of the time zone data that Node has: `2026a`. */
  readonly dataVersion: string | undefined;
  readonly now: Date;
  /** Those that the settings and jobs name, and how many jobs each has. */
  readonly zones: ReadonlyMap<string, number>;
  /** Those of them that the data does not have. */
  readonly unknown: readonly string[];
  /** Of the setting. */
  readonly timezone: string;
  readonly isTimezoneChosen: boolean;
}

/** Says whether time zones are known, and whether what is known of them is recent. */
export function lookAtZones(facts: ZoneFacts): readonly Finding[] {
  const { dataVersion, zones, unknown, timezone, isTimezoneChosen, now } = facts;
  const at = "time zones";
  const ageYears = dataVersion === undefined ? 0 : now.getUTCFullYear() - Number.parseInt(dataVersion, 10);
  const used = [...zones].filter(([, jobs]) => jobs > 0).map(([zone]) => zone);
  const isOnlyUtc = used.every((zone) => zone === "UTC");
  return [
    ...unknown.map((zone) =>
      warning(at, `the time zone data of this machine does not have ${zone}`, "use a newer shipbell"),
    ),
    ...(ageYears >= 2 && !isOnlyUtc
      ? [
          warning(
            at,
            `the time zone data is of ${dataVersion}: what governments have decided since is not in it`,
            "use a newer shipbell",
          ),
        ]
      : []),
    ...(used.length > 0 && isOnlyUtc && timezone === "UTC" && !isTimezoneChosen
      ? [
          note(
            "--timezone",
            "is not chosen, so schedules are read in UTC",
            "write the zone, such as Europe/Berlin, in --timezone or TZ",
          ),
        ]
      : []),
    ...(unknown.length === 0
      ? [
          sound(
            at,
            `data of ${dataVersion ?? "an unknown version"}${used.length > 0 ? `; jobs use ${counted(used.length, "zone")}: ${named(used.toSorted())}` : ""}`,
          ),
        ]
      : []),
  ];
}
