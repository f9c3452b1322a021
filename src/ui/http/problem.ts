/** What is wrong with one field of a form, keyed by the field's name in the request. */
export type FieldErrors = Readonly<Record<string, string>>;

/** A refusal of the HTTP API, as a person should read it. */
export class Problem extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly fields: FieldErrors;
  /** The same issue by issue, with whole names: `limits.0.price`. */
  readonly issues: readonly { field: string; message: string }[];
  /** Whether a plan with more would change it. */
  readonly isOfPlan: boolean;
  /** The page on which what was asked for is bought; null: there is none. */
  readonly checkoutUrl: string | null;
  /** The page on which what is open is paid first; null: there is none. */
  readonly paymentUrl: string | null;

  constructor(message: string, options: Partial<Omit<Problem, 'name' | 'message'>> = {}) {
    super(message);
    this.name = 'Problem';
    this.status = options.status ?? 0;
    this.code = options.code ?? 'unknown';
    this.fields = options.fields ?? {};
    this.issues = options.issues ?? [];
    this.isOfPlan = options.isOfPlan ?? false;
    this.checkoutUrl = options.checkoutUrl ?? null;
    this.paymentUrl = options.paymentUrl ?? null;
  }
}

/** Anything thrown, as a problem. What is not one tells nothing of the inside. */
export const toProblem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem('Something went wrong in this page. Reload it and try again.');
