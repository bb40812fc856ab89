interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: ReadonlyArray<{ readonly value: T; readonly text: string }>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** A few exclusive options in a row. */
export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
  return (
    <fieldset aria-label={label} className="flex shrink-0 rounded border border-line p-px">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="h-5 rounded-[3px] px-2 text-micro font-medium text-faint hover:text-ink aria-pressed:bg-raised aria-pressed:text-ink"
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  );
}
