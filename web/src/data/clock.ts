import { createStore, useStore } from "./store.ts";

const TICK_MS = 1_000;
const ticks = createStore(Date.now());
let offsetMs = 0;

setInterval(() => ticks.set(Date.now()), TICK_MS);

/** Ages are told by the server's clock: the browser's may be wrong. */
export function setServerTime(nowMs: number): void {
  if (Number.isFinite(nowMs)) offsetMs = nowMs - Date.now();
}

/** The server's time now, in Unix ms, renewed every second. */
export function useServerNow(): number {
  return useStore(ticks) + offsetMs;
}

/** The browser's time now, in Unix ms, renewed every second. */
export function useLocalNow(): number {
  return useStore(ticks);
}

/** The server's time at this instant. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}
