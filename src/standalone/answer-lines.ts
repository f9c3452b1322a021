import { createInterface } from 'node:readline';

/** A field by which a line is named: its answer, or its error, names it too. */
type Name = 'id' | 'task' | 'series';

/**
 * Answers each line of the standard input by one of the standard output, in the same order. A line that cannot be answered is
 * answered with its error, and the exit code is 1 in the end.
 */
export async function answerLines(name: Name, answer: (line: string) => object): Promise<void> {
  let number = 0;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      console.log(JSON.stringify(answer(line)));
    } catch (error) {
      process.exitCode = 1;
      const message = error instanceof Error ? error.message : String(error);
      console.log(JSON.stringify({ [name]: nameOf(line, name), error: `line ${number}: ${message}` }));
    }
  }
}

function nameOf(line: string, name: Name): unknown {
  try {
    return (JSON.parse(line) as Partial<Record<Name, unknown>> | null)?.[name] ?? null;
  } catch {
    return null;
  }
}
