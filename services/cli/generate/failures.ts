/** What goes wrong in a pull, in the words of the OCI distribution specification, and what policies say to it. */
import { chance, pick, type Random, zipf } from "./random.ts";

export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface PolicyResult {
  readonly policy_id: string;
  readonly policy_name: string;
  readonly mode: "POLICY_MODE_ENFORCED" | "POLICY_MODE_DRY_RUN";
  readonly result: "RESULT_ALLOWED" | "RESULT_DENIED" | "RESULT_ERROR";
}

/** Codes: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes */
const FAILURES: readonly Failure[] = [
  { status: 404, code: "MANIFEST_UNKNOWN", message: "manifest unknown to registry" },
  { status: 403, code: "DENIED", message: "requested access to the resource is denied" },
  { status: 401, code: "UNAUTHORIZED", message: "authentication required" },
  { status: 429, code: "TOOMANYREQUESTS", message: "too many requests" },
];
const BLOCKED: Failure = { status: 403, code: "DENIED", message: "the pull is blocked by a policy" };

const FAILURE_RATE = 0.03;
const POLICY_RATE = 0.08;
const drawKind = zipf(FAILURES.length, 1);

const POLICIES = ["no-critical-cves", "signed-only", "no-end-of-life"];

export function drawPolicyResults(random: Random, group: string): readonly PolicyResult[] | undefined {
  if (!chance(random, POLICY_RATE)) return undefined;
  return POLICIES.slice(0, chance(random, 0.3) ? 2 : 1).map((name, index) => ({
    policy_id: `${group}/${(0x5eed0000 + index).toString(16).padStart(16, "0")}`,
    policy_name: name,
    mode: chance(random, 0.5) ? "POLICY_MODE_ENFORCED" : "POLICY_MODE_DRY_RUN",
    result: chance(random, 0.1) ? pick(random, ["RESULT_DENIED", "RESULT_ERROR"] as const) : "RESULT_ALLOWED",
  }));
}

/** A denial by a policy that is enforced fails the pull; others fail now and then. */
export function drawFailure(
  random: Random,
  results: readonly PolicyResult[] | undefined,
): Failure | undefined {
  const blocks = results?.some(
    ({ mode, result }) => mode === "POLICY_MODE_ENFORCED" && result === "RESULT_DENIED",
  );
  if (blocks) return BLOCKED;
  return chance(random, FAILURE_RATE) ? FAILURES[drawKind(random)] : undefined;
}
