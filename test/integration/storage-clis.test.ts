/** The local Cloud Storage through Google's command lines, as clients that nobody here wrote. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { isInstalled, run } from "#test/support/commands.ts";

const dir = mkdtempSync(join(tmpdir(), "pullhouse-storage-cli-"));
const large = join(dir, "large.bin");
const small = join(dir, "small.txt");
let standIn: StandIn;

beforeAll(async () => {
  standIn = await startStorage({ port: 0, stateDir: join(dir, "state") });
  writeFileSync(large, randomBytes(12 * 1024 * 1024));
  writeFileSync(small, "hello\n");
});
afterAll(async () => {
  await standIn.close();
  rmSync(dir, { recursive: true });
});

/** The same steps for both: bucket, small and large upload, list, download, remove. */
async function expectRoundTrip(
  storage: (...args: string[]) => ReturnType<typeof run>,
  makeBucket: string[],
  bucket: string,
) {
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await storage(...args);
    expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
    return stdout;
  };
  await ok(...makeBucket);
  await ok("cp", small, `gs://${bucket}/a/small.txt`);
  await ok("cp", large, `gs://${bucket}/a/large.bin`);
  expect(await ok("ls", `gs://${bucket}/a/`)).toContain(`gs://${bucket}/a/large.bin`);
  expect(await ok("cat", `gs://${bucket}/a/small.txt`)).toBe("hello\n");
  await ok("cp", `gs://${bucket}/a/large.bin`, join(dir, "back.bin"));
  expect(readFileSync(join(dir, "back.bin")).equals(readFileSync(large))).toBe(true);
  await ok("rm", `gs://${bucket}/a/small.txt`);
  expect(await ok("ls", `gs://${bucket}/a/`)).not.toContain("small.txt");
}

describe.skipIf(!isInstalled("gcloud"))("gcloud storage (skipped where gcloud is missing)", () => {
  test("uploads, lists, reads and removes", { timeout: 120_000 }, async () => {
    const env = {
      CLOUDSDK_CONFIG: join(dir, "gcloud"),
      CLOUDSDK_CORE_PROJECT: "pullhouse-local",
      CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: "true",
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://127.0.0.1:${standIn.port}/storage/v1/`,
    };
    const storage = (...args: string[]) => run("gcloud", ["storage", ...args], env);
    await expectRoundTrip(storage, ["buckets", "create", "gs://by-gcloud"], "by-gcloud");
  });
});

describe.skipIf(!isInstalled("gsutil") || !isInstalled("openssl"))(
  "gsutil (skipped where it or openssl is missing)",
  () => {
    let tls: Server;

    beforeAll(async () => {
      const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
      const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
      const made = await run("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", cert], {});
      expect(made.code, made.stderr).toBe(0);
      // gsutil speaks TLS only.
      tls = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (from, to) => {
        const { method, url: path, headers } = from;
        const onward = request({ host: "127.0.0.1", port: standIn.port, method, path, headers }, (answer) => {
          to.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(to);
        });
        from.pipe(onward);
      });
      await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => {
      tls.close();
      tls.closeAllConnections();
    });

    test("uploads, lists, reads and removes", { timeout: 120_000 }, async () => {
      const boto = join(dir, "boto");
      const port = (tls.address() as AddressInfo).port;
      writeFileSync(
        boto,
        `[Credentials]\ngs_json_host = localhost\ngs_json_port = ${port}\n[Boto]\nis_secure = True\nhttps_validate_certificates = False\nnum_retries = 1\n[GSUtil]\ndefault_project_id = pullhouse-local\nprefer_api = json\njson_api_version = v1\nsoftware_update_check_period = 0\nstate_dir = ${dir}/gsutil\n`,
      );
      const env = {
        BOTO_CONFIG: boto,
        CLOUDSDK_CONFIG: join(dir, "gsutil-config"),
        CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL: "false",
      };
      const storage = (...args: string[]) => run("gsutil", args, env);
      await expectRoundTrip(storage, ["mb", "gs://by-gsutil"], "by-gsutil");
    });
  },
);
