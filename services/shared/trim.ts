/** Trims characters off the end of a text in one pass; a regular expression that ends with `$` tries at every one of them. */
export function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1] as string)) end -= 1;
  return text.slice(0, end);
}
