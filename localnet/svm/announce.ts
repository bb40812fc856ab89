/** Says once, aloud, that the real programs are missing: the tests that need them count as skipped. */
export default function announce(): void {
  if ((process.env["PROGRAMS_DIR"] ?? "") !== "") return;
  console.warn(
    "\nSKIPPED: the real programs are not here. Set PROGRAMS_DIR to a folder with pump.so, pump_amm.so, pump_fees.so and token_2022.so.\n",
  );
}
