import * as z from "zod";
import { mapOf } from "../definition/files/operator-file.ts";
import { shownAddress } from "../job/shown-address.ts";
import type { NoticeEvent } from "../view/notice/notice-event.ts";
import type { ChannelKind, OutgoingMail, OutgoingRequest } from "./channel.ts";
import type { Wrong } from "./options.ts";

interface Kind<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly groups: boolean;
  readonly keys: Shape;
  readonly secrets: readonly (keyof Shape & string)[];
  /** What is wrong with values that are right by themselves. */
  readonly check?: (options: z.output<z.ZodObject<Shape>>) => readonly Wrong[];
  /** Where it goes; what is secret of it is not shown. */
  readonly goesTo: (options: z.output<z.ZodObject<Shape>>) => string;
  readonly message: (
    events: readonly NoticeEvent[],
    options: z.output<z.ZodObject<Shape>>,
    now: Date,
  ) => OutgoingRequest | OutgoingMail;
}

/** Makes a kind of channel of its keys, and of what it makes of events. */
export function defineKind<Shape extends z.ZodRawShape>(kind: Kind<Shape>): ChannelKind {
  const { name, groups, keys, secrets, check, goesTo, message } = kind;
  const options = mapOf({ kind: z.literal(name), ...keys }, Object.keys(keys).join(", "));
  const schema = options.transform((read, context) => {
    const given = read as unknown as z.output<z.ZodObject<Shape>>;
    for (const { key, message, hint } of check?.(given) ?? [])
      context.issues.push({
        code: "custom",
        input: undefined,
        path: [key],
        message,
        ...(hint && { params: { hint } }),
      });
    return {
      address: shownAddress(goesTo(given)),
      message: (events: readonly NoticeEvent[], now: Date) => message(events, given, now),
    };
  });
  return { name, groups, keys: Object.keys(keys), secrets, schema };
}
