import { useState } from "preact/hooks";
import { channelPermissions, guildPermissions, MANAGE_CHANNELS, VIEW_CHANNEL } from "../discord/permissions";
import type { Person } from "../discord/person";
import { ChannelKind, nameOf, type Channel, type Guild } from "../discord/types";
import { become, bot, change, goTo, invite, people, problem, type Pane } from "../state";
import { Avatar } from "./Avatar";

interface Props {
  pane: Pane;
  index: number;
  person: Person;
}

const MARKS: Record<number, string> = {
  [ChannelKind.Text]: "#",
  [ChannelKind.News]: "📣",
  [ChannelKind.Voice]: "🔊",
  [ChannelKind.Stage]: "🎙",
  [ChannelKind.Forum]: "🗂",
  [ChannelKind.MediaForum]: "🗂",
};
const READABLE = [ChannelKind.Text, ChannelKind.News, ChannelKind.Voice, ChannelKind.Stage] as number[];

export function Guilds({ pane, index, person }: Props) {
  const unread = person.dms.value.some(({ id }) => person.unread.value[id] && id !== pane.channelId);
  return (
    <nav class="guilds" aria-label="Servers">
      <button
        type="button"
        class={unread ? "guild home unread" : "guild home"}
        aria-current={pane.guildId === null ? "page" : undefined}
        aria-label={unread ? "Direct messages, unread" : "Direct messages"}
        title="Direct messages"
        data-initials="✉"
        onClick={() => goTo(index, null)}
      />
      <hr />
      {person.guilds.value.map((guild) => (
        <button
          key={guild.id}
          type="button"
          class={guild.unavailable ? "guild away" : "guild"}
          aria-current={pane.guildId === guild.id ? "page" : undefined}
          aria-label={guild.unavailable ? `${guild.name}, unavailable` : guild.name}
          title={guild.name}
          data-initials={initials(guild.name)}
          onClick={() => goTo(index, guild.id)}
        />
      ))}
    </nav>
  );
}

function initials(name: string): string {
  return name.split(/\s+/).map((word) => [...word][0] ?? "").join("").slice(0, 3).toUpperCase();
}

export function Channels({ pane, index, person }: Props) {
  const guild = person.guild(pane.guildId);
  return (
    <div class="channels">
      <header>
        <h1>{guild ? guild.name : "Direct messages"}</h1>
        {guild && <GuildActions guild={guild} person={person} index={index} />}
      </header>
      <nav class="channel-list" aria-label="Channels">
        {guild ? (
          <OfGuild guild={guild} pane={pane} index={index} person={person} />
        ) : (
          <DirectMessages pane={pane} index={index} person={person} />
        )}
      </nav>
      <Who pane={pane} index={index} person={person} />
    </div>
  );
}

function OfGuild({ guild, pane, index, person }: Props & { guild: Guild }) {
  const member = guild.members.find((known) => known.user.id === person.id);
  const visible = guild.channels
    .filter((channel) => channelPermissions(guild, channel, member) & VIEW_CHANNEL)
    .sort((one, other) => (one.position ?? 0) - (other.position ?? 0));
  const categories = visible.filter((channel) => channel.type === ChannelKind.Category);
  const line = (channel: Channel) => (
    <Fragmented key={channel.id}>
      <ChannelLine channel={channel} pane={pane} index={index} person={person} mark={MARKS[channel.type] ?? "#"} />
      {guild.threads
        .filter((thread) => thread.parent_id === channel.id)
        .map((thread) => (
          <ChannelLine key={thread.id} channel={thread} pane={pane} index={index} person={person} mark="🧵" below />
        ))}
    </Fragmented>
  );
  const free = visible.filter((channel) => channel.type !== ChannelKind.Category && !channel.parent_id);
  return (
    <>
      {free.map(line)}
      {categories.map((category) => (
        <section key={category.id} aria-label={category.name ?? ""}>
          <h2>{category.name}</h2>
          {visible.filter((channel) => channel.parent_id === category.id).map(line)}
        </section>
      ))}
    </>
  );
}

function Fragmented({ children }: { children: preact.ComponentChildren }) {
  return <>{children}</>;
}

function ChannelLine({ channel, pane, index, person, mark, below = false }: Props & { channel: Channel; mark: string; below?: boolean }) {
  const unread = person.unread.value[channel.id] && channel.id !== pane.channelId;
  const readable = READABLE.includes(channel.type) || below;
  return (
    <button
      type="button"
      class={["channel", below && "below", unread && "unread"].filter(Boolean).join(" ")}
      aria-current={channel.id === pane.channelId ? "page" : undefined}
      disabled={!readable}
      onClick={() => change(index, { channelId: channel.id })}
    >
      <span aria-hidden="true">{mark}</span> {channel.name}
      {unread && <span class="hidden">, unread</span>}
    </button>
  );
}

function DirectMessages({ pane, index, person }: Props) {
  const other = (channel: Channel) => channel.recipients?.find((user) => user.id !== person.id) ?? channel.recipients?.[0];
  const withBot = person.dms.value.some((channel) => other(channel)?.id === bot.value.id);
  const write = async () => {
    try {
      const channel = await person.directMessage(bot.value.id);
      change(index, { guildId: null, channelId: channel.id });
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <>
      {person.dms.value.map((channel) => {
        const user = other(channel);
        const unread = person.unread.value[channel.id] && channel.id !== pane.channelId;
        return user ? (
          <button
            key={channel.id}
            type="button"
            class={unread ? "channel unread" : "channel"}
            aria-current={channel.id === pane.channelId ? "page" : undefined}
            onClick={() => change(index, { channelId: channel.id })}
          >
            <Avatar name={nameOf(user)} id={user.id} small /> {nameOf(user)}
            {unread && <span class="hidden">, unread</span>}
          </button>
        ) : null;
      })}
      {!withBot && (
        <button type="button" class="channel" onClick={() => void write()}>
          <span aria-hidden="true">+</span> Message {bot.value.name}
        </button>
      )}
    </>
  );
}

function GuildActions({ guild, person, index }: { guild: Guild; person: Person; index: number }) {
  const [open, setOpen] = useState(false);
  const member = guild.members.find((known) => known.user.id === person.id);
  const may = guildPermissions(guild, member);
  const others = people.value.filter((one) => !guild.members.some((known) => known.user.id === one.id));
  const tried = (work: Promise<unknown>) => {
    setOpen(false);
    work.catch((error: unknown) => {
      problem.value = error instanceof Error ? error.message : String(error);
    });
  };
  const create = () => {
    const name = window.prompt("Name of the new channel");
    if (name) tried(person.rest.call("POST", `/guilds/${guild.id}/channels`, { name, type: 0 }));
  };
  return (
    <div class="guild-actions" onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button type="button" class="plain" aria-haspopup="menu" aria-expanded={open} aria-label={`Actions for ${guild.name}`} onClick={() => setOpen(!open)}>⌄</button>
      {open && (
        <div class="menu" role="menu">
          {(may & MANAGE_CHANNELS) !== 0n && (
            <button type="button" role="menuitem" onClick={create}>Create a channel</button>
          )}
          {others.map((one) => (
            <button key={one.id} type="button" role="menuitem" onClick={() => tried(invite(one.name, guild.name))}>Let {one.name} join</button>
          ))}
          {guild.owner_id !== person.id && (
            <button
              type="button"
              role="menuitem"
              class="danger"
              onClick={() => {
                tried(person.rest.call("DELETE", `/users/@me/guilds/${guild.id}`));
                goTo(index, null);
              }}
            >
              Leave {guild.name}
            </button>
          )}
          {others.length === 0 && guild.owner_id === person.id && !(may & MANAGE_CHANNELS) && <p>Nothing to do here</p>}
        </div>
      )}
    </div>
  );
}

function Who({ pane, index, person }: Props) {
  const guild = person.guild(pane.guildId);
  return (
    <div class="who">
      <Avatar name={person.name} id={person.id} />
      <label>
        <span class="hidden">You are</span>
        <select value={person.id} onChange={(event) => become(index, event.currentTarget.value)}>
          {people.value.map((one) => (
            <option key={one.id} value={one.id}>{one.name}{role(guild, one)}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

function role(guild: Guild | undefined, person: Person): string {
  if (!guild) return "";
  if (guild.owner_id === person.id) return " · owner";
  const member = guild.members.find((known) => known.user.id === person.id);
  if (!member) return " · not here";
  const top = guild.roles.filter((one) => member.roles.includes(one.id)).sort((one, other) => other.position - one.position)[0];
  return top ? ` · ${top.name}` : " · member";
}
