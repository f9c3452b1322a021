import { type Pool, type PoolClient } from 'pg';

export interface StripePrice {
  planVersionId: string;
  /** Of Stripe's two worlds: false is the sandbox. */
  livemode: boolean;
  productId: string;
  priceId: string;
}

/** The price at Stripe by which a plan version is paid there; null: it has none yet. */
export async function readPrice(pool: Pool, planVersionId: string, livemode: boolean): Promise<StripePrice | null> {
  const { rows } = await pool.query<StripePrice>(
    `select plan_version_id as "planVersionId", livemode, product_id as "productId", price_id as "priceId"
     from stripe_prices where plan_version_id = $1 and livemode = $2`,
    [planVersionId, livemode],
  );
  return rows[0] ?? null;
}

/** The plan version that a price at Stripe pays; null: it is none of ours. */
export async function readPlanOfPrice(pool: Pool, priceId: string): Promise<string | null> {
  const { rows } = await pool.query<{ plan_version_id: string }>(
    'select plan_version_id from stripe_prices where price_id = $1',
    [priceId],
  );
  return rows[0]?.plan_version_id ?? null;
}

export async function writePrice(client: PoolClient, price: StripePrice): Promise<void> {
  await client.query(
    `insert into stripe_prices (plan_version_id, livemode, product_id, price_id) values ($1, $2, $3, $4) on conflict do nothing`,
    [price.planVersionId, price.livemode, price.productId, price.priceId],
  );
}
