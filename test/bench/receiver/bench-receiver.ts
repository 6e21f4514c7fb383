/** The receiver's speed: a token of its own for each event, every check, the publish included. */
import { type BenchOptions, type BenchReport, inRounds } from "../measure.ts";
import { startBenchCloud } from "./bench-cloud.ts";
import { opensslVerifications } from "./openssl-speed.ts";
import { putUnderLoad, type Sample, startProcess } from "./processes.ts";
import { ALGORITHMS, type Measured, receiverFigures } from "./receiver-figures.ts";
import type { WorkOrder, WorkResult } from "./work-process.ts";

const CONNECTIONS = 64;

export async function benchReceiver({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const count = quick ? 1_000 : 8_000;
  const rounds = quick ? 1 : 5;
  const openssl = await opensslVerifications(progress);
  progress(`signing ${count} tokens per algorithm`);
  await using cloud = await startBenchCloud(ALGORITHMS, count);
  await using load = await startProcess("load-process.ts");
  await using work = await startProcess("work-process.ts");
  const start = (served: string) => startProcess("server-process.ts", [served], cloud.variables);
  await using bare = await start("bare");
  await using barePublish = await start("bare-publish");
  await using hono = await start("hono");
  await using receiver = await start("receiver");
  await using client = await start("receiver-client");

  const { RS256, ES256 } = cloud.traffic;
  const serve = (server: typeof bare, { file }: typeof RS256) => {
    return () => putUnderLoad(server, load, { file, connections: CONNECTIONS });
  };
  const alone = (order: WorkOrder) => async (): Promise<Pick<Sample, "rate" | "cpu">> => {
    const { count, seconds, cpuMicroseconds } = (await work.ask(order)) as WorkResult;
    return { rate: count / seconds, cpu: cpuMicroseconds / count };
  };
  const measured: Measured = await inRounds(
    rounds,
    {
      bare: serve(bare, RS256),
      barePublish: serve(barePublish, RS256),
      hono: serve(hono, RS256),
      publish: alone({ work: "publish", file: RS256.file, emulatorHost: cloud.pubsubHost }),
      verifyRS256: alone({ work: "verify", ...RS256 }),
      verifyES256: alone({ work: "verify", ...ES256 }),
      receiverRS256: serve(receiver, RS256),
      receiverES256: serve(receiver, ES256),
      clientRS256: serve(client, RS256),
      clientES256: serve(client, ES256),
    },
    progress,
  );
  return {
    title: "Receiver",
    figures: receiverFigures(measured, openssl),
    notes: [
      `${count} events per variant and round, ${rounds} rounds, ${CONNECTIONS} connections, one token per event.`,
      "Processor time is that of the server's process, all threads; the load comes from another process.",
      "The baseline of an event is bare http + verifying its signature on one core (+ publishing it with the official client).",
      ...(openssl.outcome === "measured" ? [] : [`OpenSSL's own speed is not shown: ${openssl.why}.`]),
    ],
  };
}
