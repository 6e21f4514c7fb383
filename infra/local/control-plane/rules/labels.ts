/** Labels, which most resources have. */
import type { Call, Rule } from "../call.ts";
import { recordAt } from "../json.ts";
import { rule, writes } from "./rule.ts";

const LABELS_MAX = 64;
const KEY = /^\p{Ll}[\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

const METHODS = [
  "pubsub.projects.topics",
  "pubsub.projects.subscriptions",
  "run.projects.locations.services",
  "secretmanager.projects.secrets",
  "artifactregistry.projects.locations.repositories",
  "monitoring.projects.alertPolicies",
].flatMap(writes);

/** Of the resource itself, or beside a mask. */
function labelsIn({ body }: Call): Readonly<Record<string, unknown>> {
  const places = ["labels", "userLabels", "topic.labels", "subscription.labels", "template.labels"];
  return Object.assign({}, ...places.map((place) => recordAt(body, place))) as Record<string, unknown>;
}

export const LABEL_RULES: readonly Rule[] = [
  rule({
    id: "labels",
    source: "https://cloud.google.com/resource-manager/docs/labels-overview#requirements",
    methods: [
      ...METHODS,
      "storage.buckets.insert",
      "storage.buckets.patch",
      "bigquery.datasets.insert",
      "bigquery.datasets.patch",
      "bigquery.tables.insert",
      "bigquery.tables.patch",
    ],
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const labels = Object.entries(labelsIn(call));
      if (labels.length > LABELS_MAX) return `At most ${LABELS_MAX} labels are allowed`;
      // `null` removes a label.
      const wrong = labels.find(
        ([key, value]) => !KEY.test(key) || (typeof value === "string" && !VALUE.test(value)),
      );
      return wrong === undefined ? undefined : `Invalid label: ${wrong[0]}=${String(wrong[1])}`;
    },
  }),
];
