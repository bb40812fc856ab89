import type { Finding } from "../scoring/assessment.ts";
import { ByteReader } from "../solana/bytes.ts";
import { DEFAULT_ADDRESS, PUMP_TOKEN_DECIMALS, PUMP_TOKEN_SUPPLY, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../solana/programs.ts";
import { decodeMint, EXTENSION, type Extension, extensionName, MINT_SIZE, type Mint, readTokenMetadata } from "../solana/token.ts";
import type { Address } from "../units.ts";
import { describeExtension } from "./extension-text.ts";
import { hard, type RawAccount, soft } from "./findings.ts";

/** Mayhem mode mints as much again as a normal coin has (pump `create_v2`, is_mayhem_mode). */
export const MAX_SUPPLY = 2n * PUMP_TOKEN_SUPPLY;

/**
 * Mint extensions that cannot move, lock, tax or hide anyone's tokens, with their exact size (null:
 * any). Everything else is refused, known or not: a Token-2022 mint is as safe as its worst extension.
 * Sizes: token-2022 and token-metadata/token-group interface structs.
 */
const ALLOWED_EXTENSIONS: ReadonlyMap<number, number | null> = new Map<number, number | null>([
  [EXTENSION.metadataPointer, 64],
  [EXTENSION.tokenMetadata, null],
  [EXTENSION.groupPointer, 64],
  [EXTENSION.groupMemberPointer, 64],
  [EXTENSION.tokenGroup, 80],
  [EXTENSION.tokenGroupMember, 72],
]);

export interface MintJudgement {
  /** Null when it could not be decoded; then there is a hard finding. */
  readonly mint: Mint | null;
  /** Program of the token's accounts. */
  readonly tokenProgram: Address | null;
  readonly findings: readonly Finding[];
}

/**
 * Gates of the mint account: owner, form, authorities, supply, decimals and extensions. All of them
 * are judged, so that the record shows every fault at once.
 */
export function judgeMint(address: Address, account: RawAccount | null): MintJudgement {
  if (account === null) return failed(hard("MINT_UNAVAILABLE"));
  const { owner, data } = account;
  if (owner !== TOKEN_PROGRAM && owner !== TOKEN_2022_PROGRAM) return failed(hard("MINT_WRONG_OWNER", owner));
  if (owner === TOKEN_PROGRAM && data.length !== MINT_SIZE) return failed(hard("MINT_MALFORMED", `${data.length} bytes`));
  const decoded = decodeMint(data);
  if (!decoded.ok) return failed(hard(decoded.reason, decoded.detail));
  const mint = decoded.value;
  const findings: Finding[] = [];
  if (!mint.isInitialized) findings.push(hard("MINT_UNINITIALIZED"));
  if (mint.mintAuthority !== null) findings.push(hard("MINT_AUTHORITY_SET", mint.mintAuthority));
  if (mint.freezeAuthority !== null) findings.push(hard("FREEZE_AUTHORITY_SET", mint.freezeAuthority));
  if (mint.supply <= 0n || mint.supply > MAX_SUPPLY) findings.push(hard("MINT_SUPPLY_INVALID", `${mint.supply} base units`));
  if (mint.decimals !== PUMP_TOKEN_DECIMALS) findings.push(hard("MINT_DECIMALS_INVALID", `${mint.decimals} decimals`));
  for (const extension of mint.extensions) findings.push(...judgeExtension(address, mint, extension));
  return { mint, tokenProgram: owner, findings };
}

function failed(finding: Finding): MintJudgement {
  return { mint: null, tokenProgram: null, findings: [finding] };
}

function judgeExtension(address: Address, mint: Mint, { type, data }: Extension): Finding[] {
  const size = ALLOWED_EXTENSIONS.get(type);
  if (size === undefined) return [hard("EXTENSION_NOT_ALLOWED", describeExtension({ type, data }))];
  if (size !== null && data.length !== size) return [hard("EXTENSION_MALFORMED", `${extensionName(type)}: ${data.length} bytes`)];
  if (type === EXTENSION.metadataPointer) {
    const target = new ByteReader(data, 32).address();
    return target === address ? [] : [soft("METADATA_ELSEWHERE", target === DEFAULT_ADDRESS ? "nowhere" : target)];
  }
  if (type === EXTENSION.tokenMetadata) {
    const metadata = readTokenMetadata(mint);
    if (metadata === null) return [hard("EXTENSION_MALFORMED", "tokenMetadata is cut off")];
    if (metadata.mint !== address) return [hard("EXTENSION_MALFORMED", "tokenMetadata names another mint")];
    return metadata.updateAuthority === null ? [] : [soft("METADATA_MUTABLE", metadata.updateAuthority)];
  }
  return [];
}

/**
 * Judges a mint that was read twice: as it is now, and for what changed in between. Holders may burn,
 * so the supply may fall. For a second look just before a buy, or at a surer commitment.
 */
export function recheckMint(address: Address, before: RawAccount | null, after: RawAccount | null): Finding[] {
  const now = judgeMint(address, after);
  const was = judgeMint(address, before);
  const findings = now.findings.filter(({ severity }) => severity === "hard");
  if (was.mint === null || now.mint === null) return findings;
  const changes = [
    was.tokenProgram === now.tokenProgram ? null : "token program",
    was.mint.mintAuthority === now.mint.mintAuthority ? null : "mint authority",
    was.mint.freezeAuthority === now.mint.freezeAuthority ? null : "freeze authority",
    was.mint.decimals === now.mint.decimals ? null : "decimals",
    now.mint.supply <= was.mint.supply ? null : "supply grew",
    sameExtensions(was.mint, now.mint) ? null : "extensions",
  ].filter((change) => change !== null);
  return changes.length === 0 ? findings : [...findings, hard("MINT_CHANGED", changes.join(", "))];
}

function sameExtensions(a: Mint, b: Mint): boolean {
  return (
    a.extensions.length === b.extensions.length &&
    a.extensions.every(({ type, data }, i) => {
      const other = b.extensions[i];
      return other?.type === type && other.data.length === data.length && data.every((byte, k) => byte === other.data[k]);
    })
  );
}
