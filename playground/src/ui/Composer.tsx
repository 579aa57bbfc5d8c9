// Where a member types: plain words, or a command with its options as chips.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Person, Place } from "../discord/person";
import { Refused } from "../discord/rest";
import { nameOf, type Choice, type Command, type CommandOption, type Message } from "../discord/types";

const SUB = 1;
const GROUP = 2;
const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;
const MENTIONABLE = 9;
const NUMBER = 10;
const ATTACHMENT = 11;
const CHAT_INPUT = 1;
const SUGGEST_AFTER_MS = 120;
const TYPING_EVERY_MS = 8_000;
const MOST_CHARS = 2000;

const TYPE_NAMES: Record<number, string> = {
  [STRING]: "text",
  [INTEGER]: "whole number",
  [BOOLEAN]: "true or false",
  [USER]: "member",
  [CHANNEL]: "channel",
  [ROLE]: "role",
  [MENTIONABLE]: "member or role",
  [NUMBER]: "number",
  [ATTACHMENT]: "file",
};

/** One command as it is used: with the subcommand that leads to it. */
interface Leaf {
  command: Command;
  words: { name: string; type: number }[];
  full: string;
  description: string;
  options: CommandOption[];
}

interface Given {
  value: string | number | boolean;
  label: string;
  file?: File;
}

interface Suggestion {
  label: string;
  note?: string;
  value: string | number | boolean;
}

interface Props {
  person: Person;
  place: Place;
  channelName: string;
  replyTo: Message | null;
  onReplied: () => void;
}

/** Give the keyboard back to where one types. */
export function focusComposer(): void {
  const here = document.querySelector(".pane.active .composer") ?? document.querySelector(".composer");
  here?.querySelector<HTMLElement>("textarea, .chip input, .run")?.focus();
}

export function Composer({ person, place, channelName, replyTo, onReplied }: Props) {
  const [text, setText] = useState("");
  const [leaf, setLeaf] = useState<Leaf | null>(null);
  const [commands, setCommands] = useState<Command[]>([]);
  const [picked, setPicked] = useState(0);
  const [files, setFiles] = useState<File[]>([]);
  const [error, setError] = useState("");
  const input = useRef<HTMLTextAreaElement>(null);
  const typed = useRef(0);

  const picking = leaf === null && text.startsWith("/");
  const version = person.commandsChanged.value;
  useEffect(() => {
    if (!picking) return;
    let current = true;
    person
      .commands(place)
      .then((found) => current && setCommands(found))
      .catch(() => current && setCommands([]));
    return () => {
      current = false;
    };
  }, [picking, version, place.guildId, place.channelId]);

  const found = useMemo(() => (picking ? search(leavesOf(commands), text.slice(1)) : []), [picking, commands, text]);
  useEffect(() => setPicked(0), [text]);
  useEffect(() => {
    if (replyTo) input.current?.focus();
  }, [replyTo]);

  const choose = (chosen: Leaf) => {
    setLeaf(chosen);
    setText("");
    setError("");
  };

  const send = async () => {
    const words = text.trim();
    if (!words && !files.length) return;
    setError("");
    // At once: what is typed while the answer is on its way is the next message.
    setText("");
    setFiles([]);
    try {
      await person.say(place, text, files, replyTo ?? undefined);
      onReplied();
    } catch (refused) {
      setText((typedSince) => typedSince || text);
      setFiles((addedSince) => (addedSince.length ? addedSince : files));
      setError(refused instanceof Refused ? refused.message : "The message was not sent");
    }
  };

  // Who types faster than the list comes gets the command all the same.
  const chooseFirst = async () => {
    const all = await person.commands(place).catch(() => []);
    const first = search(leavesOf(all), text.slice(1))[0];
    if (first) choose(first);
    else setError(`There is no command ${text.split(" ")[0]} here for ${person.name}`);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (picking && found.length) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        setPicked((picked + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        const chosen = found[picked];
        if (chosen) choose(chosen);
        return;
      }
    }
    if (event.key === "Escape") {
      if (picking) setText("");
      else if (replyTo) onReplied();
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!picking) void send();
      else void chooseFirst();
    }
  };

  const onInput = (value: string) => {
    setText(value);
    setError("");
    if (!value.startsWith("/") && value && Date.now() - typed.current > TYPING_EVERY_MS) {
      typed.current = Date.now();
      void person.type(place);
    }
  };

  if (leaf) {
    return (
      <Filling
        key={leaf.full}
        leaf={leaf}
        person={person}
        place={place}
        onDone={() => {
          setLeaf(null);
          requestAnimationFrame(() => input.current?.focus());
        }}
      />
    );
  }
  return (
    <div class="composer">
      {picking && (
        <div class="picker" tabIndex={0} role="group" aria-label="Commands">
          <h3>Commands for {person.name}</h3>
          <ul role="listbox" id="command-list" aria-label="Commands">
            {found.map((one, index) => (
              <li
                key={one.full + (one.command.guild_id ?? "")}
                role="option"
                id={`command-${index}`}
                aria-selected={index === picked}
                onMouseEnter={() => setPicked(index)}
                onClick={() => choose(one)}
              >
                <b>/{one.full}</b>
                {one.options.map((option) => (
                  <span key={option.name} class={option.required ? "option required" : "option"}>{option.name}</span>
                ))}
                <small>{one.description}</small>
              </li>
            ))}
            {!found.length && <li class="nothing">No command of that name is here for {person.name}</li>}
          </ul>
        </div>
      )}
      {replyTo && (
        <p class="replying">
          Replying to <b>{nameOf(replyTo.author)}</b>
          <button type="button" class="plain" aria-label="Do not reply" onClick={onReplied}>✕</button>
        </p>
      )}
      {files.length > 0 && (
        <ul class="uploads">
          {files.map((file, index) => (
            <li key={index}>
              📄 {file.name}
              <button type="button" class="plain" aria-label={`Remove ${file.name}`} onClick={() => setFiles(files.filter((_, at) => at !== index))}>✕</button>
            </li>
          ))}
        </ul>
      )}
      {error && <p class="composer-error" role="alert">{error}</p>}
      <div class="composer-line">
        <label class="attach" title="Add a file">
          <span aria-hidden="true">+</span>
          <span class="hidden">Add a file</span>
          <input type="file" multiple onChange={(event) => setFiles([...files, ...Array.from(event.currentTarget.files ?? [])])} />
        </label>
        <textarea
          ref={input}
          rows={Math.min(8, text.split("\n").length)}
          value={text}
          maxLength={MOST_CHARS * 2}
          placeholder={`Message ${place.guildId ? "#" : "@"}${channelName} or type /`}
          aria-label={`Message ${channelName} as ${person.name}`}
          aria-controls={picking ? "command-list" : undefined}
          aria-activedescendant={picking && found.length ? `command-${picked}` : undefined}
          aria-autocomplete="list"
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        {text.length > MOST_CHARS - 200 && <span class={text.length > MOST_CHARS ? "count over" : "count"}>{MOST_CHARS - text.length}</span>}
        <button type="button" class="send" aria-label="Send" onClick={() => void send()} disabled={picking || (!text.trim() && !files.length)}>➤</button>
      </div>
    </div>
  );
}

export function leavesOf(commands: Command[]): Leaf[] {
  const found: Leaf[] = [];
  for (const command of commands) {
    if ((command.type ?? CHAT_INPUT) !== CHAT_INPUT) continue;
    const walk = (options: CommandOption[], words: Leaf["words"], description: string) => {
      const below = options.filter((option) => option.type === SUB || option.type === GROUP);
      if (!below.length) {
        found.push({ command, words, full: [command.name, ...words.map((word) => word.name)].join(" "), description, options });
      }
      for (const option of below) walk(option.options ?? [], [...words, { name: option.name, type: option.type }], option.description);
    };
    walk(command.options ?? [], [], command.description);
  }
  return found.sort((one, other) => one.full.localeCompare(other.full));
}

function search(leaves: Leaf[], typed: string): Leaf[] {
  const words = typed.toLowerCase().trim();
  if (!words) return leaves;
  const begins = leaves.filter((leaf) => leaf.full.startsWith(words));
  const has = leaves.filter((leaf) => !leaf.full.startsWith(words) && leaf.full.includes(words));
  return [...begins, ...has];
}

// --- filling in options ---

function Filling({ leaf, person, place, onDone }: { leaf: Leaf; person: Person; place: Place; onDone: () => void }) {
  const required = leaf.options.filter((option) => option.required);
  const [shown, setShown] = useState<string[]>(required.map((option) => option.name));
  const [given, setGiven] = useState<Record<string, Given>>({});
  const [focused, setFocused] = useState<string | null>(shown[0] ?? null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const box = useRef<HTMLDivElement>(null);
  const optional = leaf.options.filter((option) => !shown.includes(option.name));

  // Before the next key comes: whoever presses Enter twice runs the command.
  useLayoutEffect(() => {
    const at = focused
      ? box.current?.querySelector<HTMLElement>(`[data-option="${CSS.escape(focused)}"]`)
      : box.current?.querySelector<HTMLElement>(".run");
    at?.focus();
  }, [focused, shown]);

  const run = () => {
    const found: Record<string, string> = {};
    for (const option of leaf.options) {
      const wrong = check(option, given[option.name]);
      if (wrong) found[option.name] = wrong;
    }
    setProblems(found);
    const first = Object.keys(found)[0];
    if (first) {
      if (!shown.includes(first)) setShown([...shown, first]);
      setFocused(first);
      return;
    }
    const files = leaf.options.flatMap((option) => given[option.name]?.file ?? []);
    const options = leaf.options.flatMap((option) => {
      const one = given[option.name];
      if (!one) return [];
      const value = one.file ? String(files.indexOf(one.file)) : one.value;
      return [{ name: option.name, type: option.type, value }];
    });
    void person.command(place, leaf.command, leaf.words, options, plainly(leaf, given), files);
    onDone();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      onDone();
    } else if (event.key === "Enter" && (event.target as HTMLElement).tagName !== "BUTTON" && !event.defaultPrevented) {
      event.preventDefault();
      run();
    }
  };

  const next = (name: string) => {
    const missing = shown.find((other) => other !== name && !given[other]);
    setFocused(missing ?? null);
  };

  return (
    <div class="composer filling" ref={box} role="group" aria-label={`/${leaf.full}`} onKeyDown={onKeyDown}>
      <div class="filling-head">
        <b>/{leaf.full}</b>
        <small>{leaf.description}</small>
        <button type="button" class="plain" aria-label="Give up this command" onClick={onDone}>✕</button>
      </div>
      <div class="chips">
        {leaf.options
          .filter((option) => shown.includes(option.name))
          .map((option) => (
            <Chip
              key={option.name}
              option={option}
              given={given[option.name]}
              problem={problems[option.name]}
              person={person}
              place={place}
              leaf={leaf}
              others={given}
              open={focused === option.name}
              onFocus={() => setFocused(option.name)}
              onGive={(one, done) => {
                const others = { ...given };
                if (one) others[option.name] = one;
                else delete others[option.name];
                setGiven(others);
                setProblems({ ...problems, [option.name]: "" });
                if (done) next(option.name);
              }}
            />
          ))}
        {optional.length > 0 && (
          <span class="more">
            {optional.map((option) => (
              <button
                key={option.name}
                type="button"
                class="add"
                title={option.description}
                onClick={() => {
                  setShown([...shown, option.name]);
                  setFocused(option.name);
                }}
              >
                + {option.name}
              </button>
            ))}
          </span>
        )}
        <button type="button" class="button primary run" onClick={run}>Run</button>
      </div>
    </div>
  );
}

/** What was given for the options, in the words of a test; `except` is the option that is being typed. */
function plainly(leaf: Leaf, given: Record<string, Given>, except = ""): Record<string, string | number | boolean> {
  return Object.fromEntries(
    leaf.options.flatMap((option) => {
      const one = given[option.name];
      const named = [USER, CHANNEL, ROLE, MENTIONABLE].includes(option.type);
      return one && !one.file && option.name !== except ? [[option.name, named ? one.label : one.value]] : [];
    }),
  );
}

interface ChipProps {
  option: CommandOption;
  given: Given | undefined;
  problem: string | undefined;
  person: Person;
  place: Place;
  leaf: Leaf;
  others: Record<string, Given>;
  open: boolean;
  onFocus: () => void;
  onGive: (given: Given | null, done: boolean) => void;
}

function Chip({ option, given, problem, person, place, leaf, others, open, onFocus, onGive }: ChipProps) {
  const [typed, setTyped] = useState(given?.label ?? "");
  const [asked, setAsked] = useState<{ about: string | null; choices: Choice[] }>({ about: null, choices: [] });
  const [moved, setMoved] = useState<number | null>(null);
  const [closed, setClosed] = useState(false);

  useEffect(() => {
    if (!open || !option.autocomplete) return;
    let current = true;
    const timer = window.setTimeout(() => {
      const filled = leaf.options.flatMap((other) => {
        const one = others[other.name];
        if (other.name === option.name) return [{ name: other.name, type: other.type, value: typed, focused: true }];
        return one && !one.file ? [{ name: other.name, type: other.type, value: one.value }] : [];
      });
      const heard = (choices: Choice[]) => {
        if (!current) return;
        setAsked({ about: typed, choices });
        setMoved(null);
      };
      person.complete(place, leaf.command, leaf.words, filled).then(heard, () => heard([]));
    }, SUGGEST_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [typed, open]);

  if (option.type === ATTACHMENT) {
    return (
      <span class={problem ? "chip wrong" : "chip"}>
        <label>
          {option.name}{" "}
          <input
            type="file"
            data-option={option.name}
            onFocus={onFocus}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              onGive(file ? { value: file.name, label: file.name, file } : null, true);
            }}
          />
        </label>
        {problem && <small role="alert">{problem}</small>}
      </span>
    );
  }

  const suggestions: Suggestion[] = option.autocomplete
    ? asked.choices.map((choice) => ({ label: choice.name, value: choice.value }))
    : fixed(option, typed, person, place);
  const strict = Boolean(option.choices?.length) || [BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE].includes(option.type);
  const listed = open && !closed && suggestions.length > 0;
  // A list that was asked for other words waits for its own: what is in it is taken only if one goes there.
  const isOwn = !option.autocomplete || asked.about === typed;
  const exact = suggestions.findIndex((one) => one.label.toLowerCase() === typed.toLowerCase());
  const picked = listed ? (moved ?? (isOwn ? Math.max(exact, 0) : -1)) : -1;
  const give = (suggestion: Suggestion) => {
    if (option.autocomplete) person.took(place, leaf.full, option.name, typed, suggestion.label, plainly(leaf, others, option.name));
    setTyped(suggestion.label);
    setMoved(null);
    onGive({ value: suggestion.value, label: suggestion.label }, true);
  };
  const onInput = (value: string) => {
    setTyped(value);
    setMoved(null);
    setClosed(false);
    if (!value) {
      onGive(null, false);
      return;
    }
    const named = strict ? suggestions.find((one) => one.label.toLowerCase() === value.toLowerCase()) : undefined;
    if (named) onGive({ value: named.value, label: named.label }, false);
    else if (strict) onGive({ value, label: "" }, false);
    else onGive({ value: read(option, value), label: value }, false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && suggestions.length) {
      event.preventDefault();
      setClosed(false);
      const step = event.key === "ArrowDown" ? 1 : suggestions.length - (picked < 0 ? 0 : 1);
      setMoved((picked + step + suggestions.length) % suggestions.length);
    } else if (event.key === "Escape" && listed) {
      event.preventDefault();
      event.stopPropagation();
      setClosed(true);
    } else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) {
      const chosen = suggestions[picked];
      if (!chosen) return;
      event.preventDefault();
      give(chosen);
    }
  };
  const listId = `suggestions-${option.name}`;
  return (
    <span class={problem ? "chip wrong" : "chip"}>
      <label>
        <span class="chip-name">{option.name}</span>
        <input
          data-option={option.name}
          value={typed}
          autocomplete="off"
          placeholder={TYPE_NAMES[option.type]}
          title={option.description}
          aria-label={`${option.name}: ${option.description}${option.required ? ", required" : ", optional"}`}
          aria-invalid={Boolean(problem)}
          role="combobox"
          aria-expanded={listed}
          aria-controls={listId}
          aria-activedescendant={picked < 0 ? undefined : `${listId}-${picked}`}
          aria-autocomplete="list"
          size={Math.max(6, Math.min(40, (typed || TYPE_NAMES[option.type] || "").length))}
          onFocus={() => {
            setClosed(false);
            onFocus();
          }}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </label>
      {problem && <small role="alert">{problem}</small>}
      {open && !closed && (
        <div class="suggestions">
          <p>{option.description}</p>
          <ul role="listbox" id={listId} aria-label={`Suggestions for ${option.name}`}>
            {suggestions.map((suggestion, index) => (
              <li
                key={`${suggestion.value}`}
                role="option"
                id={`${listId}-${index}`}
                aria-selected={index === picked}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => give(suggestion)}
              >
                {suggestion.label}
                {suggestion.note && <small>{suggestion.note}</small>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </span>
  );
}

function fixed(option: CommandOption, typed: string, person: Person, place: Place): Suggestion[] {
  const guild = person.guild(place.guildId);
  const members = (): Suggestion[] =>
    guild
      ? guild.members.map((member) => ({ label: member.nick ?? nameOf(member.user), value: member.user.id, note: member.user.bot ? "bot" : "member" }))
      : [{ label: person.name, value: person.id }];
  const roles = (): Suggestion[] => (guild?.roles ?? []).map((role) => ({ label: role.name.replace(/^@/, ""), value: role.id, note: "role" }));
  let all: Suggestion[] = [];
  if (option.choices?.length) all = option.choices.map((choice) => ({ label: choice.name, value: choice.value }));
  else if (option.type === BOOLEAN) all = [{ label: "True", value: true }, { label: "False", value: false }];
  else if (option.type === USER) all = members();
  else if (option.type === ROLE) all = roles();
  else if (option.type === MENTIONABLE) all = [...members(), ...roles()];
  else if (option.type === CHANNEL) {
    all = (guild?.channels ?? [])
      .filter((channel) => !option.channel_types?.length || option.channel_types.includes(channel.type))
      .map((channel) => ({ label: channel.name ?? "", value: channel.id, note: "channel" }));
  }
  return all.filter((one) => one.label.toLowerCase().includes(typed.toLowerCase())).slice(0, 25);
}

function read(option: CommandOption, typed: string): string | number {
  return option.type === INTEGER || option.type === NUMBER ? Number(typed) : typed;
}

function check(option: CommandOption, given: Given | undefined): string {
  if (!given) return option.required ? "This option is required" : "";
  const { value, label } = given;
  if ((option.choices?.length || [USER, CHANNEL, ROLE, MENTIONABLE, BOOLEAN].includes(option.type)) && !label) {
    return `Choose a ${option.choices?.length ? "choice" : (TYPE_NAMES[option.type] ?? "value")} from the list`;
  }
  if (option.type === INTEGER || option.type === NUMBER) {
    if (typeof value !== "number" || Number.isNaN(value)) return `Input a valid ${TYPE_NAMES[option.type]}`;
    if (option.type === INTEGER && !Number.isInteger(value)) return "Input a valid whole number";
    if (option.min_value !== undefined && value < option.min_value) return `At least ${option.min_value}`;
    if (option.max_value !== undefined && value > option.max_value) return `At most ${option.max_value}`;
  }
  if (option.type === STRING && typeof value === "string") {
    if (option.min_length !== undefined && value.length < option.min_length) return `At least ${option.min_length} characters`;
    if (option.max_length !== undefined && value.length > option.max_length) return `At most ${option.max_length} characters`;
  }
  return "";
}
