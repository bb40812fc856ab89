#!/usr/bin/env node
// Plain JavaScript for any Node: one that is too old to run TypeScript starts the packaged one with this same file.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const MIN_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function packagedNode() {
  const file = process.platform === "win32" ? "node.exe" : "node";
  const platform = process.platform === "win32" ? "win" : process.platform;
  const names = [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`];
  return names.map((name) => join(root, "node_modules", name, "bin", file)).find((path) => existsSync(path));
}

if (Number(process.versions.node.split(".")[0]) >= MIN_MAJOR) {
  const [{ runCli }, { TERMINAL }] = await Promise.all([import("./main.ts"), import("./output.ts")]);
  await runCli(process.argv.slice(2), TERMINAL);
} else {
  const node = packagedNode();
  if (node === undefined) {
    console.error(`sniper needs Node ${MIN_MAJOR}; this is ${process.versions.node}, and no packaged one is installed. Run npm ci first.`);
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends Ctrl-C to the child as well; a plain kill reaches only this process.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}
