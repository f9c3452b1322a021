import { type z } from 'zod';
import {
  apiKey,
  apiKeyList,
  apiKeyListQuery,
  apiKeyPath,
  createApiKeyInput,
  createdApiKey,
  rotateApiKeyInput,
} from '@/keys/contracts';
import { idempotencyHeader } from './idempotency-header';
import { type Operation } from './operation';

const tag = 'API keys';
const json = (schema: z.ZodType) => ({ 'application/json': schema });
const pathParams = apiKeyPath;

export const keyOperations: Operation[] = [
  {
    path: '/api/v1/keys',
    method: 'get',
    id: 'listApiKeys',
    tag,
    summary: 'List keys',
    description: 'The newest first. Secrets are never shown again.',
    access: 'key_or_person',
    scope: 'keys:read',
    query: apiKeyListQuery,
    answer: { status: 200, says: 'One page of keys.', content: json(apiKeyList) },
  },
  {
    path: '/api/v1/keys',
    method: 'post',
    id: 'createApiKey',
    tag,
    summary: 'Create a key',
    description: 'The answer is the only place where the secret is shown.',
    access: 'key_or_person',
    scope: 'keys:write',
    headers: idempotencyHeader,
    body: { content: json(createApiKeyInput), example: { name: 'Production', scopes: ['usage:read'] } },
    answer: { status: 201, says: 'The key and its secret.', content: json(createdApiKey) },
    errors: ['forbidden', 'idempotency_conflict'],
  },
  {
    path: '/api/v1/keys/{id}',
    method: 'get',
    id: 'getApiKey',
    tag,
    summary: 'Read a key',
    access: 'key_or_person',
    scope: 'keys:read',
    pathParams,
    answer: { status: 200, says: 'The key, without its secret.', content: json(apiKey) },
  },
  {
    path: '/api/v1/keys/{id}',
    method: 'delete',
    id: 'revokeApiKey',
    tag,
    summary: 'Revoke a key',
    description: 'It stops working everywhere within a second. This cannot be undone.',
    access: 'key_or_person',
    scope: 'keys:write',
    pathParams,
    answer: { status: 204, says: 'The key is revoked.' },
    errors: ['forbidden'],
  },
  {
    path: '/api/v1/keys/{id}/rotate',
    method: 'post',
    id: 'rotateApiKey',
    tag,
    summary: 'Rotate a key',
    description: 'Makes a key with the same rights; the old one goes on working for the overlap.',
    access: 'key_or_person',
    scope: 'keys:write',
    pathParams,
    headers: idempotencyHeader,
    body: { content: json(rotateApiKeyInput), example: { overlap_seconds: 86_400 } },
    answer: { status: 201, says: 'The new key and its secret.', content: json(createdApiKey) },
    errors: ['forbidden', 'conflict', 'idempotency_conflict'],
  },
];
