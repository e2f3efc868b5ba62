import * as z from "zod";
import type { Exclusions } from "../../job/exclusions/exclusions.ts";
import { list } from "./shape.ts";

const days = z.exactOptional(list(z.string()));

/** Which due times are not started. */
export const exclusionsShape = z
  .object({
    timezone: z.string(),
    except: days.meta({ description: "Days on which nothing is started: `2026-12-24`, `2026-12-24..2026-12-26`." }),
    only: days.meta({ description: "The only days on which something is started." }),
    quiet: z
      .exactOptional(list(z.string()))
      .meta({ description: "Stretches of the week in which nothing is started: `Mon-Fri 08:00-18:00`." }),
    quietPolicy: z
      .exactOptional(z.enum(["skip", "defer"]))
      .meta({ description: "What is due in them is skipped, or the last of it is started at their end." }),
  })
  .meta({ id: "Exclusions", example: { timezone: "Europe/Berlin", except: ["2026-12-24..2026-12-26"] } });
type ExclusionsShape = z.infer<typeof exclusionsShape>;

export function shapeExclusions({ timezone, except, only, quiet, defers }: Exclusions): ExclusionsShape {
  return {
    timezone,
    ...(except !== undefined && { except: daysOf(except) }),
    ...(only !== undefined && { only: daysOf(only) }),
    ...(quiet && { quiet, quietPolicy: defers ? "defer" : "skip" }),
  };
}

function daysOf(ranges: string): readonly string[] {
  return ranges === "" ? [] : ranges.split(" ");
}
