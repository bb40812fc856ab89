import { readOptions } from "./options.ts";
import { runLocalnet } from "./server/run.ts";

const EXIT_REFUSED = 2;

function refuseStart(line: string | undefined): never {
  console.error(line);
  process.exit(EXIT_REFUSED);
}

const options = readOptions(process.argv.slice(2), process.env);
if (!options.ok) refuseStart(options.detail);
const running = await runLocalnet({ ...options.value, now: Date.now });
if (!running.ok) refuseStart(running.detail);

const stop = (): void => {
  running.value.stop().then(() => process.exit(0));
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
console.log(JSON.stringify({ ready: true, port: running.value.port }));
