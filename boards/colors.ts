/** The same outcome has the same colour on every board. */
export const OUTCOME_COLORS = {
  succeeded: "green",
  failed: "red",
  rejected: "orange",
  "timed-out": "purple",
  lost: "dark-red",
  replaced: "blue",
  cancelled: "gray",
} as const;

/** What was missed needs attention; most of what was skipped does not. */
export const REASON_COLORS = {
  "missed: gap": "red",
  "missed: too-late": "dark-red",
  "skipped: still-running": "orange",
  "skipped: paused": "gray",
  "skipped: suspended": "light-gray",
} as const;
