import type { HttpTemplate } from "../../job/job.ts";
import { shownAddress } from "../../job/shown-address.ts";

/** What may be shown of a request: `POST https://app:8080/…`. */
export function requestInWords({ method, url }: HttpTemplate): string {
  return `${method} ${shownAddress(url)}`;
}

/** The statuses that are a success: `200-299, 304`. */
export function statusesInWords({ expect }: HttpTemplate): string {
  return expect.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}
