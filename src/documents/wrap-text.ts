/** The width of a text in points, as it will be drawn. */
export type MeasureText = (text: string) => number;

/** Where a word too long for a line is rather broken than anywhere: after what joins the parts of addresses and ids. */
const JOINTS = /(?<=[-/_.,:;?&=@+])/u;

/**
 * The text in lines of at most `width` points, broken after spaces, else after joints, else after any character; a line has one
 * character at least. A line that was broken after a space keeps it, so that what is copied from the drawing has it too.
 */
export function wrapText(text: string, width: number, measure: MeasureText): string[] {
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, width, measure));
}

function wrapParagraph(paragraph: string, width: number, measure: MeasureText): string[] {
  if (measure(paragraph) <= width) return [paragraph];
  const lines: string[] = [];
  let line = '';
  let filled = 0;
  const append = (part: string): void => {
    if (line !== '' && filled + measure(part.trimEnd()) > width) {
      lines.push(line);
      line = '';
      filled = 0;
    }
    line += part;
    filled += measure(part);
  };
  for (const word of paragraph.split(/(?<= )/)) {
    const parts = measure(word.trimEnd()) <= width ? [word] : word.split(JOINTS);
    for (const part of parts) {
      if (measure(part.trimEnd()) <= width) append(part);
      else for (const character of part) append(character);
    }
  }
  return [...lines, line];
}

/** The text on one line of at most `width` points, cut with … where it is longer. */
export function fitText(text: string, width: number, measure: MeasureText): string {
  if (measure(text) <= width) return text;
  let kept = '';
  let filled = measure('…');
  for (const character of text) {
    filled += measure(character);
    if (filled > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
