/** An API must be enabled before it is used. */
import { isApiUsable } from "../apis/service-usage.ts";
import { type Call, projectNumber, type Rule } from "../call.ts";
import { GoogleError } from "../google-error.ts";
import { textsAt } from "../json.ts";
import { consumerOf } from "../projects.ts";
import { rule } from "./rule.ts";

/** More in one request are refused, and nothing changes (https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchEnable). */
const SERVICES_MAX = 20;

/** Says so as Google does: ErrorInfo for clients, and a text that the provider looks for. */
function disabled({ method }: Call, project: string): GoogleError {
  const { title, host } = method.api;
  const number = projectNumber(project);
  const url = `https://console.developers.google.com/apis/api/${host}/overview?project=${number}`;
  return new GoogleError(
    "PERMISSION_DENIED",
    `${title} has not been used in project ${number} before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    {
      reason: "accessNotConfigured",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.Help",
          links: [{ description: "Google developers console API activation", url }],
        },
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "SERVICE_DISABLED",
          domain: "googleapis.com",
          metadata: { service: host, consumer: `projects/${number}` },
        },
      ],
    },
  );
}

export const API_RULES: readonly Rule[] = [
  {
    id: "api-not-enabled",
    // The whole error as somebody got it.
    source: "https://github.com/GoogleCloudPlatform/terraform-dynamic-javascript-webapp/issues/48",
    methods: ["*"],
    check: (call) => {
      const project = consumerOf(call);
      if (project === undefined) return undefined;
      return isApiUsable(call.world, project, call.method.api.host) ? undefined : disabled(call, project);
    },
  },
  rule({
    id: "too-many-services-at-once",
    source: "https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchEnable",
    methods: ["serviceusage.services.batchEnable"],
    code: "INVALID_ARGUMENT",
    message: ({ body }) =>
      textsAt(body, "serviceIds").length > SERVICES_MAX
        ? `At most ${SERVICES_MAX} services can be enabled in one request`
        : undefined,
  }),
];
