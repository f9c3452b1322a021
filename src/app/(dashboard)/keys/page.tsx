import { type Metadata } from 'next';
import { requirePageSession, services } from '@/container';
import { heldLimitView } from '@/plans';
import { KeysPanel } from '@/keys/ui/keys-panel';

export const metadata: Metadata = { title: 'API keys' };

const FIRST_PAGE = 50;

export default async function KeysPage() {
  const { organization } = await requirePageSession();
  const { apiKeys, planAllowances, env } = services();
  const [keys, held, allowance] = await Promise.all([
    apiKeys.list(organization.id, { limit: FIRST_PAGE }),
    apiKeys.countHeld(organization.id),
    planAllowances.of(organization.id, 'api_keys'),
  ]);
  return (
    <KeysPanel key={organization.id} initial={keys} allowance={heldLimitView(allowance, held)} apiUrl={env.APP_URL} />
  );
}
