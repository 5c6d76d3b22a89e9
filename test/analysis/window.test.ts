import { expect, test } from "vitest";
import { inOrder } from "../../lib/analysis/window.ts";

/** Promises that are settled by hand. */
function controlled() {
  const started: number[] = [];
  const settle = new Map<number, { resolve: (value: string) => void; reject: (error: unknown) => void }>();
  const start = (item: number) =>
    new Promise<string>((resolve, reject) => {
      started.push(item);
      settle.set(item, { resolve, reject });
    });
  const finish = (item: number) => settle.get(item)!.resolve(`result ${item}`);
  return {
    started,
    start,
    finish,
    fail: (item: number) => settle.get(item)!.reject(new Error(`item ${item}`)),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("results come in the order of the items, however they finish", async () => {
  const delays = [5, 1, 3, 0, 4, 2];
  const wait = (delay: number) => new Promise<number>((done) => setTimeout(done, 4 * delay, delay));
  const results: number[] = [];
  for await (const delay of inOrder(delays, wait, 3)) results.push(delay);
  expect(results).toEqual(delays);
});

test("never more than the width is started ahead of what the consumer has taken", async () => {
  const { started, start, finish } = controlled();
  const results = inOrder([0, 1, 2, 3, 4], start, 2);
  const first = results.next();
  await turn();
  expect(started).toEqual([0, 1]);
  finish(1);
  await turn();
  expect(started).toEqual([0, 1]);
  finish(0);
  expect((await first).value).toBe("result 0");
  await turn();
  expect(started).toEqual([0, 1]);
  expect((await results.next()).value).toBe("result 1");
  expect(started).toEqual([0, 1, 2]);
  for (const item of [2, 3, 4]) {
    const next = results.next();
    await turn();
    finish(item);
    expect((await next).value).toBe(`result ${item}`);
  }
  expect((await results.next()).done).toBe(true);
});

test("a failure comes at its place, abandons the rest and waits for it", async () => {
  const { start, finish, fail } = controlled();
  const results = inOrder([0, 1, 2], start, 3, () => fail(2));
  const first = results.next();
  await turn();
  fail(1);
  await turn();
  finish(0);
  expect((await first).value).toBe("result 0");
  await expect(results.next()).rejects.toThrow("item 1");
});

test("leaving the loop abandons what is under way and waits until it has settled", async () => {
  const { start, finish } = controlled();
  let abandoned = 0;
  const results = inOrder([0, 1, 2], start, 2, () => abandoned++);
  const first = results.next();
  await turn();
  finish(0);
  await first;
  let left = false;
  const leaving = results.return().then(() => {
    left = true;
  });
  await turn();
  expect([abandoned, left]).toEqual([1, false]);
  finish(1);
  await leaving;
  expect(left).toBe(true);
});

test("nothing is abandoned when all results were taken", async () => {
  let abandoned = 0;
  for await (const _ of inOrder(
    [1, 2],
    async (item) => item,
    5,
    () => abandoned++,
  ));
  expect(abandoned).toBe(0);
});
