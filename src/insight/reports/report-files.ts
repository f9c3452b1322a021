/** Where finished reports lie. */
export interface ReportFiles {
  /**
   * Writes a file, wholly or not at all, as fast as it takes the parts.
   *
   * @param key folders and name, of letters, digits, `-`, `.` and `/`
   * @returns how many bytes it has
   */
  write(key: string, contentType: string, parts: AsyncIterable<Uint8Array>): Promise<number>;
  /** Null where there is no such file. */
  read(key: string): Promise<ReadableStream<Uint8Array> | null>;
  /** Removes one file; none is fine. */
  remove(key: string): Promise<void>;
  /** Removes all files whose keys begin with `folder` and a slash; none are fine. */
  removeFolder(folder: string): Promise<void>;
}

/** All files of a report, whoever began to write them. */
export const folderOf = (organizationId: string, reportId: string): string => `${organizationId}/${reportId}`;
