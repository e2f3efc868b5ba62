import type * as z from "zod";
import type { NoticeEvent } from "../view/notice/notice-event.ts";

/** A channel that the operator has defined: pure, events to a request. */
export interface Channel {
  readonly name: string;
  /** `slack`, `email`, … */
  readonly kind: string;
  /** Whether many notices become one message. Where they do not, it is given one at a time. */
  readonly groups: boolean;
  /** What may be shown of where it goes: `https://hooks.slack.com/…`. */
  readonly address: string;
  /** Never throws. `now`: for signatures alone. */
  message(events: readonly NoticeEvent[], now: Date): OutgoingRequest | OutgoingMail;
}

/** All channels, as their file says. */
export interface Channels {
  readonly byName: ReadonlyMap<string, Channel>;
  /** How long notices of a channel that groups are gathered. */
  readonly groupMs: number;
  /** More notices than this become one message. */
  readonly digestAbove: number;
  /** Where links lead to, in place of `--public-url`. Ends with a slash. */
  readonly pageUrl?: string;
}

/** One kind of channel. `channels/kinds.ts` lists them. */
export interface ChannelKind {
  readonly name: string;
  readonly groups: boolean;
  /** The keys that it has, in the order of the documentation. */
  readonly keys: readonly string[];
  /** Those that are secrets, and that may be given as `NAME_file`. */
  readonly secrets: readonly string[];
  /** Reads what the file has under the name of a channel. */
  readonly schema: z.ZodType<Pick<Channel, "address" | "message">>;
}

/** An HTTP request that tells it. */
export interface OutgoingRequest {
  readonly by: "http";
  readonly method: "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A mail that tells it. */
export interface OutgoingMail {
  readonly by: "mail";
  readonly server: string;
  readonly user?: string;
  readonly password?: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** `Message-ID`, which follows from the notice; and that of the failure which this one is about. */
  readonly messageId: string;
  readonly inReplyTo?: string;
}
