/** The report as one HTML page that needs nothing else: no script, no network, no file beside it. */
import { readFileSync } from "node:fs";
import { pointsOf } from "../ask/points.ts";
import type { AnsweredQuestion, Gathered } from "./gather.ts";
import { type Html, html, trusted } from "./html.ts";
import { svgChart, WIDTHS } from "./svg-chart.ts";
import { tableOf } from "./table.ts";

export interface PageFacts {
  /** Where the data is: project and dataset. */
  readonly place: string;
  /** ISO 8601. */
  readonly since: string;
  readonly until: string;
  readonly made: string;
}

const STYLE = readFileSync(new URL("./report.css", import.meta.url), "utf8");

/** Nothing runs and nothing is loaded, whatever a sender wrote into a tag. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

export function pageOf(facts: PageFacts, { summary, sections }: Gathered): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>Container images: who pulled what</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<h1>Container images: who pulled what</h1>
<p class="soft">${minute(facts.since)} to ${minute(facts.until)} UTC · ${facts.place} · made ${minute(facts.made)} UTC by Pullhouse</p>
</header>
<main>
<p>Container registries report every request for an image. A <strong>pull</strong> is what a person calls one: a download of
an image, made of several requests. A <strong>check</strong> only asks whether there is something new. An
<strong>identity</strong> is whoever the registry recognised: a person, a pipeline, a machine.</p>
<dl class="tiles">${tiles(summary)}</dl>
${sections.map(
  ({ title, answers }) => html`<section>
<h2>${title}</h2>
${answers.map(answerOf)}</section>
`,
)}</main>
<footer class="soft">
<p>This page holds names, e-mail addresses and places of people: handle it as such. Every figure comes from a question that
can be asked again: <code>pullhouse ask</code> lists them.</p>
</footer>
</body>
</html>
`.html;
}

function tiles({ fields, rows }: AnsweredQuestion): readonly Html[] {
  const [row] = rows;
  return fields.map(({ name }) => {
    const value = Number(row?.[name] ?? 0).toLocaleString("en-US");
    return html`<div><dt>${name.replaceAll("_", " ")}</dt><dd>${value}</dd></div>`;
  });
}

function answerOf(answered: AnsweredQuestion): Html {
  const { question, note, fields, rows } = answered;
  return html`<article id="${question.name}">
<h3>${question.title}</h3>
<p class="soft">${question.answers}${note === undefined ? "" : ` ${note}`}</p>
${rows.length === 0 ? html`<p>Nothing in this time.</p>` : html`${figureOf(answered)}${tableFor(question.name, fields, rows)}`}
</article>
`;
}

/** Steps in time are told by their chart; a table of each hour would say the same again. */
const CHART_SAYS_ALL = new Set(["daily", "busiest-hours"]);

function tableFor(name: string, fields: AnsweredQuestion["fields"], rows: AnsweredQuestion["rows"]): Html {
  return CHART_SAYS_ALL.has(name) ? html`` : tableOf(name, fields, rows);
}

function figureOf({ question, rows }: AnsweredQuestion): Html {
  const { chart } = question;
  if (chart === undefined) return html``;
  const points = pointsOf(chart, rows);
  const most = points.reduce((best, point) => (point.amount > best.amount ? point : best));
  const words = `${chart.value} by ${chart.by.replaceAll("_", " ")}`;
  const label = `${question.title}: ${words}; most: ${most.label}, ${most.amount.toLocaleString("en-US")}`;
  const drawn = Object.entries(WIDTHS).map(
    ([
      name,
      width,
    ]) => html`<div class="${name}" role="img" aria-label="${label}">${trusted(svgChart(chart, points, width))}</div>
`,
  );
  return html`<figure>
${drawn}<figcaption>${words}</figcaption>
</figure>
`;
}

function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
