/** What a scenario found: figures for the reader, and what is not as it must be. */
export interface QuotaVerdict {
  readonly figures: readonly string[];
  readonly wrong: readonly string[];
  /** How long units of a dead process were stranded, in ms; null where none died. */
  readonly strandedMs: number | null;
}

/** Collects the findings of one scenario. */
export class QuotaFindings implements QuotaVerdict {
  readonly figures: string[] = [];
  readonly wrong: string[] = [];
  strandedMs: number | null = null;

  note(figure: string): this {
    this.figures.push(figure);
    return this;
  }

  /** A figure that must be exactly so much. */
  exactly(what: string, actual: number, wanted: number): this {
    return this.between(what, actual, wanted, wanted);
  }

  /** A figure that must not leave two bounds. */
  between(what: string, actual: number, least: number, most: number): this {
    this.note(`${what} ${actual}`);
    if (actual < least || actual > most)
      this.wrong.push(`${what}: ${actual}, not ${least === most ? least : `${least} to ${most}`}`);
    return this;
  }

  /** What must be, and is worth no figure. */
  must(what: string, holds: boolean): this {
    if (!holds) this.wrong.push(what);
    return this;
  }
}
