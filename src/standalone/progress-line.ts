/** Shows how far a step has come, on one line that is rewritten; where nobody watches, only that it began. */
export function createProgressLine(label: string, output: NodeJS.WriteStream = process.stdout) {
  let begun = false;
  return (share: number) => {
    if (output.isTTY) output.write(`\r  ${label} ${Math.round(share * 100)} %${share >= 1 ? '\n' : ''}`);
    else if (!begun) output.write(`  ${label} …\n`);
    begun = true;
  };
}
