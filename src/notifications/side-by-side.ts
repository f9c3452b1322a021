/** Does `work` for each item, `width` of them at once at most. Rejects with the first failure, once nothing runs any more. */
export async function sideBySide<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  for (const done of lanes) if (done.status === 'rejected') throw done.reason;
}
