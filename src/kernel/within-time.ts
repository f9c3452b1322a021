/**
 * What a promise gives, if it does so in time; the promise itself goes on. The wait does not keep the process alive.
 * @throws what the promise rejects with, or Error when it takes longer than `limitMs`.
 */
export async function withinTime<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs).unref();
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
