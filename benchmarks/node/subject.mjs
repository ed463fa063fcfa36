// The process of one queue: takes commands from standard input, a line each, and answers each with a line.
// The same commands as SubjectProcess.java, which describes them.
import { createInterface } from "node:readline";

const DIGITS = 10;
const FILL = "x".repeat(50 - DIGITS);
const STALLED_MILLIS = 60_000;
const nanos = () => process.hrtime.bigint();
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

export const payload = (number) => String(number).padStart(DIGITS, "0") + FILL;

// What ran: each number once, the runs that were one too many, and when the first began.
const handled = { runs: new Uint8Array(0), distinct: 0, twice: 0, first: 0n, told: false };

export function ran(text) {
  const now = nanos();
  const number = Number(text.slice(0, DIGITS));
  if (handled.told) {
    process.stdout.write(`ran ${number} ${now}\n`);
    return;
  }
  if (handled.first === 0n) handled.first = now;
  if (handled.runs[number]++ === 0) handled.distinct++;
  else handled.twice++;
}

function expect(jobs) {
  Object.assign(handled, { runs: new Uint8Array(jobs), distinct: 0, twice: 0, first: 0n });
}

async function all(jobs) {
  let before = -1;
  let moved = Date.now();
  while (handled.distinct < jobs) {
    if (handled.distinct !== before) {
      before = handled.distinct;
      moved = Date.now();
    } else if (Date.now() - moved > STALLED_MILLIS) {
      throw new Error(`only ${before} of ${jobs} jobs ran, and none for a minute`);
    }
    await pause(1);
  }
}

/** The numbers below this, in chunks. */
export function* chunks(jobs, size) {
  for (let from = 0; from < jobs; from += size) {
    yield Array.from({ length: Math.min(size, jobs - from) }, (_, i) => from + i);
  }
}

async function answer(subject, [word, first, second]) {
  switch (word) {
    case "clear":
    case "join":
      return subject[word](first);
    case "bulk": {
      const before = nanos();
      await subject.bulk(Number(first));
      return nanos() - before;
    }
    case "single": {
      // Node has one thread: as many calls at once as others have threads
      const start = nanos();
      const end = start + BigInt(second) * 1_000_000n;
      let stored = 0;
      let next = 0;
      const caller = async () => {
        while (nanos() < end) {
          await subject.enqueue(next++);
          stored++;
        }
      };
      await Promise.all(Array.from({ length: Number(first) }, caller));
      return `${stored} ${nanos() - start}`;
    }
    case "process": {
      expect(Number(first));
      await subject.start();
      await all(Number(first));
      while ((await subject.unfinished()) > 0) await pause(2);
      const end = nanos();
      await subject.stop();
      return `${end - handled.first} ${handled.twice}`;
    }
    case "some": {
      expect(Number(second));
      await subject.start();
      await all(Number(first));
      const result = `${handled.distinct} ${nanos() - handled.first}`;
      await subject.stop();
      return result;
    }
    case "tell":
      handled.told = true;
      return;
    case "start":
    case "stop":
      return subject[word]();
    case "enqueue": {
      const before = nanos();
      await subject.enqueue(Number(first));
      return before;
    }
    default:
      throw new Error(`there is no command ${word}`);
  }
}

export async function obey(subject) {
  process.stdout.write("ok ready\n");
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      process.stdout.write(`ok ${(await answer(subject, line.split(" "))) ?? ""}`.trimEnd() + "\n");
    } catch (error) {
      console.error(error);
      process.stdout.write(`error ${String(error).replaceAll(/\s+/g, " ")}\n`);
    }
  }
  process.exit(0);
}
