import { countryName } from '@/kernel/country-name';

/** The English name of an ISO 3166-1 country; what is no country is said as it is. */
export const originName = (code: string): string => (code === '' ? 'Unknown' : countryName(code));

const REASONS: Readonly<Record<string, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No content',
  206: 'Partial content',
  301: 'Moved permanently',
  302: 'Found',
  303: 'See other',
  304: 'Not modified',
  307: 'Temporary redirect',
  308: 'Permanent redirect',
  400: 'Bad request',
  401: 'Unauthenticated',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not valid',
  429: 'Too many requests',
  499: 'Client hung up',
  500: 'Server error',
  502: 'Bad gateway',
  503: 'Unavailable',
  504: 'Timed out',
};

/** `404 Not found`; the number alone where it has no common name. */
export const statusName = (code: string): string => (REASONS[code] ? `${code} ${REASONS[code]}` : code || 'None');
