'use client';

import { ArrowUpRight, Download, FileJson, FileSpreadsheet } from 'lucide-react';
import { type FeatureOffer } from '@/plans/contracts';
import { Button } from '@/ui/button';
import { DropdownMenu, MenuItem, MenuLabel } from '@/ui/dropdown-menu';
import { apiQueryOf, rangeOf, type UsageSelection } from './usage-selection';

/** Downloads the usage events of the selection, where the plan allows it. */
export function ExportMenu({ selection, offer }: { selection: UsageSelection; offer: FeatureOffer | null }) {
  const href = (format: string) => `/api/v1/usage/export?format=${format}&${apiQueryOf(selection)}`;
  return (
    <DropdownMenu
      trigger={
        <Button className="px-2.5">
          <Download aria-hidden className="size-3.5" />
          Export
        </Button>
      }
    >
      {offer ? (
        <>
          <p className="px-2 pt-1.5 pb-1 text-xs text-balance text-ink-2">
            The plan {offer.planName} does not have the export of usage.
            {offer.availableFrom !== null && ` The plan ${offer.availableFrom} has it.`}
          </p>
          <MenuItem asChild>
            <a href="/plans">
              <ArrowUpRight aria-hidden /> See plans
            </a>
          </MenuItem>
        </>
      ) : (
        <>
          <MenuLabel>
            Events, {rangeOf(selection.range).title.toLowerCase()}, {selection.mode} keys
          </MenuLabel>
          <MenuItem asChild>
            <a href={href('csv')} download>
              <FileSpreadsheet aria-hidden /> CSV, for a spreadsheet
            </a>
          </MenuItem>
          <MenuItem asChild>
            <a href={href('json')} download>
              <FileJson aria-hidden /> JSON, for a program
            </a>
          </MenuItem>
        </>
      )}
    </DropdownMenu>
  );
}
