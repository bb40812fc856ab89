import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Job, Progress } from "./job.ts";

/** Runs jobs in worker threads, one per job at once, and tells of all progress. Rejects when a thread breaks down. */
export async function runJobs(jobs: readonly Job[], onProgress: (progress: Progress, job: Job) => void): Promise<void> {
  await Promise.all(jobs.map((job) => runJob(job, onProgress)));
}

/** One job in its own thread: its engine is loaded anew, with the job's bug. */
export function runJob(job: Job, onProgress: (progress: Progress, job: Job) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.resolve("./thread.ts")), { workerData: job });
    worker.on("message", (progress: Progress) => onProgress(progress, job));
    worker.on("error", reject);
    worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a simulation thread ended with ${code}`))));
  });
}
