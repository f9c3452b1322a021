/** What was typed into a field of a form, without spaces around it; empty where there is no such field. */
export function formText(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
