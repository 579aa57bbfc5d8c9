// Discord's markdown as elements: what bots and members wrote never becomes markup.

import { markdownEngine, rules, type Node } from "@cloudrac3r/discord-markdown";
import bash from "highlight.js/lib/languages/bash";
import diff from "highlight.js/lib/languages/diff";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import { Fragment, type ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Person } from "../discord/person";
import { nameOf } from "../discord/types";

const lowlight = createLowlight({ bash, diff, javascript, json, python, yaml });

const order = markdownEngine.defaultRules.strong?.order ?? 0;
const parse = markdownEngine.parserFor({
  ...rules,
  list: {
    ...rules.list,
    match: (source: string, state: object) => ofOneKind(rules.list?.match?.(source, state) ?? null),
  },
  timestamp: {
    order,
    match: (source: string) => /^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/.exec(source),
    parse: (found: RegExpExecArray) => ({ at: Number(found[1]), style: found[2] ?? "f" }),
  },
  guildPlace: {
    order,
    match: (source: string) => /^<id:(customize|browse|guide|linked-roles)(?::\d+)?>/.exec(source),
    parse: (found: RegExpExecArray) => ({ name: found[1] }),
  },
});

/** A list as it was found, up to where one of the other kind begins: bullets and numbers are two lists. */
function ofOneKind(found: RegExpExecArray | null): RegExpExecArray | null {
  if (!found) return null;
  const [all, indent = "", mark = ""] = found;
  const other = new RegExp(`\\n${indent}${/\d/.test(mark) ? "[*-]" : "\\d+\\."} `).exec(all);
  if (other) found[0] = all.slice(0, other.index + 1);
  return found;
}

/** The only links that lead anywhere. */
export function safeUrl(url: unknown): string | undefined {
  if (typeof url !== "string") return undefined;
  try {
    const read = new URL(url);
    return read.protocol === "http:" || read.protocol === "https:" ? read.href : undefined;
  } catch {
    return undefined;
  }
}

export function Link({ url, children }: { url: unknown; children: ComponentChildren }) {
  const safe = safeUrl(url);
  if (!safe) return <>{children}</>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

export function Markdown({ text, person, guildId }: { text: string; person: Person; guildId: string | null }) {
  let nodes: Node[];
  try {
    nodes = parse(text, { inline: true, inQuote: false, inEmphasis: false, escapeHTML: true });
  } catch {
    return <>{text}</>;
  }
  const onlyEmoji = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s){1,40}$/u.test(text) && /\p{Extended_Pictographic}/u.test(text);
  return <div class={onlyEmoji ? "markdown jumbo" : "markdown"}>{each(nodes, { person, guildId })}</div>;
}

/** What a text says without its marks, on one line. */
export function spoken(text: string, person: Person, guildId: string | null): string {
  try {
    const nodes = parse(text, { inline: true, inQuote: false, inEmphasis: false, escapeHTML: true });
    return said(nodes, { person, guildId }).replace(/\s+/g, " ").trim();
  } catch {
    return text;
  }
}

function said(nodes: unknown, scope: Scope): string {
  if (typeof nodes === "string") return nodes;
  if (Array.isArray(nodes)) return nodes.map((node) => said(node, scope)).join("");
  if (!nodes) return "";
  const node = nodes as Node;
  switch (node.type) {
    case "br":
    case "newline":
      return " ";
    case "heading":
    case "small":
    case "blockQuote":
    case "codeBlock":
      return `${said(node.content, scope)} `;
    case "list":
      return (node.items as Node[][]).map((item) => `${said(item, scope)} `).join("");
    case "spoiler":
      return "spoiler";
    case "discordUser":
      return `@${userName(scope, String(node.id))}`;
    case "discordRole":
      return `@${roleName(scope, String(node.id))}`;
    case "discordChannel":
    case "discordChannelLink":
      return `#${scope.person.channel(String(node.id))?.name ?? "unknown"}`;
    case "discordCommand":
      return `/${String(node.name)}`;
    case "discordEveryone":
      return "@everyone";
    case "discordHere":
      return "@here";
    case "discordEmoji":
      return `:${String(node.name)}:`;
    case "guildPlace":
      return String(node.name);
    case "timestamp":
      return datedAs(Number(node.at), String(node.style));
    default:
      return said(node.content, scope);
  }
}

interface Scope {
  person: Person;
  guildId: string | null;
}

function each(nodes: Node | Node[] | string | undefined, scope: Scope): ComponentChildren {
  if (nodes === undefined) return null;
  if (typeof nodes === "string") return nodes;
  const list = Array.isArray(nodes) ? nodes : [nodes];
  return list.map((node, index) =>
    ends(node) && BLOCKS.includes(list[index - 1]?.type ?? "") ? null : <Fragment key={index}>{one(node, scope)}</Fragment>,
  );
}

const BLOCKS = ["small", "codeBlock"];

/** A line break and nothing else: what comes after a block begins a line anyway. */
function ends(node: Node): boolean {
  return node.type === "br" || node.type === "newline" || (node.type === "text" && node.content === "\n");
}

function inner(node: Node, scope: Scope): ComponentChildren {
  return each(node.content, scope);
}

function one(node: Node, scope: Scope): ComponentChildren {
  switch (node.type) {
    case "text":
      return String(node.content ?? "");
    case "strong":
      return <strong>{inner(node, scope)}</strong>;
    case "em":
      return <em>{inner(node, scope)}</em>;
    case "u":
      return <u>{inner(node, scope)}</u>;
    case "strike":
      return <s>{inner(node, scope)}</s>;
    case "heading":
      return heading(Number(node.level), inner(node, scope));
    case "small":
      return <small class="subtext">{inner(node, scope)}</small>;
    case "list": {
      const items = (node.items as Node[][]).map((item, index) => <li key={index}>{each(item, scope)}</li>);
      return node.ordered ? <ol start={Number(node.start ?? 1)}>{items}</ol> : <ul>{items}</ul>;
    }
    case "blockQuote":
      return <blockquote>{inner(node, scope)}</blockquote>;
    case "codeBlock":
      return <Code text={String(node.content ?? "")} language={String(node.lang ?? "")} />;
    case "inlineCode":
      return <code>{String(node.content ?? "")}</code>;
    case "br":
    case "newline":
      return <br />;
    case "link":
    case "url":
    case "autolink":
      return <Link url={node.target}>{inner(node, scope)}</Link>;
    case "spoiler":
      return <Spoiler>{each(node.parsed as Node[], scope)}</Spoiler>;
    case "discordUser":
      return <span class="mention">@{userName(scope, String(node.id))}</span>;
    case "discordRole":
      return <span class="mention">@{roleName(scope, String(node.id))}</span>;
    case "discordChannel":
    case "discordChannelLink":
      return <span class="mention">#{scope.person.channel(String(node.id))?.name ?? "unknown"}</span>;
    case "discordCommand":
      return <span class="mention">/{String(node.name)}</span>;
    case "discordEveryone":
      return <span class="mention">@everyone</span>;
    case "discordHere":
      return <span class="mention">@here</span>;
    case "discordEmoji":
      return <span class="emoji-name">:{String(node.name)}:</span>;
    case "guildPlace":
      return <span class="mention">{String(node.name)}</span>;
    case "timestamp":
      return <Timestamp at={Number(node.at)} style={String(node.style)} />;
    default:
      return inner(node, scope);
  }
}

function heading(level: number, content: ComponentChildren): ComponentChildren {
  // The page has headings of its own; what a message calls a heading is one level below the channel's.
  if (level === 1) return <h3 class="h1">{content}</h3>;
  if (level === 2) return <h4 class="h2">{content}</h4>;
  return <h5 class="h3">{content}</h5>;
}

function userName({ person, guildId }: Scope, id: string): string {
  const guilds = guildId ? [person.guild(guildId)] : person.guilds.value;
  for (const guild of guilds) {
    const member = guild?.members.find((known) => known.user.id === id);
    if (member) return member.nick ?? nameOf(member.user);
  }
  return id === person.id ? person.name : "unknown-user";
}

function roleName({ person, guildId }: Scope, id: string): string {
  return person.guild(guildId)?.roles.find((role) => role.id === id)?.name ?? "unknown-role";
}

interface Tree {
  type: string;
  value?: string;
  properties?: { className?: string[] };
  children?: Tree[];
}

function Code({ text, language }: { text: string; language: string }) {
  const name = language.toLowerCase();
  const known = name && lowlight.registered(name);
  const tree = known ? (lowlight.highlight(name, text) as unknown as Tree) : null;
  return (
    <pre class="code" tabIndex={0}>
      <code>{tree ? coloured(tree.children ?? []) : text}</code>
    </pre>
  );
}

/** A message as the gateway brought it, with what it shows before all else. */
export function Json({ of }: { of: unknown }) {
  const { content, embeds, components, attachments, poll, flags, ...others } = of as Record<string, unknown>;
  const text = JSON.stringify({ content, embeds, components, attachments, poll, flags, ...others }, null, 2);
  return <div class="json"><Code text={text} language="json" /></div>;
}

function coloured(nodes: Tree[]): ComponentChildren {
  return nodes.map((node, index) =>
    node.type === "text" ? (
      node.value
    ) : (
      <span key={index} class={node.properties?.className?.join(" ")}>
        {coloured(node.children ?? [])}
      </span>
    ),
  );
}

/** What is covered until it is asked for; a block of it, which may be a picture, has the word on it. */
export function Spoiler({ block = false, children }: { block?: boolean; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const name = block ? "spoiler block" : "spoiler";
  if (open) return <span class={`${name} open`}>{children}</span>;
  const show = () => setOpen(true);
  return (
    <span
      class={name}
      role="button"
      tabIndex={0}
      aria-label="Spoiler; show it"
      onClick={show}
      onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && show()}
    >
      <span aria-hidden="true">{children}</span>
      {block && <b aria-hidden="true">Spoiler</b>}
    </span>
  );
}

const STYLES: Record<string, Intl.DateTimeFormatOptions> = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export function relative(seconds: number): string {
  const [unit, length] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? (["second", 1] as const);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / length), unit);
}

function datedAs(at: number, style: string): string {
  if (style === "R") return relative(at - Date.now() / 1000);
  return new Intl.DateTimeFormat("en", STYLES[style] ?? STYLES.f).format(new Date(at * 1000));
}

function Timestamp({ at, style }: { at: number; style: string }) {
  const date = new Date(at * 1000);
  if (Number.isNaN(date.getTime())) return <span>Invalid date</span>;
  const full = new Intl.DateTimeFormat("en", STYLES.F).format(date);
  return (
    <time class="timestamp" dateTime={date.toISOString()} title={full}>
      {datedAs(at, style)}
    </time>
  );
}
