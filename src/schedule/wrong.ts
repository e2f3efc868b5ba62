/** What is wrong with something a user wrote: a sentence that says what, what is allowed, and what to write instead. */
export interface Wrong {
  readonly wrong: string;
}

export function wrong(message: string): Wrong {
  return { wrong: message };
}

export function isWrong(value: unknown): value is Wrong {
  return typeof value === "object" && value !== null && "wrong" in value;
}
