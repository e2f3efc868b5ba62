import * as z from "zod";
import { word } from "./shape.ts";

/** What `shipbell doctor` looks at, in the order in which it says so. */
export const LOOKS = [
  "settings",
  "engine",
  "requests",
  "swarm",
  "clocks",
  "ledger",
  "jobs",
  "zones",
  "registries",
  "schedulers",
  "http",
  "telling",
] as const;
export type LookName = (typeof LOOKS)[number];

/**
 * From what is sound to what is not: `note` is worth knowing and no fault; a `warning` will be trouble in some event; with a
 * `problem` something does not work now.
 */
export const SEVERITIES = ["ok", "note", "warning", "problem"] as const;

/** Something that `shipbell doctor` has found. */
export const findingShape = z
  .object({
    look: word(LOOKS),
    severity: word(SEVERITIES),
    at: z.string().meta({ description: "What was looked at: an address, a file, a node, a setting." }),
    message: z.string().meta({ description: "What was found." }),
    hint: z.exactOptional(z.string()).meta({ description: "What to do." }),
  })
  .meta({ id: "Finding" });
export type FindingShape = z.infer<typeof findingShape>;
