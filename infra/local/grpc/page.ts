/** Pages of a list that is ordered by name. */
import { StatusError } from "./status-error.ts";

export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/**
 * @param list the items after a name, at most `limit`
 * @throws StatusError INVALID_ARGUMENT for a token that was not made here
 */
export function page<T extends { readonly name: string }>(
  request: PageRequest,
  maxSize: number,
  list: (after: string, limit: number) => T[],
): { items: T[]; nextPageToken: string } {
  if (request.pageSize < 0) throw new StatusError("INVALID_ARGUMENT", "page_size is negative");
  const size = Math.min(request.pageSize || maxSize, maxSize);
  const found = list(readToken(request.pageToken), size + 1);
  const items = found.slice(0, size);
  const last = items.at(-1);
  return { items, nextPageToken: found.length > size && last ? writeToken(last.name) : "" };
}

function writeToken(name: string): string {
  return Buffer.from(name).toString("base64url");
}

function readToken(token: string): string {
  const name = Buffer.from(token, "base64url").toString();
  if (writeToken(name) !== token) throw new StatusError("INVALID_ARGUMENT", "page_token is not one of ours");
  return name;
}
