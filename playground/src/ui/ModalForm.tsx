import { useEffect, useRef, useState } from "preact/hooks";
import type { Person } from "../discord/person";
import { Kind, type Component, type Modal } from "../discord/types";
import { Menu } from "./Components";
import { focusComposer } from "./Composer";
import { Markdown } from "./Markdown";

const PARAGRAPH = 2;

/** What was put into one input. */
interface Filled {
  value?: string;
  values?: string[];
  checked?: boolean;
  files?: File[];
  words?: string[];
}

interface Input {
  component: Component;
  label: string;
  description: string;
  /** The label component around it; inputs of the older kind stand in a row. */
  around: Component;
}

function inputsOf(components: Component[]): Input[] {
  return components.flatMap((around) => {
    if (around.type === Kind.Label && around.component) {
      return [{ component: around.component, label: around.label ?? "", description: around.description ?? "", around }];
    }
    if (around.type === Kind.Row) {
      return (around.components ?? []).map((component) => ({ component, label: component.label ?? "", description: "", around }));
    }
    return [];
  });
}

function keyOf(component: Component): string {
  return component.custom_id ?? String(component.id);
}

function initial(component: Component): Filled {
  const defaults = (component.options ?? []).filter((option) => option.default).map((option) => option.value);
  switch (component.type) {
    case Kind.TextInput:
      return { value: component.value ?? "" };
    case Kind.Checkbox:
      return { checked: component.default ?? false };
    case Kind.Radio:
      return defaults[0] === undefined ? {} : { value: defaults[0] };
    default:
      return { values: defaults.length ? defaults : (component.default_values ?? []).map((one) => one.id), files: [] };
  }
}

function problemOf(component: Component, filled: Filled): string {
  const required = component.required !== false;
  if (component.type === Kind.TextInput) {
    const length = (filled.value ?? "").length;
    if (!length) return required ? "This field is required" : "";
    if (component.min_length && length < component.min_length) return `Must be at least ${component.min_length} characters`;
    if (component.max_length && length > component.max_length) return `Must be at most ${component.max_length} characters`;
    return "";
  }
  if (component.type === Kind.Checkbox) return "";
  if (component.type === Kind.Radio) return required && !filled.value ? "Choose one" : "";
  const count = component.type === Kind.FileUpload ? (filled.files?.length ?? 0) : (filled.values?.length ?? 0);
  const least = component.min_values ?? 1;
  if (required && count < Math.max(1, least)) return least > 1 ? `Choose at least ${least}` : "This field is required";
  if (component.max_values && count > component.max_values) return `Choose at most ${component.max_values}`;
  return "";
}

export function ModalForm({ modal, person }: { modal: Modal; person: Person }) {
  const inputs = inputsOf(modal.components);
  const [filled, setFilled] = useState<Record<string, Filled>>(() =>
    Object.fromEntries(inputs.map(({ component }) => [keyOf(component), initial(component)])),
  );
  const [tried, setTried] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const guild = person.guild(person.channel(modal.channel_id)?.guild_id ?? null);

  useEffect(() => {
    const before = document.activeElement;
    const form = dialog.current;
    form?.showModal();
    form?.querySelector<HTMLElement>(".field :is(input, textarea, button)")?.focus();
    return () => {
      form?.close();
      requestAnimationFrame(() => {
        if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
        else focusComposer();
      });
    };
  }, []);

  const put = (component: Component, how: Filled) =>
    setFilled({ ...filled, [keyOf(component)]: { ...filled[keyOf(component)], ...how } });

  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (inputs.some(({ component }) => problemOf(component, filled[keyOf(component)] ?? {}))) return;
    const files: File[] = [];
    const answer = (component: Component) => {
      const one = filled[keyOf(component)] ?? {};
      const base = { type: component.type, id: component.id, custom_id: component.custom_id };
      if (component.type === Kind.TextInput) return { ...base, value: one.value ?? "" };
      if (component.type === Kind.Radio) return { ...base, value: one.value ?? null };
      if (component.type === Kind.Checkbox) return { ...base, value: one.checked ?? false };
      if (component.type === Kind.FileUpload) {
        const ids = (one.files ?? []).map((file) => String(files.push(file) - 1));
        return { ...base, values: ids };
      }
      return { ...base, values: one.values ?? [] };
    };
    const components = modal.components.flatMap((around): object[] => {
      if (around.type === Kind.Label && around.component) return [{ type: around.type, id: around.id, component: answer(around.component) }];
      if (around.type === Kind.Row) return [{ type: around.type, id: around.id, components: (around.components ?? []).map(answer) }];
      return [];
    });
    const plain = Object.fromEntries(
      inputs.flatMap(({ component, label }) => {
        const one = filled[keyOf(component)] ?? {};
        if (component.type === Kind.FileUpload) return [];
        const value = component.type === Kind.Checkbox ? (one.checked ?? false) : (one.value ?? (one.words ?? one.values ?? []).join(", "));
        return [[label || keyOf(component), value]];
      }),
    );
    void person.submit(modal, components, plain, files);
  };

  return (
    <dialog class="modal" ref={dialog} aria-labelledby="modal-title" onCancel={() => person.dismissModal()}>
      <form onSubmit={submit} noValidate>
        <header>
          <h2 id="modal-title">{modal.title}</h2>
          <button type="button" class="plain" aria-label="Close" onClick={() => person.dismissModal()}>✕</button>
        </header>
        <div class="modal-fields">
          {modal.components
            .filter((one) => one.type === Kind.TextDisplay)
            .map((one, index) => <Markdown key={index} text={one.content ?? ""} person={person} guildId={guild?.id ?? null} />)}
          {inputs.map(({ component, label, description }) => {
            const key = keyOf(component);
            const problem = tried ? problemOf(component, filled[key] ?? {}) : "";
            return (
              <div class="field" key={key}>
                <label for={`field-${key}`} class={problem ? "wrong" : ""}>
                  {label} {component.required !== false && component.type !== Kind.Checkbox && <span class="required" aria-label="required">*</span>}
                </label>
                {description && <small>{description}</small>}
                <Field id={`field-${key}`} component={component} label={label} filled={filled[key] ?? {}} person={person} guild={guild} onPut={(how) => put(component, how)} />
                {problem && <small class="failure" role="alert">{problem}</small>}
              </div>
            );
          })}
        </div>
        <footer>
          <button type="button" class="button secondary" onClick={() => person.dismissModal()}>Cancel</button>
          <button type="submit" class="button primary">Submit</button>
        </footer>
      </form>
    </dialog>
  );
}

interface FieldProps {
  id: string;
  component: Component;
  label: string;
  filled: Filled;
  person: Person;
  guild: ReturnType<Person["guild"]>;
  onPut: (how: Filled) => void;
}

function Field({ id, component, label, filled, person, guild, onPut }: FieldProps) {
  switch (component.type) {
    case Kind.TextInput: {
      const shared = {
        id,
        value: filled.value ?? "",
        placeholder: component.placeholder ?? "",
        onInput: (event: Event) => onPut({ value: (event.currentTarget as HTMLInputElement).value }),
      };
      const count = component.max_length ? <span class="count">{(filled.value ?? "").length}/{component.max_length}</span> : null;
      return component.style === PARAGRAPH ? <>{<textarea rows={4} {...shared} />}{count}</> : <>{<input {...shared} />}{count}</>;
    }
    case Kind.Radio:
      return (
        <div role="radiogroup" aria-label={label} id={id}>
          {(component.options ?? []).map((option) => (
            <label key={option.value} class="choice">
              <input type="radio" name={id} checked={filled.value === option.value} onChange={() => onPut({ value: option.value })} />
              <span>{option.label}{option.description && <small>{option.description}</small>}</span>
            </label>
          ))}
        </div>
      );
    case Kind.Checkboxes:
      return (
        <div role="group" aria-label={label} id={id}>
          {(component.options ?? []).map((option) => {
            const values = filled.values ?? [];
            const on = values.includes(option.value);
            return (
              <label key={option.value} class="choice">
                <input
                  type="checkbox"
                  checked={on}
                  onChange={() => onPut({ values: on ? values.filter((one) => one !== option.value) : [...values, option.value] })}
                />
                <span>{option.label}{option.description && <small>{option.description}</small>}</span>
              </label>
            );
          })}
        </div>
      );
    case Kind.Checkbox:
      return <input id={id} type="checkbox" checked={filled.checked ?? false} onChange={(event) => onPut({ checked: event.currentTarget.checked })} />;
    case Kind.FileUpload:
      return <input id={id} type="file" multiple={(component.max_values ?? 1) > 1} onChange={(event) => onPut({ files: Array.from(event.currentTarget.files ?? []) })} />;
    default:
      return <Menu component={component} guild={guild} person={person} label={component.placeholder || label} onChange={(values, words) => onPut({ values, words })} />;
  }
}
