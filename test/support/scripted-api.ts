/** Google's REST APIs as a test has them answer, for the checks of `make acceptance`. */
import type { Api, ApiAnswer, ApiName, ApiRequest } from "#infra/acceptance/api.ts";

export interface Scripted {
  readonly api: ApiName;
  /** Any, if left out. */
  readonly method?: string;
  /** Part of the path. */
  readonly path: string;
  readonly status?: number;
  readonly body?: unknown;
  /** Asked each time; without it always. */
  readonly isThere?: () => boolean;
}

/** @param answers the first that fits counts @returns an API that answers 404 to everything else */
export function scriptApi(answers: readonly Scripted[]): Api {
  return {
    serves: () => true,
    async call(api: ApiName, { method = "GET", path }: ApiRequest): Promise<ApiAnswer> {
      const found = answers.find(
        (one) =>
          one.api === api &&
          path.includes(one.path) &&
          (one.method === undefined || one.method === method) &&
          one.isThere?.() !== false,
      );
      if (found === undefined) return { status: 404, body: { error: { message: "not found" } } };
      return { status: found.status ?? 200, body: found.body };
    },
  };
}
