/** The messages of google.cloud.tasks.v2, and of a queue in v2beta3, as the proto loader hands them over (see `service-definition.ts`). */

export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

export type Duration = Timestamp;

export interface RateLimits {
  readonly maxDispatchesPerSecond: number;
  /** Output only: the size of the token bucket. */
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
}

export interface RetryConfig {
  /** -1: without end. */
  readonly maxAttempts: number;
  readonly maxRetryDuration: Duration | null;
  readonly minBackoff: Duration | null;
  readonly maxBackoff: Duration | null;
  readonly maxDoublings: number;
}

type QueueState = "RUNNING" | "PAUSED";

export interface UriOverrideMessage {
  readonly scheme?: "SCHEME_UNSPECIFIED" | "HTTP" | "HTTPS";
  readonly host?: string;
  readonly port?: number;
  readonly pathOverride: { readonly path: string } | null;
  readonly queryOverride: { readonly queryParams: string } | null;
  readonly uriOverrideEnforceMode: "URI_OVERRIDE_ENFORCE_MODE_UNSPECIFIED" | "IF_NOT_EXISTS" | "ALWAYS";
}

export interface HttpTargetMessage {
  readonly uriOverride: UriOverrideMessage | null;
  readonly httpMethod: HttpMethod | "HTTP_METHOD_UNSPECIFIED";
  readonly headerOverrides: readonly unknown[];
  readonly oauthToken?: unknown;
  readonly oidcToken?: OidcToken | null;
}

export interface QueueMessage {
  readonly name: string;
  /** Absent in v2, whose descriptor does not have it yet. */
  readonly httpTarget?: HttpTargetMessage | null;
  readonly rateLimits: RateLimits | null;
  readonly retryConfig: RetryConfig | null;
  readonly state?: QueueState | "STATE_UNSPECIFIED" | "DISABLED";
  readonly purgeTime?: Timestamp | null;
}

export type HttpMethod = "POST" | "GET" | "HEAD" | "PUT" | "DELETE" | "PATCH" | "OPTIONS";

export interface OidcToken {
  readonly serviceAccountEmail: string;
  readonly audience: string;
}

export interface HttpRequestMessage {
  readonly url: string;
  readonly httpMethod: HttpMethod | "HTTP_METHOD_UNSPECIFIED";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly oauthToken?: unknown;
  readonly oidcToken?: OidcToken | null;
}

export interface Attempt {
  readonly scheduleTime: Timestamp | null;
  readonly dispatchTime: Timestamp | null;
  readonly responseTime: Timestamp | null;
  /** A google.rpc.Status: code by number. */
  readonly responseStatus: { readonly code: number; readonly message: string } | null;
}

export type View = "VIEW_UNSPECIFIED" | "BASIC" | "FULL";

export interface TaskMessage {
  readonly name: string;
  readonly httpRequest?: HttpRequestMessage | null;
  readonly appEngineHttpRequest?: unknown;
  readonly scheduleTime: Timestamp | null;
  readonly dispatchDeadline: Duration | null;
  readonly createTime?: Timestamp | null;
  readonly dispatchCount?: number;
  readonly responseCount?: number;
  readonly firstAttempt?: Attempt | null;
  readonly lastAttempt?: Attempt | null;
  readonly view?: View;
}
