/** Another plan that would hold present use, and what it would cost. Amounts in major units, e.g. `"49.00"`. */
export interface UpgradeOffer {
  planName: string;
  currency: string;
  /** A month of it. */
  price: string;
  /** A month of it with the overage to be expected. */
  total: string;
  /** A month of the present plan with the overage to be expected; null where its limits refuse the use. */
  presentTotal: string | null;
}
