import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { writeEnvFile } from "./run-env.ts";
import type { SignerPlan } from "./system.ts";
import { loadWallet } from "./wallet.ts";

/** Name of the signer's secret; no other Worker ever gets it. */
export const WALLET_SECRET = "WALLET_SECRET_KEY";

/**
 * Limits of the embedded market's signer: its market graduates coins by the minute, and its money is worth
 * nothing. Everything else of the policy is as in the signer's wrangler.toml.
 */
const LOCAL_POLICY: Readonly<Record<string, string>> = {
  MAX_SPEND_PER_TX_LAMPORTS: "5000000000",
  ENTRY_HOUR_LAMPORTS: "500000000000",
  ENTRY_DAY_LAMPORTS: "5000000000000",
  ENTRY_SIGNATURES_PER_HOUR: "600",
  ENTRY_SIGNATURES_PER_DAY: "6000",
  EXIT_HOUR_LAMPORTS: "50000000000",
  EXIT_DAY_LAMPORTS: "100000000000",
  EXIT_SIGNATURES_PER_HOUR: "10000",
  EXIT_SIGNATURES_PER_DAY: "20000",
};

/** The signer of a run on the embedded market: its own wallet of the state folder. */
export function localnetSigner(stateDir: string): SignerPlan {
  return {
    envFile: () => {
      const path = join(stateDir, "signer.env");
      writeEnvFile(path, { ...LOCAL_POLICY, NETWORK: "localnet", [WALLET_SECRET]: loadWallet(stateDir).key });
      return ok(path);
    },
  };
}

/**
 * The signer of a live run on the real market. Its file is handed to the signer's process as it is, never
 * copied, and refused when the key is missing, when others can read it, or when the other Workers' file holds it too.
 */
export function mainnetSigner(varsFile: string, signerVarsFile: string): SignerPlan {
  return { envFile: () => checkSignerFile(varsFile, signerVarsFile) };
}

function checkSignerFile(varsFile: string, signerVarsFile: string): Result<string, "SIGNER_SECRET_MISSING" | "SIGNER_SECRET_EXPOSED"> {
  if (namesOf(varsFile).has(WALLET_SECRET)) {
    return refuse(
      "SIGNER_SECRET_EXPOSED",
      `${varsFile} holds ${WALLET_SECRET}: the wallet's key belongs into ${signerVarsFile} only. Move it there.`,
    );
  }
  if (!namesOf(signerVarsFile).has(WALLET_SECRET)) {
    return refuse(
      "SIGNER_SECRET_MISSING",
      `--mainnet --live needs the wallet's key in a file of its own. Make ${signerVarsFile}, readable by you only (chmod 600), ` +
        `with the line ${WALLET_SECRET}=... (the 64-byte secret key, base58 or a JSON array), and the limits of docs/live.md.`,
    );
  }
  const isOpen = process.platform !== "win32" && (statSync(signerVarsFile).mode & 0o077) !== 0;
  if (isOpen) return refuse("SIGNER_SECRET_EXPOSED", `${signerVarsFile} can be read by others: chmod 600 ${signerVarsFile}`);
  return ok(signerVarsFile);
}

/** Names that a file of variables gives a value. */
function namesOf(path: string): Set<string> {
  if (!existsSync(path)) return new Set();
  const given = Object.entries(parseEnv(readFileSync(path, "utf8"))).filter(([, value]) => value !== undefined && value.trim() !== "");
  return new Set(given.map(([name]) => name));
}
