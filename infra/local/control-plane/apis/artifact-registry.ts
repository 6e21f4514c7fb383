/** Artifact Registry: repositories; no images. */
import { type Handlers, timestamp } from "../call.ts";
import { collectionHandlers, namedIn } from "../collection.ts";
import { getOperation } from "../operations.ts";

const REPOSITORIES = "artifactregistry.projects.locations.repositories";

export const ARTIFACT_REGISTRY: Handlers = {
  ...collectionHandlers({
    prefix: REPOSITORIES,
    schema: "Repository",
    items: "repositories",
    created: (call) => `${namedIn(call)}/repositories/${call.query["repositoryId"] ?? ""}`,
    filled: (repository, { world }, before) => ({
      mode: "STANDARD_REPOSITORY",
      ...repository,
      createTime: before?.["createTime"] ?? timestamp(world),
      updateTime: timestamp(world),
    }),
  }),
  "artifactregistry.projects.locations.operations.get": getOperation,
};
