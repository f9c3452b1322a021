import { formatBytes, formatCompact, formatExact } from './format-number';
import { pluralUnit } from './plural-unit';

const isBytes = (unit: string): boolean => unit === 'byte' || unit === 'bytes';

/** A quantity as briefly as it can be told, without its unit unless the unit is bytes: `12.3K`, `171.5`, `4.2 GB`. */
export const formatAmount = (quantity: number | string, unit: string): string =>
  isBytes(unit) ? formatBytes(quantity) : formatCompact(quantity);

/** A quantity with its unit: `12.3K calls`, `1 call`, `171.5 GB`, `4.2 GB` for bytes. */
export const formatQuantity = (quantity: number | string, unit: string): string =>
  isBytes(unit) ? formatBytes(quantity) : `${formatCompact(quantity)} ${pluralUnit(unit, quantity)}`;

/** Every digit, with the unit: `12,345 calls`. */
export const formatExactQuantity = (quantity: number | string, unit: string): string =>
  `${formatExact(quantity)} ${pluralUnit(unit, quantity)}`;
