import type { SeededBug } from "./bugs.ts";

const PAPER = "domain/trading/paper-venue.ts";
const LEDGER = "durable-objects/core/position-ledger.ts";
const INTENT = "domain/trading/landing/intent.ts";
const SETTLE = "domain/trading/portfolio-settle.ts";
const EXIT = "domain/trading/position-exit.ts";

/** Ways in which paper and live could come to differ; the comparison of the two has to find each of them. */
export const PARITY_BUGS: readonly SeededBug[] = [
  {
    name: "paper-skips-a-fee",
    what: "A paper transaction pays no priority fee.",
    edits: [
      {
        file: PAPER,
        find: "networkCostLamports: landedCostLamports(parameters) + otherRent,",
        replace: "networkCostLamports: landedCostLamports({ ...parameters, priorityFeeLamports: 0 }) + otherRent,",
      },
    ],
  },
  {
    name: "paper-fails-for-free",
    what: "A paper transaction that fails on chain pays nothing.",
    edits: [{ file: PAPER, find: "networkCostLamports: failedCostLamports(parameters) };", replace: "networkCostLamports: 0n };" }],
  },
  {
    name: "paper-pays-no-tip",
    what: "The tip is a network fee on paper.",
    edits: [{ file: PAPER, find: "tipLamports: BigInt(parameters.tipLamports),", replace: "tipLamports: 0n," }],
  },
  {
    name: "paper-ignores-rent",
    what: "A paper position neither pays nor gets back the rent of its account.",
    edits: [{ file: PAPER, find: "rentLamports: order.isPart ? 0n : rentLamports,", replace: "rentLamports: 0n," }],
  },
  {
    name: "paper-returns-rent-with-each-part",
    what: "Each part that is sold on paper brings the account's rent.",
    edits: [{ file: PAPER, find: "rentLamports: order.isPart ? 0n : rentLamports,", replace: "rentLamports," }],
  },
  {
    name: "paper-ignores-the-minimum-out",
    what: "A paper order fills at any price.",
    edits: [{ file: PAPER, find: "if (out < order.minOut) return", replace: "if (out < 0n) return" }],
  },
  {
    name: "paper-fills-at-the-decision",
    what: "A paper order fills on the reserves that it was decided on, without waiting to land.",
    edits: [
      {
        file: PAPER,
        find: "const slot = order.decidedSlot + delaySlots;",
        replace: "const slot = order.decidedSlot + Math.min(0, delaySlots);",
      },
      {
        file: PAPER,
        find: "if (order !== null) return order.decidedAtMs + drawLanding(order.id, plan.parameters).delaySlots * SLOT_MS;",
        replace: "if (order !== null) return order.decidedAtMs;",
      },
    ],
  },
  {
    name: "paper-rounds-otherwise",
    what: "A paper sale rounds what it brings up to ten lamports.",
    edits: [
      {
        file: PAPER,
        find: "quoteLamports: userQuoteAmountLamports,",
        replace: 'quoteLamports: order.side === "sell" ? ((userQuoteAmountLamports + 9n) / 10n) * 10n : userQuoteAmountLamports,',
      },
    ],
  },
  {
    name: "live-rounds-otherwise",
    what: "A live buy asks for one unit more than the decision's minimum.",
    edits: [
      {
        file: INTENT,
        find: "      minOut: order.minOut,\n",
        replace: '      minOut: order.side === "buy" ? order.minOut + 1n : order.minOut,\n',
      },
    ],
  },
  {
    name: "live-books-its-prediction",
    what: "A live fill is booked as it was quoted, not as it moved.",
    edits: [
      {
        file: INTENT,
        find: "fill: intent.booking.fill, market",
        replace:
          "fill: { ...intent.booking.fill, baseAmount: BigInt(intent.prepared?.predicted.baseAmount ?? 0), quoteLamports: BigInt(intent.prepared?.predicted.quoteLamports ?? 0) }, market",
      },
    ],
  },
  {
    name: "paper-path-skips-the-caps",
    what: "Entries of paper ledgers pass no limits, as the seeded bug of the long campaign.",
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
    name: "paper-skips-the-number-of-positions",
    what: "Paper holds as many positions as it likes.",
    edits: [
      {
        file: "domain/trading/entry.ts",
        find: "if (books.positions >= parameters.maxPositions) return",
        replace: 'if (!signal.ledger.startsWith("paper") && books.positions >= parameters.maxPositions) return',
      },
    ],
  },
  {
    name: "paper-losses-count-for-nothing",
    what: "Losses in a row and the creator's cooldown count live trades only.",
    edits: [
      {
        file: SETTLE,
        find: "const noted = settlement.isFinal ? noteTrade(",
        replace: "const noted = settlement.isFinal && !state.isDryRun ? noteTrade(",
      },
    ],
  },
  {
    name: "paper-slippage-breaks-nothing",
    what: "The slippage breaker counts live fills only.",
    edits: [
      {
        file: SETTLE,
        find: "return finished(noteSlippage(booked, opened.slippageBps, nowMs), nowMs);",
        replace: "return finished(state.isDryRun ? booked : noteSlippage(booked, opened.slippageBps, nowMs), nowMs);",
      },
    ],
  },
  {
    name: "paper-sells-no-parts",
    what: "The first rung of a paper position sells everything.",
    edits: [
      {
        file: EXIT,
        find: 'const part = reason === "EXIT_LADDER" ? partOf(state, market) : null;',
        replace: 'const part = reason === "EXIT_LADDER" && !plan.isDryRun ? partOf(state, market) : null;',
      },
    ],
  },
  {
    name: "paper-exits-never-widen",
    what: "A paper exit that failed is tried again at the same slippage.",
    edits: [
      {
        file: EXIT,
        find: "const widenings = state.widenings + (CURED_BY_PRICE.has(reason) && !isWidest ? 1 : 0);",
        replace: "const widenings = state.widenings + (CURED_BY_PRICE.has(reason) && !isWidest && !state.plan.isDryRun ? 1 : 0);",
      },
    ],
  },
  {
    name: "live-sees-no-liquidity-collapse",
    what: "A live position does not know with how much liquidity it was bought.",
    edits: [
      {
        file: "domain/trading/position.ts",
        find: "entryQuoteReservesLamports: market.quoteReservesLamports > 0n ?",
        replace: "entryQuoteReservesLamports: !plan.isDryRun ? 0n : market.quoteReservesLamports > 0n ?",
      },
    ],
  },
  {
    name: "paper-hears-no-marks",
    what: "A paper position looks at its pool by itself only, seconds late.",
    edits: [
      {
        file: LEDGER,
        find: "if (!isLiveLedger(state.plan.ledger)) return paperEvent(state, market, nowMs);",
        replace:
          "if (!isLiveLedger(state.plan.ledger)) return paperEvent(state, state.order === null && nowMs < state.deadlineMs ? null : market, nowMs);",
      },
    ],
  },
];
