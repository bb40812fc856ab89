import type { Graduation } from "../../candidate.ts";
import type { ReasonCode } from "../../reasons.ts";
import type { Finding } from "../../scoring/assessment.ts";
import { SAMPLE_CANDIDATE } from "../../scoring/sample-observations.ts";
import type { Address } from "../../units.ts";
import { judgeAge } from "../age-gates.ts";
import { type Evidence, judgeBehaviour } from "../behaviour.ts";
import type { RawAccount } from "../findings.ts";
import { judgeMetadata, type MetadataInputs } from "../metadata-gates.ts";
import { judgeMint } from "../mint-gates.ts";
import { judgePool } from "../pool-gates.ts";
import { type SampleChanges, type SampleToken, sampleAddress, sampleToken } from "../sample-token.ts";

export type Accounts = Map<Address, RawAccount>;

/** How a token of the corpus differs from the sound sample. */
export interface CorpusToken {
  readonly sample?: SampleChanges;
  /** Changes raw accounts afterwards. */
  readonly edit?: (accounts: Accounts, token: SampleToken) => void;
  readonly graduation?: Partial<Graduation>;
  readonly metadata?: Partial<MetadataInputs>;
  readonly evidence?: Partial<Evidence>;
  /** Milliseconds from the creation to the judgement, and to the graduation. */
  readonly ageMs?: number;
  readonly curveMs?: number;
  readonly discoveredLiquidityLamports?: bigint;
}

/** One bad input: its number in the list of scams, and what it must lead to. */
export interface ScamCase {
  readonly number: number;
  readonly name: string;
  readonly severity: Finding["severity"];
  readonly code: ReasonCode;
  readonly token: CorpusToken;
}

export const SOUND = sampleToken();
export const STRANGER = sampleAddress(66);
export const OPENING = { baseAmount: 206_900_000_000_000n, quoteAmountLamports: 84_990_359_084n } as const;
export const GRADUATION_SLOT = SAMPLE_CANDIDATE.graduation.slot ?? 0;

/** Evidence of a sound token of which little is known. */
export function soundEvidence(token: SampleToken = SOUND): Evidence {
  return {
    candidate: { graduation: SAMPLE_CANDIDATE.graduation },
    supply: 1_000_000_000_000_000n,
    creator: token.creator,
    creatorHolds: 12_000_000_000_000n,
    holders: { topHolder: 0.03, top10: 0.18, creator: 0.012 },
    creation: null,
    fundings: [],
    trades: [],
    reserves: null,
    known: null,
  };
}

/** Every gate over one token, as the Analyzer runs them. */
export function judgeToken(corpus: CorpusToken = {}): Finding[] {
  const token = sampleToken(corpus.sample);
  const accounts: Accounts = new Map(token.accounts);
  corpus.edit?.(accounts, token);
  const read = (address: Address) => accounts.get(address) ?? null;
  const graduation: Graduation = {
    ...SAMPLE_CANDIDATE.graduation,
    mint: token.mint,
    pool: token.pool,
    bondingCurve: token.curve,
    ...OPENING,
    ...corpus.graduation,
  };
  const mint = judgeMint(token.mint, read(token.mint));
  const pool = judgePool({
    mint: token.mint,
    pool: graduation.pool,
    tokenProgram: mint.tokenProgram,
    mintSupply: mint.mint?.supply ?? null,
    poolAccount: read(token.pool),
    baseVault: read(token.baseVault),
    quoteVault: read(token.quoteVault),
    lpMint: read(token.lpMint),
    curve: read(token.curve),
    solUsd: 150,
    minLiquidityUsd: 1_000,
    discoveredLiquidityLamports: corpus.discoveredLiquidityLamports ?? 134_811_707_592n,
    opening: graduation,
  });
  const graduatedAtMs = graduation.blockTimeMs ?? 0;
  const nowMs = graduatedAtMs + 5_000;
  const ageMs = corpus.ageMs ?? (corpus.curveMs ?? 900_000) + 5_000;
  return [
    ...mint.findings,
    ...pool.findings,
    ...judgeMetadata({
      mint: token.mint,
      name: "Sample",
      symbol: "SMPL",
      uri: "https://ipfs.io/ipfs/bafkreih",
      createdByPump: read(token.curve) !== null,
      ...corpus.metadata,
    }),
    ...judgeAge({ ageMs, discoveredAtMs: nowMs, graduation }, nowMs, 86_400_000),
    ...judgeBehaviour({ ...soundEvidence(token), candidate: { graduation }, ...corpus.evidence }),
  ];
}

/** Whether a case led to what it must: the finding, with its severity. */
export function isMet({ severity, code }: Pick<ScamCase, "severity" | "code">, findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === severity && finding.code === code);
}
