/** E-mail addresses in any text, found from their `@`: in time that grows with the text, whatever is in it. */
import { trimEnd } from "#services/shared/trim.ts";

/** What ends the part before the `@`; of RFC 5322's characters those that also separate things in identities and URLs. */
const BEFORE = /[^\s"'<>()[\]{},:;\\/@|*]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;
/** At least two labels, the last of letters: `app@sha256` and `module@v1.2.3` are none. */
const IS_DOMAIN = /^(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}$/u;

/** @param keep what an address becomes */
export function scrubEmails(text: string, keep: (address: string, domain: string) => string): string {
  let result = "";
  let from = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > from && BEFORE.test(text[start - 1] as string)) start -= 1;
    let end = at + 1;
    while (end < text.length && DOMAIN.test(text[end] as string)) end += 1;
    const domain = trimEnd(text.slice(at + 1, end), ".-");
    if (start === at || !IS_DOMAIN.test(domain)) continue;
    end = at + 1 + domain.length;
    result += text.slice(from, start) + keep(text.slice(start, end), domain);
    from = end;
  }
  return result + text.slice(from);
}
