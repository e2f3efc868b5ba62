/** Another file that a schedule file speaks of, by its absolute path. */
export type Beside = { readonly text: string } | { readonly unreadable: string; readonly isMissing: boolean };

/**
 * What such a file holds. Undefined while it has not been read yet: the schedule file is then parsed once more when it
 * has, and what was made of it this time is not used.
 */
export type ReadBeside = (path: string) => Beside | undefined;

/**
 * Whether such a file is there, without what it holds, which may be a secret: why it cannot be read, if it is known that it
 * cannot. Undefined while nobody has looked yet, as with `ReadBeside`.
 */
export type SeeBeside = (path: string) => { readonly unreadable?: string } | undefined;
