import * as z from "zod";
import { NOTICE_KINDS } from "../../job/notify.ts";
import { visible } from "../../job/problem.ts";
import type { ChannelsView } from "../scheduler/channels-view.ts";
import { instant, list, openWord, word } from "./shape.ts";

const count = z.number().int();

const matterKeys = {
  kind: word(NOTICE_KINDS),
  count: count.meta({ description: "How many it stands for." }),
  closes: z.boolean().meta({ description: "It is the end of what was told before." }),
  run: z.exactOptional(z.string()),
};

export const notifyRuleShape = z.object({
  to: z.string(),
  on: list(word(NOTICE_KINDS)),
  after: count.meta({ description: "The failure in a row that is told first." }),
  remindMs: z.exactOptional(z.number()),
  output: count.meta({ description: "How many lines of the output go with it." }),
});

/** A notice that a channel does not have yet. */
export const waitingNoticeShape = z
  .object({
    job: z.string(),
    channel: z.string(),
    id: z.string().meta({ description: "The same in each try." }),
    ...matterKeys,
    at: instant.meta({ description: "When it happened." }),
    tries: count,
    next: instant.meta({ description: "When it is tried next, after those of the channel that come before it." }),
    last: z.exactOptional(openWord("How the last try went: `503`, `timeout`.")),
  })
  .meta({ id: "WaitingNotice" });

export const tellingShape = z
  .object({
    channel: z.string(),
    rule: z.exactOptional(notifyRuleShape).meta({ description: "Absent where the job no longer names the channel." }),
    waiting: list(waitingNoticeShape),
    open: list(
      z.object({
        ...matterKeys,
        since: instant,
        state: z.enum(["told", "given-up"]),
        at: instant.meta({ description: "When it was told, or given up." }),
      }),
    ).meta({ description: "What is not over yet." }),
    past: list(
      z.object({
        ...matterKeys,
        at: z.exactOptional(instant).meta({ description: "When it was told; absent where only the end was." }),
        endAt: z.exactOptional(instant).meta({ description: "When its end was told." }),
        endRun: z.exactOptional(z.string()),
      }),
    ).meta({ description: "What it was told last, of each kind, and of what is over; latest first." }),
  })
  .meta({ id: "Telling" });

const channelShape = z
  .object({
    channel: z.string(),
    state: z.enum(["defined", "missing", "unknown"]).meta({
      description: "`missing`: jobs name it, and there is none. `unknown`: no scheduler answers.",
    }),
    kind: z.exactOptional(z.string()),
    address: z.exactOptional(z.string()).meta({ description: "What may be shown of it: `https://hooks.slack.com/…`." }),
    jobs: count.meta({ description: "How many jobs tell it something." }),
    waiting: count,
    waitsSince: z.exactOptional(instant),
    nextTryAt: z.exactOptional(instant),
    lastSuccessAt: z.exactOptional(instant).meta({ description: "When it last took something from this scheduler." }),
    troubleBecause: z.exactOptional(openWord("Why it took the last one not: `503`, `timeout`.")),
    troubleSince: z.exactOptional(instant),
    troubleAgainAt: z.exactOptional(instant).meta({
      description: "When it is tried again; absent where it refused for good.",
    }),
    delivered: count,
    dropped: count.meta({ description: "How many it never got: refused for good, or waited for more than a day." }),
  })
  .meta({ id: "Channel" });

/** What came of a notice that was sent to try a channel. */
export const triedShape = z
  .object({
    channel: z.string(),
    kind: z.string(),
    address: z.string(),
    delivered: z.boolean(),
    because: openWord("The status, or why there was none: `200`, `timeout`, `connection refused`."),
    answer: z.exactOptional(z.string()).meta({ description: "The first line of what the receiver said." }),
  })
  .meta({ id: "ChannelTried" });
export type TriedShape = z.infer<typeof triedShape>;

interface Tried {
  readonly channel: { readonly name: string; readonly kind: string; readonly address: string };
  readonly sent: { readonly result: string; readonly because: string; readonly answer?: string };
}

/** More of one line is no help. */
const LONGEST_ANSWER = 500;

export function shapeTried({ channel: { name, kind, address }, sent }: Tried): TriedShape {
  const { result, because, answer } = sent;
  return {
    channel: name,
    kind,
    address,
    delivered: result === "delivered",
    because,
    ...(answer !== undefined && { answer: visible(answer.slice(0, LONGEST_ANSWER)) }),
  };
}

/** All channels, and all that waits for them. */
export const noticesShape = z
  .object({ channels: list(channelShape), waiting: list(waitingNoticeShape) })
  .meta({ id: "Notices" });
export type NoticesShape = z.infer<typeof noticesShape>;

export function shapeNotices({ channels, waiting }: ChannelsView): NoticesShape {
  return { channels, waiting };
}
