import type { ReactNode } from "react";

export type ActionTone = "plain" | "stop" | "go";

const TONES: Readonly<Record<ActionTone, string>> = {
  plain: "border-edge text-ink hover:bg-raised",
  stop: "border-loss/60 text-loss hover:bg-loss/15",
  go: "border-gain/60 text-gain hover:bg-gain/15",
};

interface ButtonProps {
  readonly tone?: ActionTone;
  readonly isSubmit?: boolean;
  readonly isDisabled?: boolean;
  readonly isPressed?: boolean;
  readonly label?: string;
  readonly onClick?: () => void;
  readonly children: ReactNode;
}

/** A button that changes something. */
export function ActionButton({ tone = "plain", isSubmit = false, isDisabled = false, isPressed, label, onClick, children }: ButtonProps) {
  return (
    <button
      type={isSubmit ? "submit" : "button"}
      disabled={isDisabled}
      aria-label={label}
      aria-pressed={isPressed}
      onClick={onClick}
      className={`min-h-7 whitespace-nowrap rounded border px-2.5 text-small font-medium disabled:cursor-not-allowed disabled:opacity-45 aria-pressed:bg-raised max-sm:min-h-9 ${TONES[tone]}`}
    >
      {children}
    </button>
  );
}

/** One line of text that a person types. */
export const FIELD_CLASS =
  "min-h-7 w-full min-w-0 rounded border border-edge bg-canvas px-2 text-small text-ink placeholder:text-faint max-sm:min-h-9";

interface ConfirmProps {
  readonly question: ReactNode;
  readonly yes: string;
  readonly tone: ActionTone;
  readonly isRunning: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
  readonly children?: ReactNode;
}

/** Asks before something is done: what happens in words, then one button for each answer. */
export function Confirm({ question, yes, tone, isRunning, onYes, onNo, children }: ConfirmProps) {
  return (
    <form
      aria-label="Confirm"
      className="flex flex-col gap-2 rounded border border-edge bg-raised p-2.5 text-small"
      onSubmit={(event) => {
        event.preventDefault();
        onYes();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onNo();
      }}
    >
      {/* Told when it appears: it stands where the buttons were. */}
      <div role="alert">{question}</div>
      {children}
      <div className="flex flex-wrap gap-2">
        <ActionButton tone={tone} isSubmit isDisabled={isRunning}>
          {yes}
        </ActionButton>
        <ActionButton onClick={onNo}>Cancel</ActionButton>
      </div>
    </form>
  );
}
