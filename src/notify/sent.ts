/**
 * How one try to tell something ended. `because` is one short cause: a status, or why there was none. It never has an
 * address, a secret or a word of the answer, so that it may stand in logs, pages and records.
 *
 * - `delivered`: the receiver has taken it.
 * - `again`: it has not, and may take it later; `waitMs`: not before, as the receiver asks.
 * - `final`: it never will. `mayPass`: unless it is just being started again. `isContent`: because of what the message says, or how much; another one it may take.
 * - `perhaps`: everything was sent, and no answer came. It may have been heard; it is to be tried again.
 */
export type Sent =
  | { readonly result: "delivered"; readonly because: string; readonly answer?: string }
  | { readonly result: "again"; readonly because: string; readonly waitMs?: number; readonly answer?: string }
  | {
      readonly result: "final";
      readonly because: string;
      readonly isContent?: true;
      readonly mayPass?: true;
      readonly answer?: string;
    }
  | { readonly result: "perhaps"; readonly because: string; readonly answer?: string };

/** For how long a receiver may ask to be left alone. */
export const LONGEST_WAIT_MS = 60 * 60_000;
