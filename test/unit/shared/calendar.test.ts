/** Which days and times of day there are, with Date as the judge. */
import { expect, test } from "vitest";
import { timestamp } from "#services/shared/row/time.ts";

const two = (number: number) => String(number).padStart(2, "0");
const upTo = (last: number) => Array.from({ length: last + 1 }, (_, index) => index);

/** A day that is not in the calendar becomes another one, or none. */
function dateHas(text: string): boolean {
  const instant = new Date(text);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text.slice(0, 19));
}

test("every day of years with and without a leap day, and the days around them", () => {
  const years = ["0001", "0004", "0100", "0400", "1900", "2000", "2023", "2024", "2100", "9999"];
  const texts = years.flatMap((year) =>
    upTo(13).flatMap((month) => upTo(32).map((day) => `${year}-${two(month)}-${two(day)}T12:00:00Z`)),
  );
  const accepted = texts.filter((text) => timestamp(text) !== undefined);
  expect(accepted).toEqual(texts.filter(dateHas));
  expect(accepted).toHaveLength(10 * 365 + 4);
});

test("every time of a day, and those beyond its end", () => {
  const seconds = [0, 1, 58, 59, 61];
  const texts = upTo(25).flatMap((hour) =>
    upTo(61).flatMap((minute) =>
      seconds.map((second) => `2024-02-29T${two(hour)}:${two(minute)}:${two(second)}Z`),
    ),
  );
  const accepted = texts.filter((text) => timestamp(text) !== undefined);
  expect(accepted).toEqual(texts.filter(dateHas));
  expect(accepted).toHaveLength(24 * 60 * 4);
});

test("BigQuery has no year 0", () => {
  expect(timestamp("0000-12-31T12:00:00Z")).toBeUndefined();
});

test.each(["12:30:45Z", "12:30:45.1Z", "12:30:45.123456789Z"])(
  "%s is the same in UTC by name and by number",
  (time) => {
    const named = timestamp(`2024-02-29T${time}`);
    expect(named).toBeDefined();
    expect(named).toBe(timestamp(`2024-02-29T${time.replace("Z", "+00:00")}`));
  },
);
