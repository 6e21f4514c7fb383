/** A name for each figure that is the same in every run, so that the reports of two runs can be compared. */
import type { Figure } from "./measure.ts";

export interface NamedFigure extends Figure {
  /** `group/what`; no other figure of its bench has it. */
  readonly id: string;
}

/** Of figures that share a name, the second gets a `-2`, and so on. */
export function withIds(figures: readonly Figure[]): NamedFigure[] {
  const times = new Map<string, number>();
  return figures.map((figure) => {
    const name =
      figure.group === undefined ? slug(figure.what) : `${slug(figure.group)}/${slug(figure.what)}`;
    const count = (times.get(name) ?? 0) + 1;
    times.set(name, count);
    return { id: count === 1 ? name : `${name}-${count}`, ...figure };
  });
}

/** Lower-case letters and digits with hyphens between them: easy to ask for with jq. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
