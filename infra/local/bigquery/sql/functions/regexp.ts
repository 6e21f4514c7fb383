/** What a regular expression (RE2) captures, as far as the translation has to know. */

export interface Capturing {
  readonly groups: number;
  /** The group, or one around it, may be left out: by ?, *, {0 or an alternative beside it. */
  readonly optional: boolean;
}

interface Group {
  readonly captures: boolean;
  /** A capturing group is somewhere inside. */
  holds: boolean;
  alternatives: boolean;
}

/** Counts the groups that capture: `(` that is not escaped, in no class, and no `(?` unless it names a group. */
export function capturing(pattern: string): Capturing {
  const flat = pattern.replaceAll(/\\[\s\S]/g, "").replaceAll(/\[\^?\]?[^\]]*\]/g, "");
  const root: Group = { captures: false, holds: false, alternatives: false };
  const open = [root];
  let groups = 0;
  let optional = false;
  for (let at = 0; at < flat.length; at += 1) {
    const top = open.at(-1) ?? root;
    if (flat[at] === "|") top.alternatives = true;
    if (flat[at] === "(") {
      const captures = /^\((?!\?)|^\(\?P?<[A-Za-z]/.test(flat.slice(at, at + 5));
      if (captures) groups += 1;
      open.push({ captures, holds: false, alternatives: false });
    }
    if (flat[at] !== ")" || top === root) continue;
    open.pop();
    if (!top.captures && !top.holds) continue;
    (open.at(-1) ?? root).holds = true;
    optional ||= /^\)(?:[?*]|\{0)/.test(flat.slice(at, at + 3)) || (top.holds && top.alternatives);
  }
  return { groups, optional: optional || (root.holds && root.alternatives) };
}
