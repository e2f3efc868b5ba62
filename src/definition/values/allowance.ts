/** What a value costs in addition to its characters. */
export const PER_VALUE = 16;

/** Small files may repeat as much as they like. */
const SPARE = 1024 ** 2;
/** Ten thousand short jobs may each have a kilobyte of defaults. */
const FOR_EACH_CHARACTER = 32;

/**
 * How much a text may grow by what repeats in it: aliases, merges, defaults, variables, and files of variables that several
 * jobs name. All of these can multiply. An allowance in proportion to what is written keeps the time of reading in
 * proportion to it, too.
 */
export class Allowance {
  #left: number;

  constructor(writtenCharacters: number) {
    this.#left = SPARE + FOR_EACH_CHARACTER * writtenCharacters;
  }

  /** Takes this many characters. Returns false where fewer are left. */
  take(characters: number): boolean {
    if (characters > this.#left) return false;
    this.#left -= Math.max(0, characters);
    return true;
  }
}

/** The mistake where an allowance is used up. */
export const GROWS_TOO_LARGE = {
  message: "with its aliases, defaults and variables filled in, this is larger than the file may become",
  hint: "repeat less of it, or split the file into several",
} as const;
