/** What the report tells, in the order of the page. */

export interface Section {
  readonly title: string;
  readonly questions: readonly Asked[];
}

export interface Asked {
  readonly question: string;
  /** Options that differ from the report's own. */
  readonly options?: Readonly<Record<string, string>>;
  /** What the reader has to know of them. */
  readonly note?: string;
}

const asked = (...names: readonly string[]): readonly Asked[] => names.map((question) => ({ question }));

/** The figures at the top come from this one. */
export const SUMMARY = "summary";

export const SECTIONS: readonly Section[] = [
  {
    title: "How much",
    // Months are only worth comparing over years.
    questions: [...asked("daily", "busiest-hours"), { question: "growth", options: { since: "730d" } }],
  },
  {
    title: "Which images",
    questions: asked("top-images", "top-tags", "folded", "latest", "stale", "forgotten-tags"),
  },
  {
    title: "Who, and with what",
    questions: asked("identity-kinds", "polling", "new-identities", "new-places"),
  },
  {
    title: "What to look at",
    questions: [
      ...asked("errors", "denials", "changes"),
      {
        question: "replays",
        // No rollup has the digests: a month of them would cost more than the rest of the page.
        options: { since: "1d" },
        note: "Of the last whole day, and of today as far as the page goes. For more days: pullhouse ask replays --since 30d.",
      },
    ],
  },
];

/** What needs an image or a digest to be asked about. */
export const NOT_IN_REPORT = ["who-pulls", "tag-history"] as const;
