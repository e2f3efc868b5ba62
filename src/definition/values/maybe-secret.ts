/** Whether a text looks like a token, a hash or an address. In the wrong place, it is not to be quoted. */
export function maybeSecret(text: string): boolean {
  return /^sb_|[$=/]|^.{33}/.test(text);
}
