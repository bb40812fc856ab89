import { decodeBase58, encodeBase58 } from "../../domain/solana/base58.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address } from "../../domain/units.ts";
import { renderAccount, renderTokenAmount } from "../chain/render.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import { isTokenProgram, readMint, readTokenAccount } from "../chain/token-state.ts";
import type { Account } from "../chain/types.ts";
import type { RpcMethod } from "./rpc.ts";
import { invalidParams, RPC_ERROR, RpcFailure } from "./rpc-errors.ts";
import { addressAt, addressesAt, configAt, type RpcConfig } from "./rpc-params.ts";
import type { RpcSource } from "./rpc-source.ts";

/** Limits of Solana's RPC nodes. */
const MAX_MULTIPLE_ACCOUNTS = 100;
const MAX_LARGEST_ACCOUNTS = 20;
/** Answers of getProgramAccounts stop here; real nodes refuse when a program has too many. */
const MAX_PROGRAM_ACCOUNTS = 5_000;
const MAX_RENT_BYTES = 10 * 1024 * 1024;
/** 1,000 SOL: enough for every test, and too little to empty the faucet by mistake. */
const MAX_AIRDROP_LAMPORTS = 1_000_000_000_000;

/** Methods that read accounts. The chain has one state: every commitment sees the newest. */
export function accountMethods({ chain, airdrop }: RpcSource): Readonly<Record<string, RpcMethod>> {
  const withContext = (value: unknown) => ({ context: { apiVersion: "2.3.0", slot: chain.clock().slot }, value });
  const render = (account: Account | null, config: RpcConfig) => (account === null ? null : renderSliced(account, config));

  function mintAt(address: Address) {
    const account = chain.account(address);
    const mint = account === null ? null : readMint(account);
    if (account === null || mint === null || !mint.isInitialized)
      throw new RpcFailure(RPC_ERROR.invalidParams, "Invalid param: not a Token mint");
    return { mint, program: account.owner };
  }

  return {
    getAccountInfo: (params) => withContext(render(chain.account(addressAt(params, 0)), configAt(params, 1))),
    getMultipleAccounts: (params) => {
      const config = configAt(params, 1);
      return withContext(addressesAt(params, 0, MAX_MULTIPLE_ACCOUNTS).map((address) => render(chain.account(address), config)));
    },
    getBalance: (params) => withContext(Number(chain.account(addressAt(params, 0))?.lamports ?? 0n)),
    requestAirdrop: (params) => {
      const address = addressAt(params, 0);
      const lamports = params[1];
      if (airdrop === null) throw new RpcFailure(RPC_ERROR.methodNotFound, "Method not found");
      if (typeof lamports !== "number" || !Number.isSafeInteger(lamports) || lamports <= 0 || lamports > MAX_AIRDROP_LAMPORTS)
        return invalidParams(`Invalid params: 1 to ${MAX_AIRDROP_LAMPORTS} lamports`);
      return airdrop(address, BigInt(lamports));
    },
    getMinimumBalanceForRentExemption: (params) => {
      const bytes = params[0];
      if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 0 || bytes > MAX_RENT_BYTES)
        return invalidParams("Invalid params");
      return Number(rentExemptLamports(bytes));
    },
    getTokenSupply: (params) => {
      const { mint } = mintAt(addressAt(params, 0));
      return withContext(renderTokenAmount(mint.supply, mint.decimals));
    },
    getTokenAccountBalance: (params) => {
      const account = chain.account(addressAt(params, 0));
      const token = account === null ? null : readTokenAccount(account);
      if (token === null) throw new RpcFailure(RPC_ERROR.invalidParams, "Invalid param: could not find account");
      return withContext(renderTokenAmount(token.amount, mintAt(token.mint).mint.decimals));
    },
    getTokenLargestAccounts: (params) => {
      const address = addressAt(params, 0);
      const { mint, program } = mintAt(address);
      const holders: Array<{ address: Address; amount: bigint }> = [];
      for (const [holder, account] of chain.accounts()) {
        if (account.owner !== program) continue;
        const token = readTokenAccount(account);
        if (token?.mint === address) holders.push({ address: holder, amount: token.amount });
      }
      holders.sort((a, b) => (a.amount === b.amount ? 0 : a.amount < b.amount ? 1 : -1));
      return withContext(
        holders
          .slice(0, MAX_LARGEST_ACCOUNTS)
          .map((holder) => ({ address: holder.address, ...renderTokenAmount(holder.amount, mint.decimals) })),
      );
    },
    getTokenAccountsByOwner: (params) => {
      const owner = addressAt(params, 0);
      const filter = configAt(params, 1);
      const config = configAt(params, 2);
      if (filter.mint === undefined && filter.programId === undefined) return invalidParams("Invalid params: expected mint or programId");
      const found: Array<{ pubkey: Address; account: ReturnType<typeof renderAccount> }> = [];
      for (const [address, account] of chain.accounts()) {
        if (!isTokenProgram(account.owner) || (filter.programId !== undefined && account.owner !== filter.programId)) continue;
        const token = readTokenAccount(account);
        if (token?.owner !== owner || (filter.mint !== undefined && token.mint !== filter.mint)) continue;
        found.push({ pubkey: address, account: renderSliced(account, config) });
      }
      return withContext(found);
    },
    getProgramAccounts: (params) => {
      const program = addressAt(params, 0);
      const config = configAt(params, 1);
      if (program === TOKEN_PROGRAM || program === TOKEN_2022_PROGRAM) {
        if ((config.filters ?? []).length === 0) throw new RpcFailure(-32_010, `${program} excluded from account secondary indexes`);
      }
      const found: Array<{ pubkey: Address; account: ReturnType<typeof renderAccount> }> = [];
      for (const [address, account] of chain.accounts()) {
        if (account.owner !== program || !matches(account, config)) continue;
        found.push({ pubkey: address, account: renderSliced(account, config) });
        if (found.length >= MAX_PROGRAM_ACCOUNTS) break;
      }
      return config.withContext ? withContext(found) : found;
    },
  };
}

function renderSliced(account: Account, { encoding, dataSlice }: RpcConfig): ReturnType<typeof renderAccount> {
  const data = dataSlice == null ? account.data : account.data.slice(dataSlice.offset, dataSlice.offset + dataSlice.length);
  const rendered = renderAccount({ ...account, data });
  if (encoding === "base58") return { ...rendered, data: [encodeBase58(data), "base58"] };
  return { ...rendered, space: account.data.length };
}

function matches(account: Account, { filters }: RpcConfig): boolean {
  return (filters ?? []).every((filter) => {
    if ("dataSize" in filter) return account.data.length === filter.dataSize;
    const wanted = decodeBase58(filter.memcmp.bytes);
    return wanted?.every((byte, i) => account.data[filter.memcmp.offset + i] === byte) ?? invalidParams("Invalid param: memcmp bytes");
  });
}
