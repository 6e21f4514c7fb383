/** All that the control plane remembers, by full resource name (https://cloud.google.com/iam/docs/full-resource-names). */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "./json.ts";

/** Something that Google shows late, and how often it was asked for before it was shown. */
interface Appearance {
  readonly atMs: number;
  asked: number;
}

interface Snapshot {
  readonly resources: [string, Json][];
  readonly policies: [string, Json][];
  readonly blocked: [string, number][];
  readonly appearances: [string, Appearance][];
  readonly projects: [string, string][];
  readonly serial: number;
}

export class State {
  /** `//pubsub.googleapis.com/projects/…/topics/…` to the resource as it is answered. */
  readonly resources: Map<string, Json>;
  /** IAM policies; a resource without one has the API's default. */
  readonly policies: Map<string, Json>;
  /** Names that cannot be used again before a time, in ms since 1970. */
  readonly blocked: Map<string, number>;
  readonly appearances: Map<string, Appearance>;
  /** Ids by number, of the projects that were seen. */
  readonly projects: Map<string, string>;
  readonly #file: string;
  #serial: number;

  /** Reads what a state before left in the folder. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, "state.json");
    const empty: Snapshot = {
      resources: [],
      policies: [],
      blocked: [],
      appearances: [],
      projects: [],
      serial: 0,
    };
    const saved = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as Snapshot) : empty;
    this.resources = new Map(saved.resources);
    this.policies = new Map(saved.policies);
    this.blocked = new Map(saved.blocked);
    this.appearances = new Map(saved.appearances);
    this.projects = new Map(saved.projects);
    this.#serial = saved.serial;
  }

  /** A number that was never given before: for etags, generations and ids. */
  next(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** Names below a parent, for example all tables of a dataset. */
  below(parent: string): readonly string[] {
    return [...this.resources.keys()].filter((name) => name.startsWith(`${parent}/`)).sort();
  }

  save(): void {
    const snapshot: Snapshot = {
      resources: [...this.resources],
      policies: [...this.policies],
      blocked: [...this.blocked],
      appearances: [...this.appearances],
      projects: [...this.projects],
      serial: this.#serial,
    };
    writeFileSync(`${this.#file}.new`, JSON.stringify(snapshot));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
