/** Two lists in the order of their keys as one list of pairs: neither is in memory as a whole. */

export interface Pair<L, R> {
  readonly left?: L;
  readonly right?: R;
}

/** @throws Error when a list is not in order, since what it skips would be missed without a word */
export async function* sideBySide<L, R>(
  left: AsyncIterable<L>,
  right: AsyncIterable<R>,
  leftKey: (value: L) => string,
  rightKey: (value: R) => string,
): AsyncGenerator<Pair<L, R>, void, void> {
  const lefts = keyed(left, leftKey);
  const rights = keyed(right, rightKey);
  let [one, other] = [await next(lefts), await next(rights)];
  while (one !== undefined || other !== undefined) {
    if (other === undefined || (one !== undefined && one.key < other.key)) {
      yield { left: (one as Keyed<L>).value };
      one = await next(lefts);
    } else if (one === undefined || other.key < one.key) {
      yield { right: other.value };
      other = await next(rights);
    } else {
      yield { left: one.value, right: other.value };
      [one, other] = [await next(lefts), await next(rights)];
    }
  }
}

interface Keyed<T> {
  readonly key: string;
  readonly value: T;
}

async function* keyed<T>(values: AsyncIterable<T>, keyOf: (value: T) => string): AsyncGenerator<Keyed<T>> {
  let last = "";
  for await (const value of values) {
    const key = keyOf(value);
    if (key <= last) throw new Error(`${key} comes after ${last}, which is not their order`);
    last = key;
    yield { key, value };
  }
}

async function next<T>(list: AsyncGenerator<Keyed<T>>): Promise<Keyed<T> | undefined> {
  const result = await list.next();
  return result.done ? undefined : result.value;
}
