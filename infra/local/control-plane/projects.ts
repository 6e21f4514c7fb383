/** Which project a request is about; any id is one. */
import { type Call, projectNumber, projectOf, type World } from "./call.ts";
import { textAt } from "./json.ts";

/** Notes a project, so that its number is known as well. */
export function noteProject({ state }: World, project: string): void {
  if (project !== "-") state.projects.set(projectNumber(project), project);
}

/** `projects/NUMBER/…` as `projects/ID/…`, once the project was seen. */
export function byProjectId({ state }: World, name: string): string {
  return name.replace(/^projects\/(\d+)/, (whole, number: string) => {
    const id = state.projects.get(number);
    return id === undefined ? whole : `projects/${id}`;
  });
}

/** The project whose APIs a request uses: the one that the header names, else the one of the resource. */
export function consumerOf(call: Call): string | undefined {
  return call.headers["x-goog-user-project"] ?? resourceProject(call);
}

function resourceProject({ params, query, body, world }: Call): string | undefined {
  const inPath = Object.values(params).map((value) => projectOf(byProjectId(world, value)));
  const owner = textAt(
    world.state.resources.get(`//storage.googleapis.com/${params["bucket"]}`),
    "projectId",
  );
  return (
    inPath.find((project) => project !== undefined) ??
    params["projectId"] ??
    query["project"] ??
    query["projectId"] ??
    (textAt(body, "projectId") || owner || undefined)
  );
}
