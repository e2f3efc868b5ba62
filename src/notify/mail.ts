import { PassThrough } from "node:stream";
import type { SendMailOptions } from "nodemailer";
import { startDeadline } from "../clock.ts";
import { causeOf } from "../send-request.ts";
import type { OutgoingMail } from "./channel.ts";
import type { Sent } from "./sent.ts";

/** Mail servers keep strangers waiting on purpose, so a mail has more time than a request. */
export const LONGEST_MAIL_MS = 30_000;
/** How long a server may be silent in between. */
const LONGEST_SILENCE_MS = 15_000;

/**
 * Sends one mail over a connection of its own, and says what came of it within 30 s; never rejects. `smtps:` is TLS from
 * the first byte; `smtp:` becomes TLS where the server can, and must where there is a password. Certificates are verified.
 */
export async function sendMail(mail: OutgoingMail, signal: AbortSignal): Promise<Sent> {
  if (signal.aborted) return { result: "again", because: "stopped" };
  // 24 MB of memory that only mail needs.
  const { createTransport } = await import("nodemailer");
  const { server, user, password, from, to, subject, text, messageId, inReplyTo } = mail;
  const { protocol, hostname, port } = new URL(server);
  const isTls = protocol === "smtps:";
  const transport = createTransport({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (isTls ? 465 : 587) : Number(port),
    secure: isTls,
    requireTLS: !isTls && password !== undefined,
    // Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise.
    tls: { rejectUnauthorized: true },
    ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
    connectionTimeout: LONGEST_SILENCE_MS,
    greetingTimeout: LONGEST_SILENCE_MS,
    socketTimeout: LONGEST_SILENCE_MS,
    dnsTimeout: LONGEST_SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let isSent = false;
  transport.use("stream", ({ message }, done) => {
    message.transform(() => new PassThrough().once("end", () => (isSent = true)));
    done();
  });
  const deadline = startDeadline(LONGEST_MAIL_MS);
  const stop = AbortSignal.any([signal, deadline.signal]);
  // Machines that answer mails leave those of machines alone.
  const headers = { "auto-submitted": "auto-generated" };
  const thread = inReplyTo !== undefined && { inReplyTo, references: inReplyTo };
  const content: Mail = { from, to: [...to], subject, text, messageId, headers, ...thread, signal: stop };
  try {
    return judgeTaken(await transport.sendMail(content));
  } catch (error) {
    const judged = judgeRefused(error as MailError);
    if (judged.result === "final") return judged;
    const because = deadline.signal.aborted ? "timeout" : signal.aborted ? "stopped" : judged.because;
    // A server that answered has not taken it, whatever was sent.
    const isHeard = isSent && judged.answer === undefined;
    return isHeard ? { result: "perhaps", because } : { ...judged, because };
  } finally {
    deadline.clear();
    transport.close();
  }
}

/** Its types do not know yet that a mail can be given up. */
type Mail = SendMailOptions & { readonly signal: AbortSignal };

interface Taken {
  readonly accepted: readonly unknown[];
  readonly rejected: readonly unknown[];
  readonly response: string;
}

/** A server that refuses some of the addresses takes the mail for the others. */
function judgeTaken({ accepted, rejected, response }: Taken): Sent {
  const some = `for ${accepted.length} of ${accepted.length + rejected.length} addresses`;
  const because = rejected.length === 0 ? response.slice(0, 3) : `${response.slice(0, 3)}, ${some}`;
  return { result: "delivered", because, answer: response };
}

interface MailError {
  readonly code?: string;
  /** Of the socket: `ECONNREFUSED`. */
  readonly originalCode?: string;
  readonly syscall?: string;
  readonly message?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

const CAUSES: Readonly<Record<string, string>> = {
  ETIMEDOUT: "timeout",
  ECONNECTION: "no connection",
  ESOCKET: "no connection",
  EDNS: "host not found",
  ETLS: "no TLS",
  EAUTH: "sign-in refused",
  EENVELOPE: "addresses refused",
};

/** 5xx stays as it is, says SMTP; 4xx may pass. */
function judgeRefused(error: MailError): Sent {
  const { code = "", originalCode, syscall, message, responseCode, response } = error;
  const answer = response !== undefined && { answer: response };
  if (responseCode !== undefined) {
    const because = CAUSES[code] === undefined ? String(responseCode) : `${responseCode}, ${CAUSES[code]}`;
    return { result: responseCode >= 500 ? "final" : "again", because, ...answer };
  }
  return {
    result: "again",
    because:
      originalCode === undefined
        ? (CAUSES[code] ?? "no answer")
        : causeOf({ code: originalCode, syscall, message }).words,
  };
}
