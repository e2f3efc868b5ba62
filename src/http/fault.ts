/** What keeps a request from being carried out, and its status: one vocabulary in answers of the API, its documents and tests. */
export const FAULT_STATUS = {
  "bad-request": 400,
  "bad-input": 400,
  "too-many": 400,
  "not-signed-in": 401,
  "not-yours": 403,
  "cross-origin": 403,
  "no-such-address": 404,
  "no-such-job": 404,
  "no-such-run": 404,
  "no-such-channel": 404,
  "method-not-allowed": 405,
  "not-acceptable": 406,
  "too-slow": 408,
  "still-running": 409,
  "queue-full": 409,
  superseded: 409,
  rescheduled: 409,
  removed: 409,
  paused: 409,
  suspended: 409,
  expired: 409,
  "not-declared": 409,
  "container-not-running": 409,
  "key-used": 409,
  "unreadable-record": 409,
  changed: 412,
  "too-large": 413,
  "unsupported-type": 415,
  "wrong-host": 421,
  "too-many-tries": 429,
  "too-much": 429,
  bug: 500,
  unclear: 503,
  "ledger-unavailable": 503,
  "too-many-streams": 503,
} as const;

export type FaultCode = keyof typeof FAULT_STATUS;

/**
 * Thrown when a request cannot be carried out, by whatever finds out. The message is a sentence for the one who asked; it
 * quotes nothing secret. It becomes a page, a problem of the API or a line of text, whichever the client reads.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: FaultCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return FAULT_STATUS[this.code];
  }
}
