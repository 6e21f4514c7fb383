/** `make build`; `node build.ts FOLDER` writes elsewhere than into dist/, for tests that run side by side. */
import { bundle } from "./build/bundle.ts";

await bundle(process.argv[2] ?? "dist");
