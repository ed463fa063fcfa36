// pg-boss in large batches that follow each other while they come full. Arguments: the database's address, "batches" or
// "listen", which adds its wake-ups by NOTIFY. A place is a queue. Jobs that ran are kept for a week, its default.
import pg from "pg";
import { PgBoss } from "pg-boss";
import { chunks, obey, payload, ran } from "./subject.mjs";

const [connectionString, settings] = process.argv.slice(2);
const listens = settings === "listen";
const work = { batchSize: 500, localConcurrency: 4, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
const pool = new pg.Pool({ connectionString, max: 4 });

async function open() {
  const boss = new PgBoss({ connectionString, max: 16, useListenNotify: listens });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  return boss;
}

const boss = await open();
let queue;
let worker;

await obey({
  clear: async (place) => {
    if (queue) await boss.deleteAllJobs(queue);
    queue = place;
    await boss.createQueue(queue, { notify: listens });
  },
  join: (place) => {
    queue = place;
  },
  bulk: async (jobs) => {
    for (const chunk of chunks(jobs, 1_000)) {
      await boss.insert(
        queue,
        chunk.map((number) => ({ data: { text: payload(number) } })),
      );
    }
  },
  enqueue: (number) => boss.send(queue, { text: payload(number) }),
  start: async () => {
    worker = await open();
    await worker.work(queue, work, async (jobs) => {
      for (const job of jobs) ran(job.data.text);
    });
  },
  stop: () => worker.stop({ graceful: false }),
  unfinished: async () =>
    Number(
      (
        await pool.query("SELECT count(*) FROM pgboss.job WHERE name = $1 AND state < 'completed'", [queue])
      ).rows[0].count,
    ),
});
