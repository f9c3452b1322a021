import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Reader, type Response as Found } from 'maxmind';

/** The country of an address, ISO 3166-1 alpha-2, or null. */
export type CountryLookup = (ip: string) => string | null;

const DATABASE = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';

type CountryRecord = Found & { country_code?: string };

/**
 * Countries by the registries' own data (whois and ASN), under CC0 and PDDL. The file of 8 MB is read on the first look-up and stays
 * in memory.
 */
export function createCountryDatabase({ warn }: { warn: (problem: unknown, message: string) => void }): CountryLookup {
  let reader: Reader<CountryRecord> | null | undefined;

  function open(): Reader<CountryRecord> | null {
    try {
      // Resolved from the working directory: a bundle does not know where its packages lie.
      const path = createRequire(join(process.cwd(), 'package.json')).resolve(DATABASE);
      return new Reader<CountryRecord>(readFileSync(path));
    } catch (error) {
      warn(error, 'the country database cannot be read: usage is recorded without countries');
      return null;
    }
  }

  return (ip) => {
    reader = reader === undefined ? open() : reader;
    return reader?.get(ip)?.country_code ?? null;
  };
}
