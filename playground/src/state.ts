// What the whole page knows: who there is, where each pane looks, and what the backstage tells.

import { computed, effect, signal } from "@preact/signals";
import { Person, type Deed, type Place, type Witness } from "./discord/person";
import { ChannelKind, type Message } from "./discord/types";

export interface Pane {
  personId: string;
  guildId: string | null;
  channelId: string | null;
  /** Whether this person has been led to a channel since they came in. */
  arrived?: boolean;
}

export interface SwitchState {
  name: string;
  description: string;
  on: boolean;
  can_disable: boolean;
  problem: string | null;
}

export interface BackstageState {
  switches?: Record<string, SwitchState[]>;
  health?: { name: string; state: "ok" | "degraded" | "down"; detail: string }[];
  clock?: { moves: boolean; ahead_s: number };
  faults?: { name: string; label: string; explanation: string; on: boolean }[];
}

export interface Exchange {
  at: string;
  account_id: string | null;
  bot: boolean;
  method: string;
  path: string;
  status: number;
  took_ms: number;
  limit_scope: string;
  retry_after_s: number | null;
}

export interface FrameSeen {
  at: string;
  account_id: string;
  bot: boolean;
  sent: boolean;
  op: number;
  event: string;
  seq: number | null;
  size_bytes: number;
}

export interface Decision {
  reference: string;
  at: string;
  kind: string;
  name: string;
  module: string | null;
  guild_id: string | null;
  user_id: string;
  outcome: string;
  gate: string | null;
  detail: string | null;
  took_ms: number;
  steps: { name: string; verdict: string; at_ms: number }[];
}

export interface Line {
  timestamp: string;
  level: string;
  logger: string;
  event: string;
  request_id?: string;
  [other: string]: unknown;
}

export interface Step extends Partial<Deed> {
  who: string;
  guild: string;
  channel: string;
  act: string;
  messages: Message[];
  chosen: string;
  form: string;
  failure: string;
}

const KEPT = 300;

export const people = signal<Person[]>([]);
export const bot = signal<{ id: string; name: string }>({ id: "", name: "" });
export const panes = signal<Pane[]>([]);
export const active = signal(0);
export const backstageOpen = signal(false);
export const backstage = signal<BackstageState>({});
export const exchanges = signal<Exchange[]>([]);
export const frames = signal<FrameSeen[]>([]);
export const decisions = signal<Decision[]>([]);
export const lines = signal<Line[]>([]);
export const steps = signal<Step[]>([]);
/** Whether each message of the chat has its JSON beside it. */
export const jsonShown = signal(false);
export const feedStatus = signal<"connecting" | "ready" | "lost">("connecting");
export const problem = signal("");
export const announcement = signal("");

export const pane = computed(() => panes.value[active.value]);

export function personOf(pane: Pane): Person | undefined {
  return people.value.find((person) => person.id === pane.personId);
}

export function change(index: number, how: Partial<Pane>): void {
  panes.value = panes.value.map((pane, at) => (at === index ? { ...pane, ...how } : pane));
}

/** Let a pane show a guild, or the direct messages, at the channel that comes first. */
export function goTo(index: number, guildId: string | null): void {
  const shown = panes.value[index];
  const person = shown && personOf(shown);
  if (!person) return;
  const channels = guildId === null ? person.dms.value : (person.guild(guildId)?.channels ?? []);
  const first = channels
    .filter((channel) => guildId === null || channel.type === ChannelKind.Text || channel.type === ChannelKind.News)
    .sort((one, other) => (one.position ?? 0) - (other.position ?? 0))[0];
  change(index, { guildId, channelId: first?.id ?? null, arrived: true });
}

export function become(index: number, personId: string): void {
  const before = panes.value[index];
  const person = people.value.find((one) => one.id === personId);
  if (!before || !person) return;
  const stays = before.guildId !== null && person.guild(before.guildId) !== undefined;
  change(index, { personId, ...(stays ? {} : { guildId: null, channelId: null, arrived: false }) });
  announcement.value = `You are ${person.name}`;
}

export function split(): void {
  const first = panes.value[0];
  if (!first) return;
  if (panes.value.length > 1) {
    panes.value = [panes.value[active.value] ?? first];
    active.value = 0;
    return;
  }
  const other = people.value.find((person) => person.id !== first.personId && person.guild(first.guildId) !== undefined);
  panes.value = [first, { ...first, personId: other?.id ?? first.personId }];
  active.value = 1;
}

// --- the page's own API ---

async function own<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`/backstage${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  const text = await answer.text();
  if (!answer.ok) {
    let words = text;
    try {
      words = (JSON.parse(text) as { error?: string }).error ?? text;
    } catch {
      // The words are all there is.
    }
    throw new Error(words || `status ${answer.status}`);
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

async function tried(work: Promise<unknown>): Promise<void> {
  try {
    await work;
    problem.value = "";
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
  }
}

/** A switch of the backstage is kept as the command of the guild's owner that does the same. */
function noteSwitch(guildId: string, module: string, on: boolean): void {
  const owner = people.value.find((person) => person.id === person.guild(guildId)?.owner_id);
  const guild = owner?.guild(guildId);
  const channel = guild?.channels.find((one) => one.type === ChannelKind.Text);
  if (!owner || !guild) return;
  const name = `modules ${on ? "enable" : "disable"}`;
  note({ who: owner.name, guild: guild.name, channel: channel?.name ?? "", act: "slash", name, options: { module } });
}

export async function setSwitch(guildId: string, module: string, on: boolean): Promise<void> {
  const ask = (with_others: boolean) =>
    own<{ others: string[]; sentence?: string }>("PUT", "/switch", { guild_id: guildId, module, on, with_others });
  await tried(
    ask(false).then(async (answer) => {
      if (answer.others.length && window.confirm(answer.sentence ?? `This also switches ${answer.others.join(", ")}.`)) {
        await ask(true);
      }
      if (!answer.others.length) noteSwitch(guildId, module, on);
    }),
  );
}

export const setFault = (name: string, on: boolean) => tried(own("PUT", "/fault", { name, on }));

export async function advance(seconds: number): Promise<void> {
  await tried(
    own("POST", "/clock", { seconds }).then(() => note({ who: "", guild: "", channel: "", act: "advance", values: [seconds] })),
  );
}

export const invite = (user: string, guild: string) => tried(own("POST", "/invite", { user, guild }));
export const linesOf = (reference: string) => own<Line[]>("GET", `/lines/${reference}`);

export async function startAnew(): Promise<void> {
  if (window.confirm("Begin anew? The world and the bot's data are forgotten.")) {
    steps.value = [];
    await tried(own("POST", "/reset"));
  }
}

export async function asTest(): Promise<string> {
  const played = steps.value.map(({ who, guild, channel, act, name, values, options, on, control, files, messages, chosen, form, failure }) => ({
    who,
    guild,
    channel,
    act,
    name: name ?? "",
    values: values ?? [],
    options: options ?? {},
    on: on ?? "",
    control: control ?? "",
    files: files ?? [],
    messages,
    chosen,
    form,
    failure,
  }));
  return (await own<{ text: string }>("POST", "/test", { steps: played })).text;
}

// --- the dialogue that may become a test ---

function note(step: Omit<Step, "messages" | "chosen" | "form" | "failure">): void {
  steps.value = [...steps.value, { ...step, messages: [], chosen: "", form: "", failure: "" }];
}

const witness: Witness = {
  did(who: Person, place: Place, act: string, details: Partial<Deed>) {
    note({
      who: who.name,
      guild: place.guildId ? (who.guild(place.guildId)?.name ?? "") : "",
      channel: who.channel(place.channelId)?.name ?? "",
      act,
      ...details,
    });
  },
  saw(who: Person, what) {
    const last = steps.value.at(-1);
    if (!last || last.who !== who.name) return;
    const { message, chosen, form, failure } = what;
    const others = message ? last.messages.filter((one) => one.id !== message.id) : last.messages;
    const seen: Step = {
      ...last,
      messages: message ? [...others, message] : others,
      chosen: chosen ?? last.chosen,
      form: form ?? last.form,
      failure: failure ?? last.failure,
    };
    steps.value = [...steps.value.slice(0, -1), seen];
  },
};

// --- the feed, and everybody who may be played ---

interface Told {
  people: { id: string; name: string; token: string }[];
  bot: { id: string; name: string };
}

let run = "";

/** Learn who there is; when that is somebody else than before, the world was begun anew. */
async function meet(): Promise<void> {
  const told = await own<Told>("GET", "/people");
  bot.value = told.bot;
  const now = told.people.map((person) => person.token).join();
  if (now === run) return;
  run = now;
  for (const person of people.value) person.close();
  people.value = told.people.map(({ id, name, token }) => {
    const person = new Person(id, name, token);
    person.witness = witness;
    return person;
  });
  const first = people.value[0];
  if (first) {
    panes.value = [{ personId: first.id, guildId: null, channelId: null }];
    active.value = 0;
  }
}

// Whoever has just come in looks at the first channel of their first guild.
effect(() => {
  panes.value.forEach((shown, index) => {
    const person = personOf(shown);
    if (!person || person.status.value !== "ready" || shown.arrived) return;
    goTo(index, person.guilds.value[0]?.id ?? null);
  });
});

// A guild or channel that is gone, or that this person may not see, is not looked at any more.
effect(() => {
  panes.value.forEach((shown, index) => {
    const person = personOf(shown);
    if (!person || person.status.value !== "ready" || !shown.channelId) return;
    if (shown.guildId && !person.guild(shown.guildId)) goTo(index, person.guilds.value[0]?.id ?? null);
    else if (!person.channel(shown.channelId)) goTo(index, shown.guildId);
  });
});

export function listen(waitMs = 250): void {
  feedStatus.value = feedStatus.value === "lost" ? "lost" : "connecting";
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/backstage/feed`);
  socket.onopen = () => {
    exchanges.value = [];
    frames.value = [];
    decisions.value = [];
    lines.value = [];
  };
  socket.onmessage = (event) => void heard(JSON.parse(String(event.data)) as { kind: string; data: unknown });
  socket.onclose = () => {
    feedStatus.value = "lost";
    setTimeout(() => listen(Math.min(waitMs * 2, 4000)), waitMs);
  };
}

async function heard({ kind, data }: { kind: string; data: unknown }): Promise<void> {
  switch (kind) {
    case "state": {
      const state = data as BackstageState;
      backstage.value = state;
      // Nothing to tell: the bot is being started.
      if (!state.switches) {
        feedStatus.value = "lost";
        return;
      }
      if (feedStatus.value !== "ready") {
        await meet().catch(() => undefined);
        feedStatus.value = "ready";
      }
      break;
    }
    case "exchange":
      exchanges.value = kept(exchanges.value, data as Exchange);
      break;
    case "frame":
      frames.value = kept(frames.value, data as FrameSeen);
      break;
    case "decision":
      decisions.value = kept(decisions.value, data as Decision);
      break;
    case "line":
      lines.value = kept(lines.value, data as Line);
      break;
  }
}

function kept<T>(before: T[], one: T): T[] {
  return [...before.slice(-KEPT + 1), one];
}
