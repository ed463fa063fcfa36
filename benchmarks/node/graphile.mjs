// graphile-worker. Arguments: the database's address, "default" or "tuned". Jobs that ran are deleted.
import pg from "pg";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { chunks, obey, payload, ran } from "./subject.mjs";

const [connectionString, settings] = process.argv.slice(2);
const worker = {
  default: {},
  tuned: {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
}[settings];
const logger = new Logger(() => () => {});
const pool = new pg.Pool({ connectionString, max: 4 });
const utils = await makeWorkerUtils({ connectionString, logger, maxPoolSize: 16 });
await utils.migrate();

let runner;

await obey({
  clear: () => pool.query("TRUNCATE graphile_worker._private_jobs").then(() => {}),
  join: () => {},
  bulk: async (jobs) => {
    for (const chunk of chunks(jobs, 1_000)) {
      await utils.addJobs(chunk.map((number) => ({ identifier: "noop", payload: { text: payload(number) } })));
    }
  },
  enqueue: (number) => utils.addJob("noop", { text: payload(number) }),
  start: async () => {
    runner = await run({
      preset: { worker: { connectionString, ...worker } },
      logger,
      taskList: { noop: async ({ text }) => ran(text) },
      noHandleSignals: true,
    });
  },
  stop: () => runner.stop(),
  unfinished: async () =>
    Number((await pool.query("SELECT count(*) FROM graphile_worker._private_jobs")).rows[0].count),
});
