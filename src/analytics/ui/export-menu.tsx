'use client';

import { Download, FileJson, FileSpreadsheet } from 'lucide-react';
import { Button } from '@/ui/button';
import { DropdownMenu, MenuItem, MenuLabel } from '@/ui/dropdown-menu';
import { apiQueryOf, rangeOf, type UsageSelection } from './usage-selection';

/** Downloads the usage events of the selection. */
export function ExportMenu({ selection }: { selection: UsageSelection }) {
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
    </DropdownMenu>
  );
}
