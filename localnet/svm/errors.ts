import type { FailedTransactionMetadata } from "litesvm";
import type { InstructionErrorCode, TransactionError } from "../chain/types.ts";

/** Names of `InstructionErrorFieldless`, in the order of litesvm 1.5's enum (solana-instruction error.rs). */
const INSTRUCTION_ERRORS = [
  "GenericError",
  "InvalidArgument",
  "InvalidInstructionData",
  "InvalidAccountData",
  "AccountDataTooSmall",
  "InsufficientFunds",
  "IncorrectProgramId",
  "MissingRequiredSignature",
  "AccountAlreadyInitialized",
  "UninitializedAccount",
  "UnbalancedInstruction",
  "ModifiedProgramId",
  "ExternalAccountLamportSpend",
  "ExternalAccountDataModified",
  "ReadonlyLamportChange",
  "ReadonlyDataModified",
  "DuplicateAccountIndex",
  "ExecutableModified",
  "RentEpochModified",
  "NotEnoughAccountKeys",
  "AccountDataSizeChanged",
  "AccountNotExecutable",
  "AccountBorrowFailed",
  "AccountBorrowOutstanding",
  "DuplicateAccountOutOfSync",
  "InvalidError",
  "ExecutableDataModified",
  "ExecutableLamportChange",
  "ExecutableAccountNotRentExempt",
  "UnsupportedProgramId",
  "CallDepth",
  "MissingAccount",
  "ReentrancyNotAllowed",
  "MaxSeedLengthExceeded",
  "InvalidSeeds",
  "InvalidRealloc",
  "ComputationalBudgetExceeded",
  "PrivilegeEscalation",
  "ProgramEnvironmentSetupFailure",
  "ProgramFailedToComplete",
  "ProgramFailedToCompile",
  "Immutable",
  "IncorrectAuthority",
  "AccountNotRentExempt",
  "InvalidAccountOwner",
  "ArithmeticOverflow",
  "UnsupportedSysvar",
  "IllegalOwner",
  "MaxAccountsDataAllocationsExceeded",
  "MaxAccountsExceeded",
  "MaxInstructionTraceLengthExceeded",
  "BuiltinProgramsMustConsumeComputeUnits",
] as const;

/** Names of `TransactionErrorFieldless`, in the order of litesvm 1.5's enum (solana-transaction-error). */
const TRANSACTION_ERRORS = [
  "AccountInUse",
  "AccountLoadedTwice",
  "AccountNotFound",
  "ProgramAccountNotFound",
  "InsufficientFundsForFee",
  "InvalidAccountForFee",
  "AlreadyProcessed",
  "BlockhashNotFound",
  "CallChainTooDeep",
  "MissingSignatureForFee",
  "InvalidAccountIndex",
  "SignatureFailure",
  "InvalidProgramForExecution",
  "SanitizeFailure",
] as const;

/** litesvm's error in the JSON form of RPC nodes. */
export function transactionError(failed: FailedTransactionMetadata): TransactionError {
  const error: unknown = failed.err();
  if (typeof error === "number") return TRANSACTION_ERRORS[error] ?? `TransactionError${error}`;
  if (typeof error !== "object" || error === null) return "UnknownError";
  if ("accountIndex" in error && typeof error.accountIndex === "number")
    return { InsufficientFundsForRent: { account_index: error.accountIndex } };
  if ("index" in error && typeof error.index === "number" && "err" in error && typeof error.err === "function")
    return { InstructionError: [error.index, instructionError(error.err())] };
  return "UnknownError";
}

function instructionError(error: unknown): InstructionErrorCode {
  if (typeof error === "number") return INSTRUCTION_ERRORS[error] ?? "BorshIoError";
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "number") return { Custom: error.code };
  return "BorshIoError";
}
