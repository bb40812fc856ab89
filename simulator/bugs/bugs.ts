import { PARITY_BUGS } from "./parity-bugs.ts";

/** One change of a source file: `find` must be there exactly once. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A mistake that somebody could have made, as changes of the engine's source. */
export interface SeededBug {
  readonly name: string;
  /** What is wrong then, and where the engine's design makes it look different from its name. */
  readonly what: string;
  readonly edits: readonly Edit[];
}

const INBOX = "durable-objects/core/inbox-core.ts";
const PORTFOLIO = "durable-objects/core/portfolio-core.ts";
const SETTLE = "domain/trading/portfolio-settle.ts";
const POSITION = "domain/trading/position.ts";
const EXIT = "domain/trading/position-exit.ts";
const STEP = "workers/trader/live/step.ts";
const OUTCOME = "workers/trader/live/outcome.ts";
const INTENT = "domain/trading/landing/intent.ts";
const DEAD_LETTERS = "workers/gateway/dead-letters.ts";
const BOOKS = "durable-objects/portfolio-store.ts";

/** The deliberate bugs that the simulation has to find, each by a rule. */
export const BUGS: readonly SeededBug[] = [
  {
    name: "no-inbox-dedupe",
    what: "A signature that was delivered before is taken for new.",
    edits: [
      {
        file: INBOX,
        find: 'if (!this.#store.addDelivery(delivery.signature, delivery.receivedAtMs)) return { key, status: "duplicate" };',
        replace: "this.#store.addDelivery(delivery.signature, delivery.receivedAtMs);",
      },
    ],
  },
  {
    name: "dedupe-after-send",
    what: "A delivery is remembered only after its messages went out.",
    edits: [
      {
        file: INBOX,
        find: 'if (!this.#store.addDelivery(delivery.signature, delivery.receivedAtMs)) return { key, status: "duplicate" };',
        replace: 'if (this.#store.isDelivered(delivery.signature)) return { key, status: "duplicate" };',
      },
      {
        file: INBOX,
        find: "await this.#flush();\n    return answers;",
        replace:
          "await this.#flush();\n    for (const { signature, receivedAtMs } of deliveries) this.#store.addDelivery(signature, receivedAtMs);\n    return answers;",
      },
    ],
  },
  {
    name: "send-before-persist",
    what: "What is signed is stored after it was signed and sent: who dies in between prepares another message.",
    edits: [
      {
        file: STEP,
        find: 'store.apply({ type: "prepared", nowMs, prepared: prepared.value });\n    return sign(store, context, ports);',
        replace: `const early = await ports.sign({ ...store.current(), prepared: prepared.value }, null);
    if (!early.ok) return void store.apply({ type: early.reason === "SIGNER_UNAVAILABLE" ? "stalled" : "refused", nowMs, reason: early.reason, detail: null });
    await ports.send({ ...store.current(), ...early.value });
    store.apply({ type: "prepared", nowMs: ports.now(), prepared: prepared.value });
    store.apply({ type: "signed", nowMs: ports.now(), ...early.value });
    return;`,
      },
    ],
  },
  {
    name: "failed-on-timeout",
    what: "A send that is not answered counts as failed.",
    edits: [
      {
        file: INTENT,
        find: 'const status = accepted ? "sent" : intent.status === "sent" ? "sent" : "unknown";',
        replace:
          'if (!accepted) return ended(intent, "failed", "LANDING_FAILED", detail, nowMs);\n  const status: "sent" | "unknown" = "sent";',
      },
    ],
  },
  {
    name: "re-sign-on-timeout",
    what: "An order that is not seen after some sends is taken for expired, and the next attempt is signed.",
    edits: [
      {
        file: INTENT,
        find: "const absences = event.processed ? { absences: 0, absentAtMs: null } : {};",
        replace:
          'if (!event.processed && intent.sends >= 3) return ended(intent, "expired", "TX_EXPIRED", null, nowMs);\n      const absences = event.processed ? { absences: 0, absentAtMs: null } : {};',
      },
    ],
  },
  {
    name: "re-sign-by-lagging-node",
    what: "One node's word is enough for a transaction to be gone.",
    edits: [
      {
        file: OUTCOME,
        find: "await findSignature(ports.providers, signature, prepared.lastValidBlockHeight)",
        replace: "await findSignature(ports.providers.slice(0, 1), signature, prepared.lastValidBlockHeight)",
      },
    ],
  },
  {
    name: "processed-as-final",
    what: "A transaction in a processed block counts as final, although a fork may drop it.",
    edits: [
      {
        file: OUTCOME,
        find: 'if (status === null || status.confirmationStatus === "processed") return null;',
        replace: "if (status === null) return null;",
      },
    ],
  },
  {
    name: "expiry-by-wall-clock",
    what: "A transaction is given up some time after it was prepared, whatever the block height.",
    edits: [
      {
        file: OUTCOME,
        find: 'if (height.value <= prepared.lastValidBlockHeight) return void store.apply({ type: "pending", nowMs: ports.now(), processed: false });',
        replace:
          'if (ports.now() - prepared.preparedAtMs < 20_000) return void store.apply({ type: "pending", nowMs: ports.now(), processed: false });\n  return void store.apply({ type: "absent", nowMs: ports.now() });',
      },
    ],
  },
  {
    name: "exposure-read-before-await",
    what: "The books are read, something is awaited, and the reservation is made on what was read.",
    edits: [
      {
        file: PORTFOLIO,
        find: 'const answer = this.#apply({ type: "request-entry", nowMs: clockMs, request });',
        replace: `const stale = this.#state;
    if (stale === null) return refuse("NOT_FOUND");
    await this.#host.storage.flush();
    await positionOf(this.#env, "live-A-nobody").view();
    const step = reducePortfolio(stale, { type: "request-entry", nowMs: clockMs, request });
    this.#commit(stale, step, clockMs);
    const { answer } = step;`,
      },
    ],
  },
  {
    name: "reservation-not-released",
    what: "An entry that is given up tells nobody, and its cash stays reserved.",
    edits: [
      {
        file: POSITION,
        find: 'closedAtMs: nowMs }, nowMs, [{ type: "settle-entry", settlement }]);',
        replace: "closedAtMs: nowMs }, nowMs, settlement === null ? [] : []);",
      },
    ],
  },
  {
    name: "reservation-released-twice",
    what: "A second settlement of an abandoned entry frees its reservation again.",
    edits: [
      {
        file: SETTLE,
        find: 'if (holding === undefined || holding.phase !== "reserved") return { state, effects: [], answer: ok(null) };\n  if (entryCostLamports',
        replace: `if (holding === undefined && opened === null) {
    const outcome = state.signals.get(settlement.signalId);
    const again = outcome?.granted === true ? outcome.sizeLamports : 0n;
    return finished({ state: { ...state, cashLamports: state.cashLamports + again }, effects: [] }, nowMs);
  }
  if (holding === undefined || holding.phase !== "reserved") return { state, effects: [], answer: ok(null) };
  if (entryCostLamports`,
      },
      {
        file: "domain/trading/portfolio.ts",
        find: "if (conservationError(step.state) !== 0n) throw",
        replace: "if (conservationError(step.state) === 1n) throw",
      },
    ],
  },
  {
    name: "breaker-in-memory-only",
    what: "A stop of the ledger is not stored: a restart forgets it.",
    edits: [
      {
        file: BOOKS,
        find: 'this.#put("books", figures satisfies Figures);',
        replace: 'this.#put("books", { ...figures, control: { ...figures.control, state: "ACTIVE" } } satisfies Figures);',
      },
    ],
  },
  {
    name: "breaker-reset-at-local-midnight",
    what: "A new day, of a clock that is not even UTC, sets the ledger active again.",
    edits: [
      {
        file: "domain/trading/risk/breakers.ts",
        find: "return day === state.risk.day ? state : { ...state, risk: { ...state.risk, day } };",
        replace:
          'const isMidnight = Math.floor((nowMs + 120_000) / 86_400_000) !== Math.floor((state.control.atMs + 120_000) / 86_400_000);\n  const control: Control = isMidnight && state.control.state !== "ACTIVE" ? { ...state.control, state: "ACTIVE", reason: null, atMs: nowMs } : state.control;\n  const risk = isMidnight ? { ...state.risk, day, tripped: null } : { ...state.risk, day };\n  return day === state.risk.day && control === state.control ? state : { ...state, control, risk };',
      },
    ],
  },
  {
    name: "alarm-not-re-armed-on-throw",
    what: "An alarm whose handler throws is gone.",
    edits: [
      {
        file: "durable-objects/shared/alarms.ts",
        find: "      } catch (error) {\n",
        replace: "      } catch (error) {\n        this.cancel(lease.name);\n",
      },
    ],
  },
  {
    name: "alarm-sells-twice",
    what: "A position that looks at its pool again while a sale is under way sells again.",
    edits: [
      {
        file: POSITION,
        find: 'if (state.order !== null || state.status === "planned") return same(state);',
        replace: 'if ((state.order !== null && state.order.side === "buy") || state.status === "planned") return same(state);',
      },
      {
        file: "durable-objects/core/position-ledger.ts",
        find: "if (state.order !== null) return null;",
        replace: 'if (state.order !== null && state.order.side === "buy") return null;',
      },
    ],
  },
  {
    name: "d1-written-before-chain-proof",
    what: "The fill is recorded, and goes to D1, when a processed block shows the transaction.",
    edits: [
      {
        file: OUTCOME,
        find: 'if (status !== null) return void store.apply({ type: "pending", nowMs: ports.now(), processed: true });',
        replace: `if (status !== null) {
    const nowMs = ports.now();
    const { predicted: p } = prepared;
    store.apply({ type: "seen", nowMs, seen: { slot: status.slot, failed: false, detail: null } });
    const costs = BigInt(p.networkFeeLamports) + BigInt(p.tipLamports);
    const fill = { slot: status.slot, baseAmount: BigInt(p.baseAmount), quoteLamports: BigInt(p.quoteLamports), venueFeeLamports: BigInt(p.venueFeeLamports), networkCostLamports: costs, tipLamports: BigInt(p.tipLamports), rentLamports: BigInt(p.rentLamports), otherRentLamports: 0n, impactBps: 0 };
    const market = { baseReserves: 1n, quoteReservesLamports: 1n, fees: { lpBps: 0n, protocolBps: 0n, creatorBps: 0n }, slot: status.slot, atMs: nowMs };
    return void store.apply({ type: "booked", nowMs, booking: { fill, actual: p, market, expected: p, differences: [] } });
  }`,
      },
    ],
  },
  {
    name: "outbox-row-deleted-before-ack",
    what: "Entries leave the outbox before the journal has them.",
    edits: [
      {
        file: "durable-objects/shared/outbox.ts",
        find: "await journalOf(this.#env).append(batch.entries);\n        this.#log.deleteThrough(batch.last);",
        replace: "this.#log.deleteThrough(batch.last);\n        await journalOf(this.#env).append(batch.entries);",
      },
    ],
  },
  {
    name: "dead-letter-queue-without-consumer",
    what: "Nobody archives dead letters. Consumers are configuration; here the consumer takes them and does nothing.",
    edits: [
      {
        file: DEAD_LETTERS,
        find: "for (const message of batch.messages) {\n    const bodyJson",
        replace: "for (const message of [] as typeof batch.messages) {\n    const bodyJson",
      },
    ],
  },
  {
    name: "queue-ack-before-commit",
    what: "A message is acknowledged before what it carries is stored.",
    edits: [
      {
        file: DEAD_LETTERS,
        find: "for (const message of batch.messages) {\n    const bodyJson",
        replace: "for (const message of batch.messages) {\n    message.ack();\n    const bodyJson",
      },
    ],
  },
  {
    name: "number-on-u64",
    what: "Stored amounts pass through a double.",
    edits: [
      {
        file: "domain/json.ts",
        find: "? BigInt(digits) : inner;",
        replace: "? BigInt(Number(digits)) : inner;",
      },
    ],
  },
  {
    name: "decimals-assumed",
    what: "A sale sells whole tokens of six decimals and leaves the rest.",
    edits: [
      {
        file: EXIT,
        find: "const amountIn = part ?? state.heldBase;",
        replace: "const amountIn = part ?? (state.heldBase / 1_000_000n) * 1_000_000n;",
      },
    ],
  },
  {
    name: "paper-path-skips-risk",
    what: "Entries of paper ledgers pass no limits.",
    edits: [
      {
        file: "domain/trading/entry.ts",
        find: "const risk = checkRisk(books.risk, parameters, nowMs);",
        replace: 'const risk = signal.ledger.startsWith("paper") ? ok(null) : checkRisk(books.risk, parameters, nowMs);',
      },
      {
        file: "domain/trading/entry.ts",
        find: "if (books.positions >= parameters.maxPositions) return",
        replace: 'if (!signal.ledger.startsWith("paper") && books.positions >= parameters.maxPositions) return',
      },
    ],
  },
  {
    name: "exit-blocked-by-a-cap",
    what: "An exit is not made while the number of positions is at its cap. A position does not know the number: here the cap is one.",
    edits: [
      {
        file: EXIT,
        find: "if (reason === null) return nowMs - state.recordedAtMs",
        replace: "if (reason === null || parameters.maxPositions === 1) return nowMs - state.recordedAtMs",
      },
    ],
  },
  {
    name: "restore-resumes-without-reconciling",
    what: "Books that were restored to an earlier point go on as if nothing had happened.",
    edits: [
      {
        file: PORTFOLIO,
        find: "if (newest > from) {",
        replace: "if (newest < 0) {",
      },
    ],
  },
];

/** By its name, those of the comparison of paper with live among them. */
export function bugNamed(name: string): SeededBug | null {
  return [...BUGS, ...PARITY_BUGS].find((bug) => bug.name === name) ?? null;
}

/** The source with the bug in it. Throws when a fragment is not there exactly once. */
export function withBug(source: string, bug: SeededBug, file: string): string {
  let text = source;
  for (const { find, replace } of bug.edits.filter((edit) => edit.file === file)) {
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`bug ${bug.name}: its fragment is ${times} times in ${file}`);
    text = text.replace(find, () => replace);
  }
  return text;
}
