import { type z } from 'zod';
import { apiKey, apiKeyList, createdApiKey, type CreateApiKeyInput } from '@/keys/contracts';
import { callApi } from '@/ui/http/call-api';

export type ApiKeyPage = z.output<typeof apiKeyList>;
export type CreatedApiKey = z.output<typeof createdApiKey>;

export const listKeys = (cursor: string): Promise<ApiKeyPage> =>
  callApi(`/api/v1/keys?cursor=${encodeURIComponent(cursor)}`, { answer: apiKeyList });

export const createKey = (input: CreateApiKeyInput): Promise<CreatedApiKey> =>
  callApi('/api/v1/keys', { method: 'POST', body: input, answer: createdApiKey });

export const rotateKey = (id: string, overlapSeconds: number): Promise<CreatedApiKey> =>
  callApi(`/api/v1/keys/${id}/rotate`, {
    method: 'POST',
    body: { overlap_seconds: overlapSeconds },
    answer: createdApiKey,
  });

export const revokeKey = (id: string): Promise<void> => callApi<z.ZodVoid>(`/api/v1/keys/${id}`, { method: 'DELETE' });

/** A created key without its secret, as the list shows it. */
export const withoutSecret = (created: CreatedApiKey) => apiKey.parse(created);
