// Components under a message, or the message itself: version 1 and version 2.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Person } from "../discord/person";
import {
  Kind,
  nameOf,
  type Component,
  type Emoji,
  type Guild,
  type Message,
} from "../discord/types";
import { Picture } from "./Embed";
import { Link, Markdown, Spoiler, safeUrl } from "./Markdown";

interface Props {
  message: Message;
  person: Person;
  guildId: string | null;
}

export function Components({ components, ...props }: Props & { components: Component[] }) {
  return (
    <div class="components">
      {components.map((component, index) => (
        <One key={component.id ?? index} component={component} {...props} />
      ))}
    </div>
  );
}

function One({ component, ...props }: Props & { component: Component }) {
  const { message, person, guildId } = props;
  switch (component.type) {
    case Kind.Row:
      return (
        <div class="row">
          {component.components?.map((inner, index) => <One key={inner.id ?? index} component={inner} {...props} />)}
        </div>
      );
    case Kind.Button:
      return <Button component={component} {...props} />;
    case Kind.StringSelect:
    case Kind.UserSelect:
    case Kind.RoleSelect:
    case Kind.MentionableSelect:
    case Kind.ChannelSelect:
      return <Select component={component} {...props} />;
    case Kind.TextDisplay:
      return <Markdown text={component.content ?? ""} person={person} guildId={guildId} />;
    case Kind.Section:
      return (
        <div class="section">
          <div class="section-text">
            {component.components?.map((inner, index) => <One key={inner.id ?? index} component={inner} {...props} />)}
          </div>
          {component.accessory && <One component={component.accessory} {...props} />}
        </div>
      );
    case Kind.Thumbnail:
      return <Hidden spoiler={component.spoiler}><Picture url={component.media?.url} alt={component.description ?? "Thumbnail"} class="thumbnail" /></Hidden>;
    case Kind.Gallery:
      return (
        <div class={`gallery of-${Math.min(component.items?.length ?? 1, 4)}`}>
          {component.items?.map((item, index) => (
            <Hidden key={index} spoiler={item.spoiler}>
              <Picture url={item.media.url} alt={item.description ?? ""} class="gallery-item" />
            </Hidden>
          ))}
        </div>
      );
    case Kind.File: {
      const file = message.attachments.find((one) => component.file?.url === `attachment://${one.filename}` || one.url === component.file?.url);
      const name = component.name ?? file?.filename ?? component.file?.url.split("/").pop() ?? "file";
      return <Hidden spoiler={component.spoiler}><FileCard name={name} size={component.size ?? file?.size} url={file?.url ?? component.file?.url} /></Hidden>;
    }
    case Kind.Separator:
      return <div class={`separator ${component.spacing === 2 ? "large" : ""} ${component.divider === false ? "bare" : ""}`} role="separator" />;
    case Kind.Container: {
      const colour = component.accent_color == null ? undefined : `#${component.accent_color.toString(16).padStart(6, "0")}`;
      return (
        <Hidden spoiler={component.spoiler}>
          <div class="container" style={colour ? { borderInlineStart: `4px solid ${colour}` } : undefined}>
            {component.components?.map((inner, index) => <One key={inner.id ?? index} component={inner} {...props} />)}
          </div>
        </Hidden>
      );
    }
    default:
      return <span class="unknown">Component of type {component.type}</span>;
  }
}

export function Hidden({ spoiler, children }: { spoiler?: boolean | undefined; children: preact.ComponentChildren }) {
  return spoiler ? <Spoiler block>{children}</Spoiler> : <>{children}</>;
}

export function FileCard({ name, size, url }: { name: string; size?: number | undefined; url?: string | undefined }) {
  return (
    <div class="file">
      <span class="file-mark" aria-hidden="true">📄</span>
      <span>
        <Link url={url}>{name}</Link>
        {size !== undefined && <small>{bytes(size)}</small>}
      </span>
    </div>
  );
}

function bytes(size: number): string {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 * 1024 ? `${(size / 1024).toFixed(1)} kB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}

export function EmojiMark({ emoji }: { emoji: Emoji | undefined }) {
  if (!emoji?.name) return null;
  return <span class="emoji">{emoji.id ? `:${emoji.name}:` : emoji.name}</span>;
}

const STYLES: Record<number, string> = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

function Button({ component, message, person }: Props & { component: Component }) {
  const style = STYLES[component.style ?? 2] ?? "secondary";
  const busy = person.busy.value[message.id];
  if (component.style === 5) {
    const url = safeUrl(component.url);
    return (
      <a class={`button ${style}`} href={component.disabled ? undefined : url} target="_blank" rel="noopener noreferrer nofollow" aria-disabled={component.disabled}>
        <EmojiMark emoji={component.emoji} />
        {component.label && <span class="label">{component.label}</span>}
        <span class="leaves" aria-label="opens elsewhere">↗</span>
      </a>
    );
  }
  const label = component.label || component.emoji?.name || component.custom_id || "";
  return (
    <button
      type="button"
      class={`button ${style}`}
      disabled={component.disabled}
      aria-busy={busy}
      onClick={() => void person.press(message, component, label)}
    >
      <EmojiMark emoji={component.emoji} />
      {component.label && <span class="label">{component.label}</span>}
    </button>
  );
}

export interface Offer {
  value: string;
  label: string;
  description?: string | undefined;
  emoji?: Emoji | undefined;
  mark?: string | undefined;
}

/** What a select menu offers, whatever kind it is. */
export function offers(component: Component, guild: Guild | undefined, person: Person): Offer[] {
  const users = (): Offer[] =>
    (guild?.members ?? []).map((member) => ({ value: member.user.id, label: member.nick ?? nameOf(member.user), mark: "@" }));
  const roles = (): Offer[] => (guild?.roles ?? []).map((role) => ({ value: role.id, label: role.name.replace(/^@/, ""), mark: "@" }));
  switch (component.type) {
    case Kind.UserSelect:
      return guild ? users() : [{ value: person.id, label: person.name, mark: "@" }];
    case Kind.RoleSelect:
      return roles();
    case Kind.MentionableSelect:
      return [...users(), ...roles()];
    case Kind.ChannelSelect:
      return (guild?.channels ?? [])
        .filter((channel) => !component.channel_types?.length || component.channel_types.includes(channel.type))
        .map((channel) => ({ value: channel.id, label: channel.name ?? "", mark: "#" }));
    default:
      return (component.options ?? []).map(({ value, label, description, emoji }) => ({ value, label, description, emoji }));
  }
}

function Select({ component, message, person, guildId }: Props & { component: Component }) {
  const label = component.placeholder || component.custom_id || "";
  const send = (values: string[], words: string[]) => void person.choose(message, component, label, values, words);
  return <Menu component={component} guild={person.guild(guildId)} person={person} label={label} onDone={send} />;
}

/** A select menu: one press chooses where one may be chosen, else "Done" does. */
export function Menu({
  component,
  guild,
  person,
  label,
  onDone,
  onChange,
}: {
  component: Component;
  guild: Guild | undefined;
  person: Person;
  label: string;
  onDone?: (values: string[], words: string[]) => void;
  onChange?: (values: string[], words: string[]) => void;
}) {
  const all = offers(component, guild, person);
  const preset = component.options
    ? component.options.filter((option) => option.default).map((option) => option.value)
    : (component.default_values ?? []).map((one) => one.id);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string[]>(preset);
  const [search, setSearch] = useState("");
  const button = useRef<HTMLButtonElement>(null);
  const most = component.max_values ?? 1;
  const least = component.min_values ?? 1;
  const searchable = component.type !== Kind.StringSelect || all.length > 12;
  const words = (values: string[]) => values.map((value) => all.find((offer) => offer.value === value)?.label ?? value);
  const shown = all.filter((offer) => offer.label.toLowerCase().includes(search.toLowerCase())).slice(0, 50);

  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const first = "input, [role=option][aria-selected=true], [role=option]";
    if (open) list.current?.querySelector<HTMLElement>(first)?.focus();
  }, [open]);
  const onArrow = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const stops = Array.from(list.current?.querySelectorAll<HTMLElement>("input, [role=option]") ?? []);
    if (!step || !stops.length) return;
    event.preventDefault();
    stops[(stops.indexOf(document.activeElement as HTMLElement) + step + stops.length) % stops.length]?.focus();
  };

  const close = () => {
    setOpen(false);
    setSearch("");
    button.current?.focus();
  };
  const pick = (value: string) => {
    const next =
      most === 1 ? [value] : chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value].slice(-most);
    setChosen(next);
    onChange?.(next, words(next));
    if (most === 1) {
      close();
      onDone?.(next, words(next));
    }
  };
  return (
    <div class="select" onKeyDown={(event) => event.key === "Escape" && open && (event.preventDefault(), event.stopPropagation(), close())}>
      <button
        ref={button}
        type="button"
        class="select-face"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-label={label}
        disabled={component.disabled}
        onClick={() => setOpen(!open)}
      >
        <span class={chosen.length ? "" : "placeholder"}>{chosen.length ? words(chosen).join(", ") : label || "Make a selection"}</span>
        <span aria-hidden="true">⌄</span>
      </button>
      {open && (
        <div class="select-list" ref={list} onKeyDown={onArrow}>
          {searchable && (
            <input
              class="select-search"
              aria-label={`Search in ${label}`}
              placeholder="Search"
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <ul role="listbox" aria-label={label} aria-multiselectable={most > 1}>
            {shown.map((offer) => (
              <li
                key={offer.value}
                role="option"
                tabIndex={0}
                aria-selected={chosen.includes(offer.value)}
                onClick={() => pick(offer.value)}
                onKeyDown={(event) => {
                  if (event.key === "Enter" || event.key === " ") {
                    event.preventDefault();
                    pick(offer.value);
                  }
                }}
              >
                <EmojiMark emoji={offer.emoji} />
                <span class="offer">
                  {offer.mark}
                  {offer.label}
                  {offer.description && <small>{offer.description}</small>}
                </span>
                <span class="tick" aria-hidden="true">{chosen.includes(offer.value) ? "✓" : ""}</span>
              </li>
            ))}
            {!shown.length && <li class="nothing">Nothing found</li>}
          </ul>
          {most > 1 && onDone && (
            <button
              type="button"
              class="button primary"
              disabled={chosen.length < least}
              onClick={() => {
                close();
                onDone(chosen, words(chosen));
              }}
            >
              Done
            </button>
          )}
        </div>
      )}
    </div>
  );
}
