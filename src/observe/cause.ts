/** Returns the messages of an error and its causes, in one line. */
export function causeText(cause: unknown): string {
  const messages: string[] = [];
  for (let error = cause; error !== undefined && messages.length < 5; error = causeOf(error)) {
    const message = error instanceof Error ? error.message || error.name : String(error);
    // A message often repeats its cause's.
    if (!messages.some((earlier) => earlier.includes(message))) messages.push(message);
  }
  return messages.join(": ");
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? undefined) : undefined;
}
