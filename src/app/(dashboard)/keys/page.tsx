import { type Metadata } from 'next';
import { requirePageSession, services } from '@/container';
import { KeysPanel } from '@/keys/ui/keys-panel';

export const metadata: Metadata = { title: 'API keys' };

const FIRST_PAGE = 50;

export default async function KeysPage() {
  const { organization } = await requirePageSession();
  const { apiKeys, env } = services();
  const keys = await apiKeys.list(organization.id, { limit: FIRST_PAGE });
  return <KeysPanel key={organization.id} initial={keys} apiUrl={env.APP_URL} />;
}
