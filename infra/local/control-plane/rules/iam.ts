/** Sizes of what IAM keeps. */
import type { Rule } from "../call.ts";
import { textAt } from "../json.ts";
import { resourceIn, rule, writes } from "./rule.ts";

const NAME_BYTES_MAX = 100;
const DESCRIPTION_BYTES_MAX = 256;

const bytes = (text: string) => Buffer.byteLength(text);

export const IAM_RULES: readonly Rule[] = [
  rule({
    id: "size-of-service-account",
    source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts#ServiceAccount",
    methods: writes("iam.projects.serviceAccounts"),
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const account = resourceIn(call, "serviceAccount");
      if (bytes(textAt(account, "displayName")) > NAME_BYTES_MAX)
        return `The display name has more than ${NAME_BYTES_MAX} bytes`;
      return bytes(textAt(account, "description")) > DESCRIPTION_BYTES_MAX
        ? `The description has more than ${DESCRIPTION_BYTES_MAX} bytes`
        : undefined;
    },
  }),
  rule({
    id: "size-of-custom-role",
    source: "https://cloud.google.com/iam/docs/creating-custom-roles",
    methods: writes("iam.projects.roles"),
    code: "INVALID_ARGUMENT",
    message: (call) =>
      bytes(textAt(resourceIn(call, "role"), "title")) > NAME_BYTES_MAX
        ? `The title has more than ${NAME_BYTES_MAX} bytes`
        : undefined,
  }),
];
