/** Storage Transfer: jobs, and the agent that does them; nothing is copied. */
import { AGENTS, createAgent } from "../accounts.ts";
import { type Handlers, projectNumber, timestamp } from "../call.ts";
import { collectionHandlers } from "../collection.ts";
import { recordAt, textAt } from "../json.ts";

const JOBS = "storagetransfer.transferJobs";

export const STORAGE_TRANSFER: Handlers = {
  ...collectionHandlers({
    prefix: JOBS,
    schema: "TransferJob",
    items: "transferJobs",
    created: ({ body, world }) => textAt(body, "name") || `transferJobs/${world.state.next()}`,
    resourceIn: ({ body, method }) => (method.id.endsWith(".patch") ? recordAt(body, "transferJob") : body),
    maskIn: ({ body }) => textAt(body, "updateTransferJobFieldMask"),
    filled: (job, { world }, before) => ({
      status: "ENABLED",
      ...job,
      creationTime: before?.["creationTime"] ?? timestamp(world),
      lastModificationTime: timestamp(world),
    }),
  }),
  // The agent comes to be when somebody asks for its name (https://cloud.google.com/storage-transfer/docs/iam-cloud).
  "storagetransfer.googleServiceAccounts.get": ({ world, params }) => {
    const project = params["projectId"] ?? "";
    const accountEmail = AGENTS.storageTransfer(project);
    createAgent(world, accountEmail);
    return { accountEmail, subjectId: `1${projectNumber(project)}` };
  },
};
