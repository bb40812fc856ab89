/** Numbers of the list that other modules answer for, with the file of the test and words of its name. */
export interface Elsewhere {
  readonly numbers: readonly number[];
  readonly file: string;
  readonly words: string;
}

export const ELSEWHERE: readonly Elsewhere[] = [
  { numbers: [63], file: "domain/solana/transaction.test.ts", words: "loaded addresses follow the static keys" },
  { numbers: [66, 78], file: "domain/trading/position.test.ts", words: "never gives up: each failure accepts more slippage" },
  { numbers: [66], file: "domain/trading/position.test.ts", words: "a drained pool closes at what the rent is worth" },
  { numbers: [81, 85, 86, 87], file: "domain/signing/mutations.test.ts", words: "the signer signs none that its policy forbids" },
  { numbers: [82], file: "adapters/rpc/health.test.ts", words: "further behind" },
  { numbers: [83], file: "domain/trading/market.test.ts", words: "a vault of another mint" },
  { numbers: [84, 104], file: "adapters/rpc/hostile.test.ts", words: "every u64 arrives exactly" },
  { numbers: [84], file: "adapters/rpc/hostile.test.ts", words: "a number of 100,000 digits" },
  { numbers: [88, 89], file: "domain/trading/paper-venue.test.ts", words: "below the minimum-out it fails on chain" },
  { numbers: [90, 91, 93, 94], file: "workers/trader/live/campaign.test.ts", words: "1,000 intents" },
  { numbers: [92, 93], file: "domain/trading/landing/intent.test.ts", words: "only the chain ends what was signed" },
  { numbers: [113], file: "domain/trading/entry.test.ts", words: "assessed in the future" },
  { numbers: [95], file: "domain/trading/paper-venue.test.ts", words: "a first buyer pays the rent of others' accounts" },
  { numbers: [100, 118], file: "adapters/rpc/providers.test.ts", words: "a provider of another one is passed over" },
  { numbers: [101], file: "durable-objects/inbox.workerd.test.ts", words: "a signature counts once, across eviction" },
  { numbers: [105], file: "workers/pipeline/pipeline.workerd.test.ts", words: "that the chain does not know" },
  { numbers: [106], file: "workers/pipeline/pipeline.workerd.test.ts", words: "under the signature of another transaction" },
  { numbers: [107], file: "workers/pipeline/pipeline.workerd.test.ts", words: "a late redrive never buys" },
  { numbers: [107], file: "workers/pipeline/pipeline.workerd.test.ts", words: "it is decided once" },
  { numbers: [108], file: "domain/solana/recorded.test.ts", words: "the wire form and the json form of an entry say the same" },
  { numbers: [109], file: "workers/gateway/webhook.workerd.test.ts", words: "refuses more entries than the limit" },
  {
    numbers: [110, 117],
    file: "workers/gateway/webhook.workerd.test.ts",
    words: "reads a body of exactly the limit and refuses one byte more",
  },
  { numbers: [111], file: "workers/gateway/webhook.workerd.test.ts", words: "WEBHOOK_NOT_ARRAY" },
  { numbers: [112], file: "workers/pipeline/pipeline.workerd.test.ts", words: "finds and buys what only the chain knows" },
  { numbers: [114], file: "domain/solana/transaction.test.ts", words: "a negative slot" },
  { numbers: [115], file: "domain/solana/recorded.test.ts", words: "52 enhanced swaps are read and hold no event of ours" },
  { numbers: [116, 120], file: "domain/solana/transaction.test.ts", words: "any JSON is opened and read without throwing" },
  { numbers: [120], file: "domain/solana/transaction.test.ts", words: "names that belong to every object do no harm" },
  { numbers: [121], file: "domain/solana/address.test.ts", words: "only 64 bytes are a signature" },
  { numbers: [122], file: "domain/solana/address.test.ts", words: "derived addresses are off the curve" },
  { numbers: [123], file: "workers/gateway/webhook.workerd.test.ts", words: "refuses everything while no secret is configured" },
  { numbers: [124], file: "workers/gateway/webhook.workerd.test.ts", words: "a Bearer form" },
  { numbers: [125], file: "workers/alerts/alerts.workerd.test.ts", words: "nobody is allowed while the list is empty" },
  { numbers: [125], file: "workers/alerts/alerts.test.ts", words: "what is no command of ours is not answered" },
  { numbers: [127, 128], file: "adapters/r2/parquet.workerd.test.ts", words: "a missing column and a damaged footer are refused" },
  { numbers: [129, 138], file: "adapters/r2/parquet.workerd.test.ts", words: "too many rows" },
  { numbers: [133], file: "domain/learning/label.test.ts", words: "repeated slots and times are dropped" },
  { numbers: [134], file: "domain/learning/split.test.ts", words: "no train label is known later than the first test decision" },
  { numbers: [139], file: "workers/learning/steps.workerd.test.ts", words: "an empty bucket is too few rows" },
  { numbers: [140], file: "adapters/r2/parquet.workerd.test.ts", words: "nulls and extreme amounts included" },
];

const PARQUET = "we read back only Parquet files that we wrote ourselves, and no test feeds such a file";

/** Numbers that no test answers for, each with why, so that nobody takes the list for complete. */
export const UNANSWERED: ReadonlyMap<number, string> = new Map([
  [77, "a sale is simulated at its own size only, and no test has a token whose sales fail by size"],
  [96, "no test has a token account that was frozen or closed beforehand"],
  [97, "no test has an outsider's dust in the position's account"],
  [103, "no test skips slots"],
  [126, "there is no Access token to check: the operator's token is compared as it is"],
  [130, PARQUET],
  [131, PARQUET],
  [132, PARQUET],
  [135, PARQUET],
  [136, PARQUET],
  [137, PARQUET],
  [141, PARQUET],
]);
