/** Builds and runs an image by its Dockerfile without Docker: same files, same command, same user, nothing else in reach. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface Image {
  /** The image's root folder. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** `uid:gid` */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/**
 * What the base image brings, as far as a program can tell: Node, and the libraries that it is linked with.
 * @param base as FROM names it; only images of Node at /nodejs/bin/node are known
 */
function pullBase(root: string, base: string): void {
  if (!base.startsWith("gcr.io/distroless/nodejs24-")) throw new Error(`what is in ${base}?`);
  const node = process.execPath;
  const libraries = execFileSync("ldd", [node], { encoding: "utf8" }).matchAll(/(\/[^\s:()]+)/g);
  for (const [, library = ""] of libraries) copy(library, join(root, library));
  copy(node, join(root, "nodejs/bin/node"));
  // Every runtime mounts a /dev; a child process without input opens this.
  mkdirSync(join(root, "dev"));
  execFileSync("mknod", ["-m", "666", join(root, "dev/null"), "c", "1", "3"]);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
}

/**
 * @param context folder with the Dockerfile and what it copies
 * @throws Error for an instruction that this does not know: better than to run something else than Docker would
 */
export function buildImage(context: string, root: string): Image {
  const args = new Map<string, string>();
  const env: Record<string, string> = {};
  let workdir = "/";
  let user = "0:0";
  let entrypoint: readonly string[] = [];
  let command: readonly string[] = [];
  const expand = (text: string) => text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args.get(name) ?? "");

  for (const line of instructionsOf(readFileSync(join(context, "Dockerfile"), "utf8"))) {
    const [, instruction = "", rest = ""] = /^(\w+)\s+(.*)$/s.exec(line) ?? [];
    const words = expand(rest).split(/\s+/);
    if (instruction === "ARG") {
      const [name = "", value = ""] = rest.split("=");
      args.set(name, value);
    } else if (instruction === "FROM") pullBase(root, words[0] ?? "");
    else if (instruction === "WORKDIR") {
      workdir = resolve(workdir, words[0] ?? "");
      mkdirSync(join(root, workdir), { recursive: true });
    } else if (instruction === "ENV") {
      for (const word of words) env[word.slice(0, word.indexOf("="))] = word.slice(word.indexOf("=") + 1);
    } else if (instruction === "COPY") {
      const [from = "", to = ""] = words;
      copy(join(context, from), join(root, resolve(workdir, to)));
    } else if (instruction === "RUN") {
      const [program = "", ...parameters] = JSON.parse(rest) as string[];
      if (program !== "/nodejs/bin/node") throw new Error(`the image has no ${program}`);
      execFileSync("chroot", [`--userspec=${user}`, root, program, ...within(workdir, parameters)], {
        env: { ...env, PATH: process.env["PATH"] ?? "" },
        stdio: "inherit",
      });
    } else if (instruction === "USER") user = words[0] ?? "";
    else if (instruction === "ENTRYPOINT") entrypoint = JSON.parse(rest) as string[];
    else if (instruction === "CMD") command = JSON.parse(rest) as string[];
    else throw new Error(`what does ${instruction} do?`);
  }
  return { root, workdir, env, user, entrypoint, command };
}

/** chroot begins in /; an image in its WORKDIR. */
function within(workdir: string, parameters: readonly string[]): readonly string[] {
  return parameters.map((parameter) => (parameter.startsWith("-") ? parameter : resolve(workdir, parameter)));
}

/** Comments taken out, continued lines joined. */
function instructionsOf(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
  return lines
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
}

/**
 * The command that runs the image in a mount namespace of its own, its root read-only and all that there is.
 * @param args in place of the image's CMD, as Cloud Run's `args`
 */
export function runCommand(image: Image, args?: readonly string[]): readonly [string, readonly string[]] {
  const script = [
    'mount --bind "$ROOT" "$ROOT"',
    'mount -o remount,ro,bind "$ROOT"',
    // env -i is the image's: the two variables of this script end here.
    'exec env -u ROOT -u WORKDIR chroot --userspec="$0" "$ROOT" "$@"',
  ].join(" && ");
  const [program = "", ...parameters] = [...image.entrypoint, ...(args ?? image.command)];
  return [
    "unshare",
    ["--mount", "sh", "-c", script, image.user, program, ...within(image.workdir, parameters)],
  ];
}
