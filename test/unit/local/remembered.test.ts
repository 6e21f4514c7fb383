/** What is remembered of DuckDB's rows is never older than what is committed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openDatabase, type Session } from "#infra/local/bigquery/database.ts";
import { Remembered } from "#infra/local/bigquery/remembered.ts";

test("a row is read once, until it is forgotten", async () => {
  const memory = new Remembered();
  const read = vi.fn<() => Promise<string>>(async () => "row");
  expect([await memory.get("a", read), await memory.get("a", read)]).toEqual(["row", "row"]);
  expect(read).toHaveBeenCalledTimes(1);
  memory.forget("b");
  await memory.get("a", read);
  expect(read).toHaveBeenCalledTimes(1);
  memory.forget("a");
  await memory.get("a", read);
  expect(read).toHaveBeenCalledTimes(2);
});

test("what is not there may be there the next time", async () => {
  const memory = new Remembered();
  expect(await memory.get("a", async () => undefined)).toBeUndefined();
  expect(await memory.get("a", async () => "row")).toBe("row");
});

test("a row that is forgotten while it is being read is not kept: it may be the one of before", async () => {
  const memory = new Remembered();
  const { promise, resolve } = Promise.withResolvers<string>();
  const reading = memory.get("a", () => promise);
  memory.forget("a");
  resolve("before");
  expect(await reading).toBe("before");
  expect(await memory.get("a", async () => "after")).toBe("after");
});

test("a read that fails leaves nothing behind", async () => {
  const memory = new Remembered();
  await expect(memory.get("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await memory.get("a", async () => "row")).toBe("row");
});

test("of many rows the oldest is read again", async () => {
  const memory = new Remembered();
  for (let row = 0; row <= 2_000; row += 1) await memory.get(String(row), async () => row);
  expect(await memory.get("0", async () => "again")).toBe("again");
  expect(await memory.get("2000", async () => "again")).toBe(2_000);
});

test("a transaction reads what it wrote, everybody else what is committed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-remembered-"));
  const database = await openDatabase(folder, 1, Date.now);
  const valueIn = (session: Session) =>
    session.remembered("t", async () => (await session.rows("SELECT v FROM t"))[0]?.["v"]);
  const write = async (session: Session, value: number) => {
    await session.run(`UPDATE t SET v = ${value}`);
    session.changed("t");
  };
  await database.session((session) => session.run("CREATE TABLE t AS SELECT 1 AS v"));
  expect(await database.session(valueIn)).toBe(1);

  await database.transaction(async (session) => {
    await write(session, 2);
    expect(await valueIn(session)).toBe(2);
    expect(await database.session(valueIn)).toBe(1);
  });
  expect(await database.session(valueIn)).toBe(2);

  const broken = database.transaction(async (session) => {
    await write(session, 3);
    throw new Error("no");
  });
  await expect(broken).rejects.toThrow("no");
  expect(await database.session(valueIn)).toBe(2);

  await database.session((session) => write(session, 4));
  expect(await database.session(valueIn)).toBe(4);
  await database.close();
  rmSync(folder, { recursive: true });
});
