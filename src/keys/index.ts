export { createApiKeyService, type ApiKeyService, type KeyActor } from './api-key-service';
export { createApiKeyStore } from './api-key-store';
export { createApiKeyVerifier, type ApiKeyVerifier } from './api-key-verifier';
export { normaliseIp } from './ip-ranges';
export { createKeyChanges } from './key-changes';
export { allowsScope } from './scopes';
