import { encodeBase58 } from "../../domain/solana/base58.ts";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import type { Account, CompiledInstruction, TokenBalance, TransactionRecord } from "./types.ts";

/** u64::MAX as a double, which RPC nodes report as the rent epoch of rent-exempt accounts. */
const RENT_EPOCH_EXEMPT = 18_446_744_073_709_552_000;

/** A transaction as getTransaction answers it with encoding "json". */
export function renderTransaction(record: TransactionRecord) {
  const { transaction, err } = record;
  return {
    blockTime: record.blockTimeS,
    meta: {
      computeUnitsConsumed: record.computeUnits,
      err,
      fee: Number(record.feeLamports),
      innerInstructions: record.inner.map(({ index, instructions }) => ({
        index,
        instructions: instructions.map((inner) => renderInstruction(inner, inner.stackHeight)),
      })),
      loadedAddresses: { readonly: [], writable: [] },
      logMessages: record.logs,
      postBalances: record.postBalances.map(Number),
      postTokenBalances: record.postTokenBalances.map(renderTokenBalance),
      preBalances: record.preBalances.map(Number),
      preTokenBalances: record.preTokenBalances.map(renderTokenBalance),
      rewards: [],
      status: err === null ? { Ok: null } : { Err: err },
    },
    slot: record.slot,
    transaction: {
      message: {
        accountKeys: transaction.accountKeys,
        header: transaction.header,
        instructions: transaction.instructions.map((instruction) => renderInstruction(instruction, 1)),
        recentBlockhash: transaction.recentBlockhash,
      },
      signatures: transaction.signatures,
    },
    version: transaction.version,
  };
}

/** A transaction as Helius's raw webhook sends it: the same, with its place in the block. */
export function renderRawWebhookEntry(record: TransactionRecord) {
  return { ...renderTransaction(record), indexWithinBlock: record.indexInBlock };
}

function renderInstruction({ programIdIndex, accounts, data }: CompiledInstruction, stackHeight: number) {
  return { accounts, data: encodeBase58(data), programIdIndex, stackHeight };
}

function renderTokenBalance({ accountIndex, mint, owner, programId, amount, decimals }: TokenBalance) {
  return { accountIndex, mint, owner, programId, uiTokenAmount: renderTokenAmount(amount, decimals) };
}

/** A token amount in the four forms of the RPC API. */
export function renderTokenAmount(amount: bigint, decimals: number) {
  const scale = 10n ** BigInt(decimals);
  const fraction = decimals === 0 ? "" : (amount % scale).toString().padStart(decimals, "0").replace(/0+$/, "");
  const uiAmountString = `${amount / scale}${fraction === "" ? "" : `.${fraction}`}`;
  return { amount: amount.toString(), decimals, uiAmount: amount === 0n ? null : Number(uiAmountString), uiAmountString };
}

/** An account as getAccountInfo answers it with encoding "base64". */
export function renderAccount({ data, executable, lamports, owner }: Account) {
  return {
    data: [encodeBase64(data), "base64"],
    executable,
    lamports: Number(lamports),
    owner,
    rentEpoch: RENT_EPOCH_EXEMPT,
    space: data.length,
  };
}
