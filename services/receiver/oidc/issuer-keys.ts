/** The keys of one issuer: fetched at start, refreshed while they age, asked for anew when a token names another. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { Clock } from "#services/shared/clock.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import { type Discovered, discover, fetchDocument, unavailable } from "./discovery.ts";
import { KnownHeaders } from "./known-headers.ts";
import { Spaced } from "./spaced.ts";

/**
 * A rotated key is found within two seconds of its first token, and tokens with invented key ids cost the
 * issuer thirty requests a minute at most.
 */
const SPACING = { afterSuccess: 2_000, afterFailure: 1_000 } as const;
/** A token's key is waited for this long: a request refused for want of a key may be an event lost. */
const WAIT_MS = 3_000;
/** As many may wait; further ones are told to come again, so that invented key ids cannot fill the memory. */
const WAITING_MAX = 1_000;
/** A key that the issuer withdrew is accepted for no longer than this … */
const REFRESH_AGE_MS = 10 * 60_000;
const REFRESH_WAIT_MS = 1_000;
/** … unless the issuer cannot be reached: then its last keys count for a day. */
const MAX_AGE_MS = 24 * 3_600_000;

interface KeySet extends Discovered {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** Forgotten with every fetch, so that a withdrawn key is accepted by nobody. */
  readonly known: KnownHeaders;
}

export class IssuerKeys {
  readonly #issuer: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #refresh: Spaced<KeySet>;
  /** What the last discovery said; forgotten when its keys cannot be fetched, for they may have moved. */
  #discovered: Discovered | undefined;
  #keys: KeySet | undefined;
  #fetchedAt = 0;
  #refreshAskedAt = 0;
  #waiting = 0;

  constructor(issuer: string, clock: Clock, log: Log) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#log = log;
    this.#refresh = new Spaced(() => this.#fetch(), clock, SPACING);
  }

  /** Fetches before the first token comes. When that fails, the token tries again. */
  async warm(): Promise<void> {
    await Promise.allSettled([this.#refresh.ask()]);
  }

  /** The headers that were accepted with the keys that count now; `undefined` when the issuer is to be asked first. */
  get known(): KnownHeaders | undefined {
    const age = this.#clock.now() - this.#fetchedAt;
    return age > MAX_AGE_MS || this.#isRefreshDue() ? undefined : this.#keys?.known;
  }

  /**
   * The key that a token names.
   * @throws JWKSNoMatchingKey when the issuer, asked after the token came, has no such key
   * @throws JWKSMultipleMatchingKeys when the token names none and there are several
   * @throws PipelineError ISSUER_UNAVAILABLE when it could not be asked, or has a key that is none
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const current = await this.current();
    try {
      return await current.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw keyError(error);
    }
    const renewed = await this.#wait(() => this.#refresh.ask());
    return renewed.find(header, token).catch((error: unknown) => {
      throw keyError(error);
    });
  };

  /** @throws PipelineError ISSUER_UNAVAILABLE */
  async current(): Promise<Pick<KeySet, "algorithms" | "find" | "known">> {
    const age = this.#clock.now() - this.#fetchedAt;
    if (this.#keys === undefined || age > MAX_AGE_MS) return this.#wait(() => this.#refresh.join());
    if (this.#isRefreshDue()) {
      this.#refreshAskedAt = this.#clock.now();
      const refreshed = Promise.allSettled([this.#refresh.ask()]);
      await Promise.race([refreshed, this.#clock.sleep(REFRESH_WAIT_MS)]);
    }
    return this.#keys;
  }

  #isRefreshDue(): boolean {
    const now = this.#clock.now();
    return now - this.#fetchedAt > REFRESH_AGE_MS && now - this.#refreshAskedAt > REFRESH_WAIT_MS;
  }

  /** The key set of the first attempt that succeeds, as long as there is time. */
  async #wait(attempt: () => Promise<KeySet>): Promise<KeySet> {
    if (this.#waiting >= WAITING_MAX) throw unavailable("too many requests wait for its keys");
    this.#waiting += 1;
    const answered = new AbortController();
    const timeout = this.#clock.sleep(WAIT_MS, answered.signal).then(() => "late" as const);
    let reason: unknown = unavailable("it takes too long to answer");
    try {
      for (;;) {
        const tried = attempt().catch((error: unknown) => {
          reason = error;
          return "failed" as const;
        });
        const result = await Promise.race([tried, timeout]);
        if (result === "late") throw reason;
        if (result !== "failed") return result;
      }
    } finally {
      answered.abort();
      this.#waiting -= 1;
    }
  }

  async #fetch(): Promise<KeySet> {
    try {
      this.#discovered ??= await discover(this.#issuer);
      // jose says what is no key set.
      const keys = (await fetchDocument(this.#discovered.keysUrl)) as unknown as JSONWebKeySet;
      this.#keys = { ...this.#discovered, find: createLocalJWKSet(keys), known: new KnownHeaders() };
      this.#fetchedAt = this.#clock.now();
      return this.#keys;
    } catch (error) {
      this.#discovered = undefined;
      const reason = error instanceof PipelineError ? error : unavailable(`keys: ${reasonOf(error)}`, error);
      this.#log.warn("issuer unavailable", { code: reason.code, reason: reason.message });
      throw reason;
    }
  }
}

/** A key that cannot be used is the issuer's fault, and no reason to refuse the token. */
function keyError(error: unknown): unknown {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
    ? error
    : unavailable(`keys: ${reasonOf(error)}`, error);
}
