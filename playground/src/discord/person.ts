// One member of the offline Discord, logged in: what they know, and all that they can do.

import { signal, type Signal } from "@preact/signals";
import { Gateway, type Status } from "./gateway";
import { Refused, Rest } from "./rest";
import {
  ChannelKind,
  EPHEMERAL,
  type Channel,
  type Choice,
  type Command,
  type Component,
  type Guild,
  type Member,
  type Message,
  type Modal,
  type Role,
  type User,
} from "./types";

const PAGE = 100;
const TYPING_MS = 10_000;
const FAILURES: Record<number, string> = { 2: "The application did not respond" };
const FAILED = "Something went wrong";

export interface Shown extends Message {
  /** Made by the page itself: what Discord's client would say in red. */
  failure?: string;
}

export interface Place {
  guildId: string | null;
  channelId: string;
}

interface Waiting {
  place: Place;
  messageId?: string;
  suggested?: (choices: Choice[]) => void;
  ended?: () => void;
}

/** Hears what somebody does and what they then see, to keep it as a test. */
export interface Witness {
  did(who: Person, place: Place, act: string, details: Partial<Deed>): void;
  saw(who: Person, what: { message?: Message; form?: string; failure?: string; chosen?: string }): void;
}

export interface Deed {
  name: string;
  /** The message that was acted on. */
  on: string;
  /** The custom id of what was used there. */
  control: string;
  /** The names of the files that were given. */
  files: string[];
  values: (string | number | boolean)[];
  options: Record<string, string | number | boolean>;
}

let nonces = Date.now();

export class Person {
  readonly rest: Rest;
  readonly status = signal<Status>("connecting");
  readonly guilds = signal<Guild[]>([]);
  readonly dms = signal<Channel[]>([]);
  readonly modal = signal<Modal | null>(null);
  readonly typing = signal<Record<string, { name: string; until: number }[]>>({});
  readonly failures = signal<Record<string, string>>({});
  readonly busy = signal<Record<string, boolean>>({});
  readonly unread = signal<Record<string, boolean>>({});
  /** Changes whenever the lists of commands may have. */
  readonly commandsChanged = signal(0);
  private readonly messages = new Map<string, Signal<Shown[]>>();
  private readonly whole = new Set<string>();
  private readonly gateway: Gateway;
  private readonly waiting = new Map<string, Waiting>();
  witness: Witness | null = null;

  constructor(
    readonly id: string,
    readonly name: string,
    token: string,
  ) {
    this.rest = new Rest(token);
    this.gateway = new Gateway(
      token,
      (event, data) => this.hear(event, data),
      (status) => {
        this.status.value = status;
      },
    );
    this.gateway.open();
  }

  close(): void {
    this.gateway.close();
  }

  // --- what is known ---

  guild(id: string | null): Guild | undefined {
    return this.guilds.value.find((guild) => guild.id === id);
  }

  channel(id: string): Channel | undefined {
    for (const guild of this.guilds.value) {
      const found = [...guild.channels, ...guild.threads].find((channel) => channel.id === id);
      if (found) return found;
    }
    return this.dms.value.find((channel) => channel.id === id);
  }

  in(channelId: string): Signal<Shown[]> {
    let found = this.messages.get(channelId);
    if (!found) {
      found = signal<Shown[]>([]);
      this.messages.set(channelId, found);
    }
    return found;
  }

  /** Messages before the oldest known one; false when there are no more. */
  async older(channelId: string): Promise<boolean> {
    if (this.whole.has(channelId)) return false;
    const known = this.in(channelId);
    const oldest = known.value.find((message) => !message.id.startsWith("local"));
    const before = oldest ? `&before=${oldest.id}` : "";
    const found = await this.rest.call<Message[]>("GET", `/channels/${channelId}/messages?limit=${PAGE}${before}`);
    if (found.length < PAGE) this.whole.add(channelId);
    const ids = new Set(known.value.map((message) => message.id));
    known.value = [...found.reverse().filter((message) => !ids.has(message.id)), ...known.value];
    return found.length === PAGE;
  }

  /** The newest messages, and what only this person was ever shown, in the place of all that is known. */
  private async again(channelId: string): Promise<void> {
    const known = this.in(channelId);
    const found = this.channel(channelId)
      ? await this.rest.call<Message[]>("GET", `/channels/${channelId}/messages?limit=${PAGE}`)
      : [];
    if (found.length && found.length < PAGE) this.whole.add(channelId);
    const own = known.value.filter((message) => (message.flags ?? 0) & EPHEMERAL);
    known.value = [...found, ...own].sort((one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp));
  }

  async commands(place: Place): Promise<Command[]> {
    const where = place.guildId ? `/guilds/${place.guildId}` : `/channels/${place.channelId}`;
    const index = await this.rest.call<{ application_commands: Command[] }>(
      "GET",
      `${where}/application-command-index`,
    );
    return index.application_commands;
  }

  // --- what they do ---

  async say(place: Place, content: string, files: File[] = [], replyTo?: Message): Promise<void> {
    this.witness?.did(this, place, "say", { values: [content], files: names(files), ...(replyTo ? { on: replyTo.id } : {}) });
    await this.rest.call("POST", `/channels/${place.channelId}/messages`, {
      content,
      nonce: this.nonce(),
      tts: false,
      flags: 0,
      ...(replyTo ? { message_reference: { message_id: replyTo.id, channel_id: replyTo.channel_id } } : {}),
      ...(files.length ? { attachments: files.map((file, id) => ({ id, filename: file.name })) } : {}),
    }, files);
  }

  async type(place: Place): Promise<void> {
    await this.rest.call("POST", `/channels/${place.channelId}/typing`).catch(() => undefined);
  }

  async react(message: Message, emoji: string, on: boolean): Promise<void> {
    const place = { guildId: message.guild_id ?? null, channelId: message.channel_id };
    this.witness?.did(this, place, on ? "react" : "unreact", { values: [emoji], on: message.id });
    const path = `/channels/${message.channel_id}/messages/${message.id}/reactions/${encodeURIComponent(emoji)}/@me`;
    await this.rest.call(on ? "PUT" : "DELETE", path);
  }

  async vote(message: Message, answers: number[]): Promise<void> {
    const place = { guildId: this.channel(message.channel_id)?.guild_id ?? null, channelId: message.channel_id };
    const words = (message.poll?.answers ?? []).filter((one) => answers.includes(one.answer_id)).map((one) => one.poll_media.text ?? "");
    this.witness?.did(this, place, "vote", { values: words, on: message.id });
    await this.rest.call("PUT", `/channels/${message.channel_id}/polls/${message.id}/answers/@me`, {
      answer_ids: answers.map(String),
    });
  }

  async remove(message: Message): Promise<void> {
    if (message.id.startsWith("local") || (message.flags ?? 0) & EPHEMERAL) {
      this.drop(message.channel_id, message.id);
      return;
    }
    await this.rest.call("DELETE", `/channels/${message.channel_id}/messages/${message.id}`);
  }

  async directMessage(userId: string): Promise<Channel> {
    const channel = await this.rest.call<Channel>("POST", "/users/@me/channels", { recipients: [userId] });
    this.keepDm(channel);
    return channel;
  }

  /** Use a command; `words` name its subcommand, `options` are what Discord wants at the leaf. */
  async command(
    place: Place,
    command: Command,
    words: { name: string; type: number }[],
    options: { name: string; type: number; value: string | number | boolean }[],
    plain: Record<string, string | number | boolean>,
    files: File[] = [],
  ): Promise<void> {
    const full = [command.name, ...words.map((word) => word.name)].join(" ");
    this.witness?.did(this, place, "slash", { name: full, options: plain, files: names(files) });
    await this.interact(place, 2, command.application_id, this.invocation(command, nested(words, options), files), { files });
  }

  /** Suggestions for the option that is being typed. */
  complete(
    place: Place,
    command: Command,
    words: { name: string; type: number }[],
    options: { name: string; type: number; value: string | number | boolean; focused?: boolean }[],
  ): Promise<Choice[]> {
    return new Promise((suggested, failed) => {
      const data = this.invocation(command, nested(words, options), []);
      this.interact(place, 4, command.application_id, data, { suggested, ended: () => suggested([]) }).catch(failed);
    });
  }

  /** One of the suggestions for an option was taken. */
  took(place: Place, command: string, option: string, typed: string, chosen: string, plain: Deed["options"]): void {
    this.witness?.did(this, place, "autocomplete", { name: command, values: [option, typed], options: plain });
    this.witness?.saw(this, { chosen });
  }

  /** Use a command from the menu of a message or member. */
  async menu(place: Place, command: Command, targetId: string, target: string | null): Promise<void> {
    const about = target === null ? { on: targetId } : { values: [target] };
    this.witness?.did(this, place, "context_menu", { name: command.name, ...about });
    const data = { ...this.invocation(command, [], []), target_id: targetId };
    await this.interact(place, 2, command.application_id, data, {});
  }

  async press(message: Message, component: Component, label: string): Promise<void> {
    await this.use(message, component, "click", [label], {});
  }

  async choose(message: Message, component: Component, label: string, values: string[], words: string[]): Promise<void> {
    await this.use(message, component, "select", [label, ...words], { values });
  }

  async submit(modal: Modal, components: unknown[], plain: Record<string, string | number | boolean>, files: File[]): Promise<void> {
    const place = { guildId: this.channel(modal.channel_id)?.guild_id ?? null, channelId: modal.channel_id };
    this.witness?.did(this, place, "submit", { options: plain, files: names(files) });
    this.modal.value = null;
    const attachments = files.map((file, id) => ({ id: String(id), filename: file.name }));
    const data = { id: modal.id, custom_id: modal.custom_id, components, ...(files.length ? { attachments } : {}) };
    await this.interact(place, 5, modal.application_id, data, { files });
  }

  dismissModal(): void {
    this.modal.value = null;
  }

  private async use(
    message: Message,
    component: Component,
    act: string,
    values: string[],
    more: object,
  ): Promise<void> {
    const guildId = message.guild_id ?? this.channel(message.channel_id)?.guild_id ?? null;
    const place = { guildId, channelId: message.channel_id };
    this.witness?.did(this, place, act, { values, on: message.id, control: component.custom_id ?? "" });
    const data = { component_type: component.type, custom_id: component.custom_id, ...more };
    const about = { message_id: message.id, message_flags: message.flags ?? 0 };
    this.failures.value = { ...this.failures.value, [message.id]: "" };
    const applicationId = message.application_id ?? message.author.id;
    await this.interact(place, 3, applicationId, data, { messageId: message.id, about });
  }

  private invocation(command: Command, options: unknown[], files: File[]): object {
    const { id, name, type, version, guild_id } = command;
    return {
      id,
      name,
      type: type ?? 1,
      version,
      ...(guild_id ? { guild_id } : {}),
      options,
      attachments: files.map((file, index) => ({ id: String(index), filename: file.name })),
      application_command: command,
    };
  }

  private async interact(
    place: Place,
    type: number,
    applicationId: string,
    data: object,
    how: { messageId?: string; about?: object; suggested?: (choices: Choice[]) => void; ended?: () => void; files?: File[] },
  ): Promise<void> {
    const nonce = this.nonce();
    this.waiting.set(nonce, { place, messageId: how.messageId, suggested: how.suggested, ended: how.ended });
    if (how.messageId) this.busy.value = { ...this.busy.value, [how.messageId]: true };
    try {
      await this.rest.call("POST", "/interactions", {
        type,
        application_id: applicationId,
        ...(place.guildId ? { guild_id: place.guildId } : {}),
        channel_id: place.channelId,
        session_id: this.gateway.sessionId,
        nonce,
        data,
        ...how.about,
      }, how.files ?? []);
    } catch (error) {
      if (type !== 4) this.failed(nonce, error instanceof Refused ? error.message : FAILED);
      else this.end(nonce)?.ended?.();
    }
  }

  private nonce(): string {
    nonces += 1;
    return String(nonces);
  }

  private end(nonce: string | undefined): Waiting | undefined {
    const found = nonce === undefined ? undefined : this.waiting.get(nonce);
    if (nonce !== undefined) this.waiting.delete(nonce);
    if (found?.messageId) this.busy.value = { ...this.busy.value, [found.messageId]: false };
    return found;
  }

  private failed(nonce: string | undefined, words: string): void {
    const found = this.end(nonce);
    if (!found) return;
    found.ended?.();
    if (found.suggested) return;
    this.witness?.saw(this, { failure: words });
    if (found.messageId) {
      this.failures.value = { ...this.failures.value, [found.messageId]: words };
    } else {
      this.note(found.place.channelId, words);
    }
  }

  /** Say something in red, as Discord's client does, that only this person sees. */
  note(channelId: string, words: string): void {
    nonces += 1;
    const author: User = { id: "0", username: "Wisp" };
    const local: Shown = {
      id: `local-${nonces}`,
      type: 0,
      channel_id: channelId,
      author,
      content: "",
      timestamp: new Date().toISOString(),
      flags: EPHEMERAL,
      mentions: [],
      attachments: [],
      embeds: [],
      failure: words,
    };
    this.in(channelId).value = [...this.in(channelId).value, local];
  }

  // --- what they hear ---

  private hear(event: string, data: unknown): void {
    switch (event) {
      case "READY":
        this.arrive(data as { guilds: Guild[]; private_channels: Channel[] });
        break;
      case "GUILD_CREATE":
        this.keepGuild(data as Guild);
        break;
      case "GUILD_DELETE": {
        const gone = data as { id: string; unavailable?: boolean };
        if (gone.unavailable) this.change(gone.id, (guild) => ({ ...guild, unavailable: true }));
        else this.guilds.value = this.guilds.value.filter((guild) => guild.id !== gone.id);
        break;
      }
      case "GUILD_UPDATE": {
        const { id, name, owner_id } = data as Guild;
        this.change(id, (guild) => ({ ...guild, name, owner_id }));
        break;
      }
      case "CHANNEL_CREATE":
      case "CHANNEL_UPDATE":
        this.keepChannel(data as Channel, "channels");
        break;
      case "THREAD_CREATE":
      case "THREAD_UPDATE":
        this.keepChannel(data as Channel, "threads");
        break;
      case "CHANNEL_DELETE":
      case "THREAD_DELETE":
        this.dropChannel(data as Channel);
        break;
      case "GUILD_ROLE_CREATE":
      case "GUILD_ROLE_UPDATE": {
        const { guild_id, role } = data as { guild_id: string; role: Role };
        this.change(guild_id, (guild) => ({ ...guild, roles: replaced(guild.roles, role) }));
        this.commandsChanged.value += 1;
        break;
      }
      case "GUILD_ROLE_DELETE": {
        const { guild_id, role_id } = data as { guild_id: string; role_id: string };
        this.change(guild_id, (guild) => ({ ...guild, roles: guild.roles.filter((role) => role.id !== role_id) }));
        break;
      }
      case "GUILD_MEMBER_ADD":
      case "GUILD_MEMBER_UPDATE": {
        const { guild_id, ...member } = data as Member & { guild_id: string };
        this.change(guild_id, (guild) => ({ ...guild, members: withMember(guild.members, member) }));
        if (member.user.id === this.id) this.commandsChanged.value += 1;
        break;
      }
      case "GUILD_MEMBER_REMOVE": {
        const { guild_id, user } = data as { guild_id: string; user: User };
        this.change(guild_id, (guild) => ({
          ...guild,
          members: guild.members.filter((member) => member.user.id !== user.id),
        }));
        break;
      }
      case "MESSAGE_CREATE":
      case "MESSAGE_UPDATE":
        this.keepMessage(data as Message);
        void this.meetDm(data as Message);
        break;
      case "MESSAGE_DELETE": {
        const { channel_id, id } = data as { channel_id: string; id: string };
        this.drop(channel_id, id);
        break;
      }
      case "MESSAGE_DELETE_BULK": {
        const { channel_id, ids } = data as { channel_id: string; ids: string[] };
        for (const id of ids) this.drop(channel_id, id);
        break;
      }
      case "MESSAGE_REACTION_ADD":
      case "MESSAGE_REACTION_REMOVE":
      case "MESSAGE_REACTION_REMOVE_ALL":
      case "MESSAGE_REACTION_REMOVE_EMOJI":
      case "MESSAGE_POLL_VOTE_ADD":
      case "MESSAGE_POLL_VOTE_REMOVE": {
        const { channel_id, message_id } = data as { channel_id: string; message_id: string };
        void this.refresh(channel_id, message_id);
        break;
      }
      case "TYPING_START":
        this.noteTyping(data as { channel_id: string; user_id: string; member?: Member });
        break;
      case "INTERACTION_SUCCESS":
        this.end((data as { nonce?: string }).nonce)?.ended?.();
        break;
      case "INTERACTION_FAILURE": {
        const { nonce, reason_code } = data as { nonce?: string; reason_code?: number };
        this.failed(nonce, FAILURES[reason_code ?? 0] ?? FAILED);
        break;
      }
      case "INTERACTION_MODAL_CREATE": {
        const modal = data as Modal & { application?: { id: string } };
        this.modal.value = { ...modal, application_id: modal.application_id ?? modal.application?.id ?? "" };
        this.witness?.saw(this, { form: modal.title });
        break;
      }
      case "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE": {
        const { nonce, choices } = data as { nonce?: string; choices: Choice[] };
        const found = nonce === undefined ? undefined : this.waiting.get(nonce);
        found?.suggested?.(choices ?? []);
        break;
      }
      case "GUILD_APPLICATION_COMMAND_INDEX_UPDATE":
      case "APPLICATION_COMMAND_PERMISSIONS_UPDATE":
        this.commandsChanged.value += 1;
        break;
    }
  }

  private arrive(ready: { guilds: Guild[]; private_channels: Channel[] }): void {
    this.guilds.value = ready.guilds.map(filled);
    this.dms.value = ready.private_channels;
    // What was said while nobody listened is asked for anew.
    this.whole.clear();
    for (const channelId of this.messages.keys()) void this.again(channelId).catch(() => undefined);
    this.commandsChanged.value += 1;
  }

  private keepGuild(guild: Guild): void {
    const others = this.guilds.value.filter((known) => known.id !== guild.id);
    this.guilds.value = [...others, filled(guild)];
  }

  private change(guildId: string, how: (guild: Guild) => Guild): void {
    this.guilds.value = this.guilds.value.map((guild) => (guild.id === guildId ? how(guild) : guild));
  }

  private keepChannel(channel: Channel, among: "channels" | "threads"): void {
    if (!channel.guild_id) {
      this.keepDm(channel);
      return;
    }
    this.change(channel.guild_id, (guild) => ({ ...guild, [among]: replaced(guild[among], channel) }));
  }

  private dropChannel(channel: Channel): void {
    if (!channel.guild_id) return;
    this.change(channel.guild_id, (guild) => ({
      ...guild,
      channels: guild.channels.filter((known) => known.id !== channel.id),
      threads: guild.threads.filter((known) => known.id !== channel.id),
    }));
  }

  private keepDm(channel: Channel): void {
    if (channel.type === ChannelKind.Dm) this.dms.value = replaced(this.dms.value, channel);
  }

  /** A conversation that the other one began is known by its first message. */
  private async meetDm({ channel_id, guild_id }: Message): Promise<void> {
    if (guild_id || this.channel(channel_id)) return;
    const channel = await this.rest.call<Channel>("GET", `/channels/${channel_id}`).catch(() => null);
    if (channel) this.keepDm(channel);
  }

  private keepMessage(message: Message): void {
    const known = this.in(message.channel_id);
    const index = known.value.findIndex((other) => other.id === message.id);
    if (index < 0 && !message.author) return;
    const merged = index < 0 ? message : { ...known.value[index], ...message };
    known.value =
      index < 0 ? [...known.value, merged] : known.value.map((other, at) => (at === index ? merged : other));
    if (message.author?.id !== this.id) {
      this.witness?.saw(this, { message: merged });
      this.unread.value = { ...this.unread.value, [message.channel_id]: true };
      this.stopTyping(message.channel_id, message.author);
    }
  }

  read(channelId: string): void {
    if (this.unread.value[channelId]) this.unread.value = { ...this.unread.value, [channelId]: false };
  }

  private async refresh(channelId: string, messageId: string): Promise<void> {
    const known = this.in(channelId);
    if (!known.value.some((message) => message.id === messageId)) return;
    const found = await this.rest
      .call<Message>("GET", `/channels/${channelId}/messages/${messageId}`)
      .catch(() => null);
    if (found) known.value = known.value.map((message) => (message.id === messageId ? { ...message, ...found } : message));
  }

  private drop(channelId: string, messageId: string): void {
    this.in(channelId).value = this.in(channelId).value.filter((message) => message.id !== messageId);
  }

  private noteTyping({ channel_id, user_id, member }: { channel_id: string; user_id: string; member?: Member }): void {
    if (user_id === this.id) return;
    const name = member?.nick ?? (member ? member.user.global_name || member.user.username : "Somebody");
    const others = (this.typing.value[channel_id] ?? []).filter((one) => one.name !== name);
    this.typing.value = { ...this.typing.value, [channel_id]: [...others, { name, until: Date.now() + TYPING_MS }] };
    setTimeout(() => {
      const still = (this.typing.value[channel_id] ?? []).filter((one) => one.until > Date.now());
      this.typing.value = { ...this.typing.value, [channel_id]: still };
    }, TYPING_MS + 50);
  }

  private stopTyping(channelId: string, author: User | undefined): void {
    const now = this.typing.value[channelId];
    if (!now?.length || !author) return;
    const name = author.global_name || author.username;
    this.typing.value = { ...this.typing.value, [channelId]: now.filter((one) => one.name !== name) };
  }
}

function names(files: File[]): string[] {
  return files.map((file) => file.name);
}

function filled(guild: Guild): Guild {
  return {
    ...guild,
    roles: guild.roles ?? [],
    channels: (guild.channels ?? []).map((channel) => ({ ...channel, guild_id: guild.id })),
    threads: (guild.threads ?? []).map((thread) => ({ ...thread, guild_id: guild.id })),
    members: guild.members ?? [],
    emojis: guild.emojis ?? [],
  };
}

function replaced<T extends { id: string }>(all: T[], one: T): T[] {
  return all.some((known) => known.id === one.id)
    ? all.map((known) => (known.id === one.id ? { ...known, ...one } : known))
    : [...all, one];
}

function withMember(members: Member[], member: Member): Member[] {
  const others = members.filter((known) => known.user.id !== member.user.id);
  return [...others, member];
}

function nested(words: { name: string; type: number }[], leaf: unknown[]): unknown[] {
  return [...words].reverse().reduce((inner, word) => [{ type: word.type, name: word.name, options: inner }], leaf);
}
