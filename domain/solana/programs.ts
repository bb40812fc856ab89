import type { Address } from "../units.ts";

/** Well-known addresses on mainnet. The embedded market uses the same ones. */
export const SYSTEM_PROGRAM: Address = "11111111111111111111111111111111";
/** All-zero key: "none" in on-chain structs, and "SOL" as a quote mint of the pump program. */
export const DEFAULT_ADDRESS: Address = SYSTEM_PROGRAM;
export const TOKEN_PROGRAM: Address = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
export const TOKEN_2022_PROGRAM: Address = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
export const ATA_PROGRAM: Address = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";
export const COMPUTE_BUDGET_PROGRAM: Address = "ComputeBudget111111111111111111111111111111";
export const METADATA_PROGRAM: Address = "metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s";
export const RENT_SYSVAR: Address = "SysvarRent111111111111111111111111111111111";

export const WSOL_MINT: Address = "So11111111111111111111111111111111111111112";
/** Native mint of Token-2022. */
export const WSOL_2022_MINT: Address = "9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXejP";
export const USDC_MINT: Address = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

export const PUMP_PROGRAM: Address = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P";
export const PUMP_SWAP_PROGRAM: Address = "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA";
export const PUMP_FEES_PROGRAM: Address = "pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ";
export const MAYHEM_PROGRAM: Address = "MAyhSmzXzV1pTf7LsNkrNwkWKTo4ougAJ1PPg47MD4e";

/** PDA ["global"] of pump. */
export const PUMP_GLOBAL: Address = "4wTV1YmiEkRvAtNtsSGPtUrqRYQMe5SKy2uB4Jjaxnjf";
/** PDA ["mint-authority"] of pump. */
export const PUMP_MINT_AUTHORITY: Address = "TSLvdd1pWpHVjahSpsvCXUbgwsL3JAcvokwaKt1eokM";
/** PDA ["global_config"] of PumpSwap. */
export const PUMP_SWAP_GLOBAL_CONFIG: Address = "ADyA8hdefvWN2dbGGWFotbzWxrAvLW83WG6QCVXvJKqw";
/** Account 1 of every migrate and migrate_v2: watching it alone covers every graduation. */
export const PUMP_WITHDRAW_AUTHORITY: Address = "39azUYFWPz3VHgKCf3VChUwbpURdCHRxjWVowf5jUJjg";
/** PDA ["__event_authority"] of pump. */
export const PUMP_EVENT_AUTHORITY: Address = "Ce6TQqeHC9p8KetsN6JsjHK7UTZk7nasjjnr7XxXp9F1";
/** PDA ["__event_authority"] of PumpSwap. */
export const PUMP_SWAP_EVENT_AUTHORITY: Address = "GS4CU59F31iL7aR2Q8zVS8DRrcRnXX1yjQ66TqNVQnaR";
/** PDA ["fee_config", pump] of the fee program. */
export const PUMP_FEE_CONFIG: Address = "8Wf5TiAheLUqBrKXeYg2JtAFFMWtKdG2BSFgqUcPVwTt";
/** PDA ["fee_config", PumpSwap] of the fee program. */
export const PUMP_SWAP_FEE_CONFIG: Address = "5PHirr8joyTMp9JMm6nW7hNDVyEYdkzDqazxPD7RaTjx";

/** PDA ["global_volume_accumulator"] of pump. */
export const PUMP_GLOBAL_VOLUME_ACCUMULATOR: Address = "Hq2wp8uJ9jCPsYgNHex8RtqdvMPfVGoYwjvF1ATiwn2Y";
/** PDA ["global_volume_accumulator"] of PumpSwap. */
export const PUMP_SWAP_GLOBAL_VOLUME_ACCUMULATOR: Address = "C2aFPdENg4A2HQsmrd5rTw5TaYBX5Ku887cWjbFKtZpw";

/** Pyth receiver program: owner of the price accounts. */
export const PYTH_RECEIVER_PROGRAM: Address = "rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ";
/** Pyth push-oracle PriceUpdateV2 account of SOL/USD, shard 0. */
export const PYTH_SOL_USD: Address = "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE";
/** Pyth feed id of SOL/USD, hexadecimal. */
export const PYTH_SOL_USD_FEED_ID = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";

/** Genesis hash of mainnet-beta: tells one cluster's RPC node from another's. */
export const MAINNET_GENESIS_HASH = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

/** Decimals of every pump.fun coin. */
export const PUMP_TOKEN_DECIMALS = 6;
/** Supply of a new pump.fun coin in base units: 1,000,000,000 tokens. */
export const PUMP_TOKEN_SUPPLY = 1_000_000_000_000_000n;
