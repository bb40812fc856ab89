import { readOptions } from "./options.ts";
import { runLocalnet } from "./server/run.ts";

const EXIT_USAGE = 2;

const options = readOptions(process.argv.slice(2), process.env);
if (!options.ok) {
  console.error(options.detail);
  process.exit(EXIT_USAGE);
}

try {
  const running = await runLocalnet({ ...options.value, now: Date.now });
  const stop = (): void => {
    running.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  console.log(JSON.stringify({ ready: true, port: running.port }));
} catch (error) {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "EADDRINUSE") throw error;
  console.error(`port ${options.value.port} is in use: choose another with --port`);
  process.exit(EXIT_USAGE);
}
