/** What senders wrote, made visible. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { html } from "#services/cli/report/html.ts";
import { visible, visibleLines } from "#services/cli/visible.ts";

test("JSON is JSON with the same value, and nothing in it is obeyed", () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom("\u001b", "\u009b", "\u202e", "\ufeff", "\u2028"), fc.string()),
  });
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const shown = visibleLines(JSON.stringify(value));
      expect(JSON.parse(shown)).toEqual(value);
      expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\ufeff]/u);
    }),
  );
});

test("a value is one line, an output keeps its lines and tabs", () => {
  expect(visible("a\nb\tc\r")).toBe(String.raw`a\nb\tc\r`);
  expect(visibleLines("a\nb\tc\r\n")).toBe("a\nb\tc\\r\n");
});

test("text of all scripts stays as it is", () => {
  const text = "नमस्ते שלום العربية 👩‍💻 Ångström";
  expect(visible(text)).toBe(text);
});

test("a page of HTML, which is also written into files, has none either", () => {
  expect(html`<p>${"\u001b[2J<b>\u202e"}</p>`.html).toBe(String.raw`<p>\u001b[2J&lt;b&gt;\u202e</p>`);
});
