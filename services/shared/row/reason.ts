/** Why a part of an event's data does not fit. */
export interface Reason {
  /** RFC 6901 */
  readonly pointer: string;
  /** What is asked for there. */
  readonly rule: string;
  /** What was there, in short. */
  readonly found: string;
}
