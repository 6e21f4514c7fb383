/** What went wrong, for a report, which is no place for a stack. */

/** With its causes; of an error that came while another one was on its way, that other one first. */
export function errorText(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${errorText(error.suppressed)}; then, clearing up: ${errorText(error.error)}`;
  }
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${errorText(error.cause)}`;
}
