import type { OutgoingMail, OutgoingRequest } from "./channel.ts";
import { type PostParts, post } from "./post.ts";
import type { Sent } from "./sent.ts";

/** Sends what a channel has made of notices, once; never rejects. */
export async function deliver(message: OutgoingRequest | OutgoingMail, parts: PostParts): Promise<Sent> {
  if (message.by === "http") return post(message, parts);
  const { sendMail } = await import("./mail.ts");
  return sendMail(message, parts.signal);
}
