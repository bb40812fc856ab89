import { type FormEvent, useState } from "react";
import { ActionButton, FIELD_CLASS } from "../components/action.tsx";
import { operatorToken, setOperatorToken } from "../data/operator.ts";
import { useStore } from "../data/store.ts";

/** Asks for the operator's token before anything can be changed, and lets it go again. */
export function OperatorGate() {
  const token = useStore(operatorToken);
  const [text, setText] = useState("");
  function keep(event: FormEvent): void {
    event.preventDefault();
    setOperatorToken(text);
    setText("");
  }
  if (token !== null) {
    return (
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-micro text-faint">
        Changes are made as the operator, in this tab only.
        <button type="button" className="underline hover:text-ink" onClick={() => setOperatorToken(null)}>
          Forget the token
        </button>
      </p>
    );
  }
  return (
    <form onSubmit={keep} className="flex flex-col gap-1.5 rounded border border-line p-2.5">
      <label htmlFor="operator-token" className="text-small">
        Operator's token, to change anything here
      </label>
      <div className="flex gap-2">
        <input
          id="operator-token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className={FIELD_CLASS}
        />
        <ActionButton isSubmit isDisabled={text.trim() === ""}>
          Use
        </ActionButton>
      </div>
      <p className="text-micro text-faint">
        On a laptop it is <code className="font-mono text-soft">operatorToken</code> in{" "}
        <code className="font-mono text-soft">.sniper/state/secrets.json</code>, on Cloudflare the secret OPERATOR_TOKEN. It is kept in this
        tab and goes nowhere but to this API.
      </p>
    </form>
  );
}
