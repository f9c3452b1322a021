/** What stands in the paths of routes. */
import { z } from 'zod';

/** Ids are compared as text, so they have one spelling. */
const id = z.uuid().toLowerCase();
export const metricKey = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected the key of a metric, e.g. api_calls');

export const idPath = z.object({ id });
export const invoiceLinePath = z.object({ id, lineId: id });
export const memberPath = z.object({ id, userId: id });
export const invitationPath = z.object({ id, invitationId: id });
export const grantPath = z.object({ id, grantId: id });
export const metricPath = z.object({ metric: metricKey });
export const organizationMetricPath = z.object({ id, metric: metricKey });
