/** Randomness as an argument: ids whose order is the order of their time. */
import { monotonicFactory } from "ulid";
import type { NewId } from "./ports.ts";

/** https://github.com/ulid/spec; within a millisecond the ids of one process go on rising. */
export function createNewId(): NewId {
  const ulid = monotonicFactory();
  return () => ulid();
}
