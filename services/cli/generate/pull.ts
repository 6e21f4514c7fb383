/** One pull as the registry sees it: the requests that a client makes, each of which becomes an event. */
import type { Consumer } from "./consumers.ts";
import { drawFailure, drawPolicyResults, type Failure, type PolicyResult } from "./failures.ts";
import type { Image } from "./images.ts";
import { chance, type Random } from "./random.ts";

export interface Request {
  readonly method: "HEAD" | "GET";
  readonly type: "manifest" | "blob";
  readonly tag?: string;
  readonly digest: string;
  readonly error?: Failure;
  readonly policyResults?: readonly PolicyResult[];
}

/** In order; a request that fails is the last one. */
export function requestsOf(
  random: Random,
  consumer: Consumer,
  image: Image,
  group: string,
): readonly Request[] {
  const { client } = consumer;
  const policyResults = drawPolicyResults(random, group);
  const failure = drawFailure(random, policyResults);
  const byTag = (method: Request["method"]): Request => ({
    method,
    type: "manifest",
    tag: image.tag,
    // A tag that is not there has no digest.
    digest: failure?.code === "MANIFEST_UNKNOWN" ? "" : image.digest,
    ...(failure === undefined ? {} : { error: failure }),
    ...(policyResults === undefined ? {} : { policyResults }),
  });
  const first = byTag(client.steps === "docker" || client.steps === "watch" ? "HEAD" : "GET");
  if (failure !== undefined || client.steps === "watch" || chance(random, client.cached)) return [first];

  const get = (type: Request["type"], digest: string): Request => ({ method: "GET", type, digest });
  const [config, ...layers] = image.blobs(client.platform) as [string, ...string[]];
  const rest = [get("manifest", image.manifest(client.platform)), get("blob", config)];
  if (client.steps === "docker") rest.unshift(get("manifest", image.digest));
  // Layers that other images have brought are there already.
  if (client.steps !== "inspect") {
    rest.push(...layers.filter(() => chance(random, 0.7)).map((layer) => get("blob", layer)));
  }
  return [first, ...rest];
}
