import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { z } from "zod";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Account, Clock } from "../chain/types.ts";
import type { MarketState } from "../market/market.ts";
import { MAX_TRANSACTIONS } from "./history.ts";
import type { ExternalInput, KeptState } from "./localnet.ts";

/** Bumped when the files' form changes; older ones are refused by name. */
const FORMAT = 1;
const SEGMENT_FRAMES = 4_000;
/** Bytes before each packed record: length, tick, slot, Unix milliseconds. */
const FRAME_HEADER = 4 + 8 + 8 + 8;

export type StoreReason = "STATE_MISMATCH" | "STATE_UNREADABLE";

export interface Identity {
  readonly seed: string;
  readonly mix: string;
}

/** One line of the transaction log. */
export interface Frame {
  readonly tick: number;
  readonly clock: Clock;
  readonly packed: Uint8Array;
}

/** What a state folder holds: a snapshot, the transactions before it, and what happened after it. */
export interface Kept {
  readonly state: KeptState;
  readonly frames: readonly Frame[];
  /** Clocks of the ticks after the snapshot, and inputs after it, in order. */
  readonly later: ReadonlyArray<{ readonly clock: Clock; readonly input: ExternalInput | null }>;
}

/** The files of one state folder. The caller holds its lock. */
export interface Store {
  load(): Result<Kept | null, StoreReason>;
  append(frame: Frame): void;
  appendInput(input: ExternalInput): void;
  /** Writes the snapshot beside the old one and swaps them. Resolves when it is on disk. */
  save(state: KeptState): Promise<void>;
  saveNow(state: KeptState): void;
  close(): void;
}

interface Snapshot {
  readonly format: number;
  readonly clock: Clock;
  readonly accounts: ReadonlyArray<readonly [string, Account]>;
  readonly market: MarketState;
  /** Frames and inputs that the snapshot already contains. */
  readonly frameCount: number;
  readonly inputCount: number;
}

const identitySchema = z.object({ format: z.number(), seed: z.string(), mix: z.string() });

/** Opens the store of a folder, made when missing. */
export function openStore(dir: string, identity: Identity): Store {
  mkdirSync(dir, { recursive: true });
  const snapshotPath = join(dir, "snapshot.bin");
  const identityPath = join(dir, "identity.json");
  const inputsPath = join(dir, "inputs.bin");
  let frameCount = 0;
  let inputCount = 0;
  let segment: { fd: number; first: number; frames: number } | null = null;
  let inputs: number | null = null;

  function segments(): Array<{ first: number; path: string }> {
    return readdirSync(dir)
      .flatMap((name) => {
        const match = /^transactions-(\d+)\.log$/.exec(name);
        return match === null ? [] : [{ first: Number(match[1]), path: join(dir, name) }];
      })
      .sort((a, b) => a.first - b.first);
  }

  function checkIdentity(): Result<null, StoreReason> {
    if (!existsSync(identityPath)) {
      writeFileSync(identityPath, JSON.stringify({ format: FORMAT, ...identity }));
      return ok(null);
    }
    const kept = identitySchema.safeParse(readJson(identityPath));
    if (!kept.success || kept.data.format !== FORMAT) return refuse("STATE_UNREADABLE", `${dir} holds no state that this version can read`);
    const { seed, mix } = kept.data;
    if (seed === identity.seed && mix === identity.mix) return ok(null);
    return refuse("STATE_MISMATCH", `${dir} was made with --seed ${seed} --mix ${mix}: start with these, or with another --state`);
  }

  /** Reads the log, splits it at the snapshot, and cuts off what will be played again. */
  function readFrames(snapshot: Snapshot): { before: Frame[]; after: Frame[] } {
    const before: Frame[] = [];
    const after: Frame[] = [];
    for (const { first, path } of segments()) {
      if (first >= snapshot.frameCount) {
        after.push(...decodeFrames(readFileSync(path)).map(({ frame }) => frame));
        rmSync(path);
        continue;
      }
      const decoded = decodeFrames(readFileSync(path));
      const kept = decoded.slice(0, snapshot.frameCount - first);
      before.push(...kept.map(({ frame }) => frame));
      after.push(...decoded.slice(kept.length).map(({ frame }) => frame));
      truncateSync(path, kept.at(-1)?.end ?? 0);
    }
    return { before, after };
  }

  function pack(state: KeptState): Buffer {
    const snapshot: Snapshot = {
      format: FORMAT,
      clock: state.clock,
      accounts: [...state.accounts],
      market: state.market,
      frameCount,
      inputCount,
    };
    return serialize(snapshot);
  }

  return {
    load: () => {
      const checked = checkIdentity();
      if (!checked.ok) return checked;
      if (!existsSync(snapshotPath)) {
        for (const { path } of segments()) rmSync(path);
        rmSync(inputsPath, { force: true });
        return ok(null);
      }
      const snapshot = readSnapshot(snapshotPath);
      if (snapshot === null) return refuse("STATE_UNREADABLE", `${snapshotPath} is damaged: remove ${dir} to start afresh`);
      const { before, after } = readFrames(snapshot);
      const keptInputs = existsSync(inputsPath) ? decodeInputs(readFileSync(inputsPath)) : [];
      frameCount = snapshot.frameCount;
      inputCount = keptInputs.length;
      const lateInputs = keptInputs.slice(snapshot.inputCount);
      return ok({
        state: { clock: snapshot.clock, accounts: new Map(snapshot.accounts), market: snapshot.market },
        frames: before,
        later: interleave(snapshot.market.tick, after, lateInputs),
      });
    },
    append: (frame) => {
      if (segment !== null && segment.frames >= SEGMENT_FRAMES) {
        closeSync(segment.fd);
        segment = null;
        const all = segments();
        for (const [index, { path }] of all.entries()) {
          const next = all[index + 1];
          if (next !== undefined && frameCount - next.first >= MAX_TRANSACTIONS) rmSync(path);
        }
      }
      segment ??= {
        fd: openSync(join(dir, `transactions-${String(frameCount).padStart(12, "0")}.log`), "a"),
        first: frameCount,
        frames: 0,
      };
      writeSync(segment.fd, encodeFrame(frame));
      segment.frames++;
      frameCount++;
    },
    appendInput: (input) => {
      inputs ??= openSync(inputsPath, "a");
      const bytes = serialize(input);
      const header = Buffer.alloc(4);
      header.writeUInt32LE(bytes.length);
      writeSync(inputs, Buffer.concat([header, bytes]));
      inputCount++;
    },
    save: async (state) => {
      const bytes = pack(state);
      const file = await open(`${snapshotPath}.new`, "w");
      await file.writeFile(bytes);
      await file.sync();
      await file.close();
      await rename(`${snapshotPath}.new`, snapshotPath);
    },
    saveNow: (state) => {
      const fd = openSync(`${snapshotPath}.last`, "w");
      writeSync(fd, pack(state));
      fsyncSync(fd);
      closeSync(fd);
      renameSync(`${snapshotPath}.last`, snapshotPath);
    },
    close: () => {
      if (segment !== null) closeSync(segment.fd);
      if (inputs !== null) closeSync(inputs);
      segment = null;
      inputs = null;
    },
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/** The file was written whole by this program: only its format and presence are checked. */
function readSnapshot(path: string): Snapshot | null {
  try {
    const snapshot = deserialize(readFileSync(path)) as Snapshot;
    return snapshot.format === FORMAT ? snapshot : null;
  } catch {
    return null;
  }
}

function encodeFrame({ tick, clock, packed }: Frame): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32LE(packed.length, 0);
  header.writeDoubleLE(tick, 4);
  header.writeDoubleLE(clock.slot, 12);
  header.writeDoubleLE(clock.unixMs, 20);
  return Buffer.concat([header, packed]);
}

/** Frames of a segment with the offset after each; a last frame that was cut off is left out. */
function decodeFrames(bytes: Buffer): Array<{ frame: Frame; end: number }> {
  const frames: Array<{ frame: Frame; end: number }> = [];
  let offset = 0;
  while (offset + FRAME_HEADER <= bytes.length) {
    const end = offset + FRAME_HEADER + bytes.readUInt32LE(offset);
    if (end > bytes.length) break;
    const clock = { slot: bytes.readDoubleLE(offset + 12), unixMs: bytes.readDoubleLE(offset + 20) };
    frames.push({
      frame: { tick: bytes.readDoubleLE(offset + 4), clock, packed: Uint8Array.from(bytes.subarray(offset + FRAME_HEADER, end)) },
      end,
    });
    offset = end;
  }
  return frames;
}

function decodeInputs(bytes: Buffer): ExternalInput[] {
  const inputs: ExternalInput[] = [];
  let offset = 0;
  while (offset + 4 <= bytes.length) {
    const end = offset + 4 + bytes.readUInt32LE(offset);
    if (end > bytes.length) break;
    inputs.push(deserialize(bytes.subarray(offset + 4, end)) as ExternalInput);
    offset = end;
  }
  return inputs;
}

/** The ticks after the snapshot at their recorded clocks, each followed by the inputs that came after it. */
function interleave(snapshotTick: number, frames: readonly Frame[], inputs: readonly ExternalInput[]): Kept["later"] {
  const clocks = new Map<number, Clock>();
  // An input's frame carries the tick that it came after: the first frame of a tick is the tick's own.
  for (const { tick, clock } of frames) if (!clocks.has(tick)) clocks.set(tick, clock);
  const lastTick = Math.max(snapshotTick, ...clocks.keys(), ...inputs.map(({ tick }) => tick));
  const later: Array<{ clock: Clock; input: ExternalInput | null }> = [];
  let clock: Clock | null = null;
  for (let tick = snapshotTick; tick <= lastTick; tick++) {
    if (tick > snapshotTick) {
      clock = clocks.get(tick) ?? clock ?? frames[0]?.clock ?? inputs[0]?.clock ?? null;
      if (clock !== null) later.push({ clock, input: null });
    }
    for (const input of inputs.filter((candidate) => candidate.tick === tick)) {
      later.push({ clock: input.clock, input });
      clock = input.clock;
    }
  }
  return later;
}
