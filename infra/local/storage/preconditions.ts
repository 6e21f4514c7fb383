/** Preconditions on generation and metageneration (https://cloud.google.com/storage/docs/request-preconditions). */
import { ApiError, invalid } from "./api-error.ts";

interface Versions {
  readonly generation: number;
  readonly metageneration: number;
}

/** Of a request: `ifGenerationMatch`, …; of a copy's source: `ifSourceGenerationMatch`, …. */
type Query = Readonly<Record<string, string>>;

/** @throws ApiError 412 conditionNotMet; generation 0 stands for "no live object" */
export function checkPreconditions(query: Query, live: Versions | undefined, of: "" | "Source" = ""): void {
  const versions = live ?? { generation: 0, metageneration: 0 };
  check(`if${of}GenerationMatch`, (given) => given === versions.generation);
  check(`if${of}GenerationNotMatch`, (given) => given !== versions.generation);
  check(`if${of}MetagenerationMatch`, (given) => given === versions.metageneration);
  check(`if${of}MetagenerationNotMatch`, (given) => given !== versions.metageneration);

  function check(name: string, holds: (given: number) => boolean): void {
    const text = query[name];
    if (text === undefined || text === "") return;
    if (!/^\d+$/.test(text)) throw invalid(`Invalid value for ${name}: ${text}`);
    if (!holds(Number(text))) {
      throw new ApiError(
        412,
        "conditionNotMet",
        "At least one of the pre-conditions you specified did not hold.",
      );
    }
  }
}
