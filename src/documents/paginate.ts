/** What is not divided: it stands on one page, `height` points high. */
interface Strip {
  height: number;
  /** Must not be the last on its page while what follows goes to the next; ignored where both together exceed a page. */
  keepWithNext?: boolean;
}

/**
 * Deals strips to pages in order. The room of a page depends on its number and on the strip that it begins with, since a table's
 * head is repeated. A strip higher than a page has one to itself.
 *
 * @param roomOf points of height for strips on the page that begins with `first`
 */
export function paginate<T extends Strip>(strips: readonly T[], roomOf: (page: number, first: T) => number): T[][] {
  const pages: T[][] = [];
  let left = 0;
  const place = (group: readonly T[], height: number): void => {
    const page = pages.at(-1);
    if (page && height <= left) {
      page.push(...group);
      left -= height;
      return;
    }
    const room = roomOf(pages.length, group[0]!);
    if (group.length > 1 && height > room) {
      for (const strip of group) place([strip], strip.height);
      return;
    }
    pages.push([...group]);
    left = room - height;
  };
  let group: T[] = [];
  for (const [at, strip] of strips.entries()) {
    group.push(strip);
    if (strip.keepWithNext && at < strips.length - 1) continue;
    place(
      group,
      group.reduce((sum, { height }) => sum + height, 0),
    );
    group = [];
  }
  return pages;
}
