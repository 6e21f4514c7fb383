/** An answer's chart as SVG text, drawn by Observable Plot without a browser. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Point } from "../ask/points.ts";
import type { Chart } from "../ask/questions.ts";

/** Pixels; the page shows the one that fits. Text keeps its size in both. */
export const WIDTHS = { narrow: 340, wide: 860 } as const;

const FONT_SIZE = 13;
/** Upper bounds of a character's width in a sans-serif font: small letters, capitals, and what is as wide as high. */
const LETTER = 0.65 * FONT_SIZE;
const CAPITAL = 0.85 * FONT_SIZE;
const SQUARE = 1.1 * FONT_SIZE;
const IS_CAPITAL = /[\p{Lu}mw@%&<>=]/u;
const IS_SQUARE =
  /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f000}-\u{3fffd}]/u;

const BARS_MAX = 12;
const BAR_HEIGHT = 28;
const COLUMN_MAX = 64;
const MARGIN = 12;
const FILL = "var(--accent)";

/** For those who see; whoever embeds it says the same in words. */
export function svgChart(chart: Chart, points: readonly Point[], width: number): string {
  const draw = { bars, columns, lines }[chart.kind];
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const drawn = Plot.plot({
    document,
    width,
    style: { fontSize: `${FONT_SIZE}px`, background: "none" },
    ...draw(chart, points, width),
  });
  drawn.setAttribute("aria-hidden", "true");
  return drawn.outerHTML;
}

type Drawn = Omit<Plot.PlotOptions, "document" | "width">;

const amountText = (amount: number) => amount.toLocaleString("en-US");

function bars({ value }: Chart, points: readonly Point[], width: number): Drawn {
  const shown = points.slice(0, BARS_MAX).map((point, index) => ({ ...point, row: String(index) }));
  const labelMax = width * 0.42;
  const labels = new Map(shown.map(({ row, label }) => [row, fitted(label, labelMax)]));
  const marginLeft = MARGIN + Math.max(...[...labels.values()].map(widthOf));
  return {
    height: shown.length * BAR_HEIGHT + 2 * MARGIN,
    marginLeft,
    marginRight: MARGIN + Math.max(...shown.map(({ amount }) => widthOf(amountText(amount)))),
    marginTop: MARGIN,
    marginBottom: MARGIN,
    x: { axis: null, domain: [0, Math.max(1, ...shown.map(({ amount }) => amount))], label: value },
    y: {
      type: "band",
      domain: shown.map(({ row }) => row),
      label: null,
      tickSize: 0,
      tickFormat: (row: string) => labels.get(row) ?? "",
      padding: 0.25,
    },
    marks: [
      Plot.barX(shown, { x: "amount", y: "row", fill: FILL }),
      Plot.text(shown, {
        x: "amount",
        y: "row",
        text: ({ amount }: Point) => amountText(amount),
        textAnchor: "start",
        dx: 6,
      }),
    ],
  };
}

/** Steps in their order: hours, months. */
function columns({ value, by }: Chart, points: readonly Point[], width: number): Drawn {
  const margins = upright(points);
  const everyNth = Math.ceil((points.length * 3.5 * LETTER) / width);
  const labels = points.map(({ label }) => label);
  return {
    height: 220,
    ...margins,
    marginRight: Math.max(margins.marginRight, width - margins.marginLeft - points.length * COLUMN_MAX),
    x: {
      type: "band",
      label: by,
      domain: labels,
      ticks: labels.filter((_, index) => index % everyNth === 0),
      tickFormat: stepText,
      padding: 0.2,
    },
    y: { label: value, grid: true, ...countTicks(points) },
    marks: [Plot.barY(points, { x: "label", y: "amount", fill: FILL }), Plot.ruleY([0])],
  };
}

function lines({ value }: Chart, points: readonly Point[], width: number): Drawn {
  const timed = points.map(({ label, amount }) => ({ at: new Date(`${label}T00:00:00Z`), amount }));
  return {
    height: 220,
    ...upright(points),
    x: { type: "utc", label: null, ticks: width > WIDTHS.narrow ? 8 : 4 },
    y: { label: value, grid: true, ...countTicks(points) },
    marks: [
      Plot.areaY(timed, { x: "at", y: "amount", fill: FILL, fillOpacity: 0.2 }),
      Plot.lineY(timed, { x: "at", y: "amount", stroke: FILL, strokeWidth: 2, marker: timed.length < 40 }),
      Plot.ruleY([0]),
    ],
  };
}

function upright(points: readonly Point[]) {
  const most = Math.max(1, ...points.map(({ amount }) => amount));
  return {
    marginLeft: 2 * MARGIN + widthOf(amountText(most)),
    marginBottom: 40,
    marginTop: 30,
    marginRight: 24,
  };
}

/** Counts have no fractions, so neither has their axis. */
function countTicks(points: readonly Point[]) {
  const most = Math.max(1, ...points.map(({ amount }) => amount));
  return { domain: [0, most], ticks: Math.min(5, most), tickFormat: (amount: number) => amountText(amount) };
}

/** `2026-11-01` is shown as its month. */
function stepText(label: string): string {
  return label.replace(/^(\d{4}-\d{2})-01$/, "$1");
}

function widthOf(text: string): number {
  return Array.from(text).reduce((sum, letter) => sum + letterWidth(letter), 0);
}

function letterWidth(letter: string): number {
  if (IS_SQUARE.test(letter)) return SQUARE;
  return IS_CAPITAL.test(letter) ? CAPITAL : LETTER;
}

/** A label that is too wide loses its beginning: images of one registry differ at their end. */
function fitted(label: string, max: number): string {
  if (widthOf(label) <= max) return label;
  const letters = Array.from(label);
  while (letters.length > 0 && widthOf(`…${letters.join("")}`) > max) letters.shift();
  return `…${letters.join("")}`;
}
