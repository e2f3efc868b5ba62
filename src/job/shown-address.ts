/**
 * Returns what may be shown of an address that has a secret in its path, query or user: `https://hooks.example.com/…`.
 * Nothing of a text that is no address.
 */
export function shownAddress(address: string): string {
  const url = URL.parse(address.trim());
  return url === null || url.host === "" ? "…" : `${url.protocol}//${url.host}/…`;
}
