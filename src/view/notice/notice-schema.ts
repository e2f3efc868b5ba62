import * as z from "zod";
import { cloudEventShape } from "./notice-shape.ts";

/** The JSON Schema of what a webhook is sent, as `schema/notice.schema.json` has it. A later version may add keys. */
export function noticeSchema(): Readonly<Record<string, unknown>> {
  return {
    title: "A notice of shipbell",
    description: "The body of a webhook, application/cloudevents+json. docs/notices.md says when it is sent.",
    ...z.toJSONSchema(cloudEventShape, { io: "input", override }),
  };
}

/** What zod adds for its own types, and tells a reader of the schema nothing. */
function override({ jsonSchema }: { readonly jsonSchema: { readOnly?: unknown; pattern?: unknown } }): void {
  delete jsonSchema.readOnly;
  delete jsonSchema.pattern;
}
