import { useMemo, useState } from "preact/hooks";
import { colourOf } from "../discord/permissions";
import type { Person, Shown } from "../discord/person";
import {
  COMPONENTS_V2,
  EPHEMERAL,
  IS_FORWARD,
  LOADING,
  SUPPRESS_EMBEDS,
  nameOf,
  type Attachment,
  type Message as MessageData,
} from "../discord/types";
import { jsonShown } from "../state";
import { Avatar } from "./Avatar";
import { Components, EmojiMark, FileCard, Hidden } from "./Components";
import { focusComposer } from "./Composer";
import { QUICK } from "./ContextMenu";
import { Embed, Picture } from "./Embed";
import { Json, Markdown, relative, spoken } from "./Markdown";

const REPLY = 19;
const COMMAND_REPLY = 20;
const JOINED = 7;
const PINNED = 6;
const THREAD_BEGUN = 18;

export type MessageMenu = (event: MouseEvent | KeyboardEvent, about: { message: MessageData } | { userId: string }) => void;

interface Props {
  message: Shown;
  joined: boolean;
  person: Person;
  guildId: string | null;
  onReply: (message: MessageData) => void;
  onMenu: MessageMenu;
}

export function Message({ message, joined, person, guildId, onReply, onMenu }: Props) {
  const guild = person.guild(guildId);
  const flags = message.flags ?? 0;
  const words = useMemo(() => spoken(message.content, person, guildId), [message.content, person, guildId]);
  if (message.failure !== undefined) return <Local message={message} person={person} />;
  const member = guild?.members.find((known) => known.user.id === message.author.id);
  const author = member?.nick ?? nameOf(message.author);
  const mine = message.author.id === person.id;
  const mentioned =
    message.mention_everyone ||
    (message.mentions?.some((user) => user.id === person.id) && !answersOneself(message)) ||
    guild?.members.find((known) => known.user.id === person.id)?.roles.some((role) => message.mention_roles?.includes(role));
  const ephemeral = Boolean(flags & EPHEMERAL);
  const system = systemWords(message, author);
  const classes = ["message", joined && "joined", mentioned && "mentioned", ephemeral && "ephemeral"].filter(Boolean).join(" ");
  const failure = person.failures.value[message.id];
  return (
    <article
      class={classes}
      data-id={message.id}
      aria-label={`${author}: ${words.slice(0, 80)}`}
      tabIndex={-1}
      onContextMenu={(event) => onMenu(event, { message })}
    >
      {!joined && <Answered message={message} person={person} guildId={guildId} />}
      <div class="message-body">
        {joined ? <span class="gutter"><Clock instant={message.timestamp} /></span> : <Avatar name={author} id={message.author.id} />}
        <div class="message-content">
          {!joined && (
            <header>
              <button
                type="button"
                class="author"
                style={{ color: colourOf(guild, member) }}
                onClick={(event) => onMenu(event, { userId: message.author.id })}
                onContextMenu={(event) => {
                  event.stopPropagation();
                  onMenu(event, { userId: message.author.id });
                }}
              >
                {author}
              </button>
              {message.author.bot && <span class="tag">APP</span>}
              <Clock instant={message.timestamp} />
            </header>
          )}
          {system && <p class="system">{system}</p>}
          {flags & LOADING ? (
            <p class="thinking" role="status">
              <span class="dots" aria-hidden="true"><i /><i /><i /></span> {author} is thinking…
            </p>
          ) : (
            <Content message={message} person={person} guildId={guildId} />
          )}
          {jsonShown.value && <Json of={message} />}
          {failure && <p class="failure" role="alert">{failure}</p>}
          {message.thread && <p class="thread-mark">🧵 {message.thread.name}</p>}
          <Reactions message={message} person={person} />
          {ephemeral && (
            <p class="only-you">
              👁 Only you can see this ·{" "}
              <Dismiss message={message} person={person} />
            </p>
          )}
        </div>
      </div>
      {!ephemeral && (
        <div class="message-tools" role="toolbar" aria-label="Message">
          {QUICK.map((emoji) => (
            <button key={emoji} type="button" aria-label={`React with ${emoji}`} onClick={() => void person.react(message, emoji, true)}>
              {emoji}
            </button>
          ))}
          <button type="button" aria-label="Reply" onClick={() => onReply(message)}>↩</button>
          {mine && <button type="button" aria-label="Delete" onClick={() => void person.remove(message).catch(() => undefined)}>🗑</button>}
          <button type="button" aria-label="More" aria-haspopup="menu" onClick={(event) => onMenu(event, { message })}>⋯</button>
        </div>
      )}
    </article>
  );
}

function Local({ message, person }: { message: Shown; person: Person }) {
  return (
    <div class="message ephemeral local" data-id={message.id} role="alert">
      <div class="message-body">
        <span class="gutter" aria-hidden="true">⚠</span>
        <div class="message-content">
          <p class="failure">{message.failure}</p>
          <p class="only-you">
            👁 Only you can see this ·{" "}
            <Dismiss message={message} person={person} />
          </p>
        </div>
      </div>
    </div>
  );
}

function Dismiss({ message, person }: { message: Shown; person: Person }) {
  const dismiss = () => {
    void person.remove(message);
    focusComposer();
  };
  return <button type="button" class="plain" onClick={dismiss}>Dismiss message</button>;
}

/** Who answers their own message is among its mentions, and is not called by it. */
function answersOneself({ type, author, content, referenced_message }: MessageData): boolean {
  return type === REPLY && referenced_message?.author.id === author.id && !content.includes(`<@${author.id}>`);
}

function Content({ message, person, guildId }: { message: MessageData; person: Person; guildId: string | null }) {
  const flags = message.flags ?? 0;
  const forwarded = message.message_reference?.type === IS_FORWARD ? message.message_snapshots?.[0]?.message : undefined;
  return (
    <>
      {message.content && (
        <div class="words">
          <Markdown text={message.content} person={person} guildId={guildId} />
          {message.edited_timestamp && <span class="edited" title={message.edited_timestamp}>(edited)</span>}
        </div>
      )}
      {forwarded && (
        <blockquote class="forwarded">
          <small>↱ Forwarded</small>
          <Markdown text={forwarded.content ?? ""} person={person} guildId={guildId} />
          {forwarded.attachments?.map((file) => <Attached key={file.id} file={file} />)}
          {forwarded.embeds?.map((embed, index) => <Embed key={index} embed={embed} person={person} guildId={guildId} />)}
        </blockquote>
      )}
      {!(flags & COMPONENTS_V2) && message.attachments.filter((file) => !isInEmbed(message, file)).map((file) => <Attached key={file.id} file={file} />)}
      {!(flags & SUPPRESS_EMBEDS) &&
        message.embeds.map((embed, index) => <Embed key={index} embed={embed} person={person} guildId={guildId} />)}
      {message.poll && <Poll message={message} person={person} />}
      {!!message.components?.length && (
        <Components components={message.components} message={message} person={person} guildId={guildId} />
      )}
    </>
  );
}

/** A picture that an embed shows is not shown a second time. */
function isInEmbed({ embeds }: MessageData, { url }: Attachment): boolean {
  return embeds.some(({ image, thumbnail, author, footer }) =>
    [image?.url, thumbnail?.url, author?.icon_url, footer?.icon_url].includes(url),
  );
}

function Attached({ file }: { file: Attachment }) {
  const spoiler = file.filename.startsWith("SPOILER_");
  if (file.content_type?.startsWith("image/") || /\.(png|jpe?g|gif|webp)$/i.test(file.filename)) {
    return <Hidden spoiler={spoiler}><Picture url={file.url} alt={file.description ?? file.filename} class="picture" /></Hidden>;
  }
  return <Hidden spoiler={spoiler}><FileCard name={file.filename} size={file.size} url={file.url} /></Hidden>;
}

function Answered({ message, person, guildId }: { message: MessageData; person: Person; guildId: string | null }) {
  const used = message.interaction_metadata;
  if (message.type === COMMAND_REPLY && used) {
    const name = used.name ?? message.interaction?.name;
    return (
      <p class="answered">
        ╭ <Avatar name={nameOf(used.user)} id={used.user.id} small /> <b>{nameOf(used.user)}</b> used <span class="mention">{name ? `/${name}` : "a command"}</span>
      </p>
    );
  }
  if (message.type !== REPLY) return null;
  const to = message.referenced_message;
  return (
    <p class="answered">
      ╭{" "}
      {to ? (
        <>
          <Avatar name={nameOf(to.author)} id={to.author.id} small /> <b>{nameOf(to.author)}</b>{" "}
          <span class="quoted"><Markdown text={to.content.slice(0, 120) || "an attachment"} person={person} guildId={guildId} /></span>
        </>
      ) : (
        <i>Original message was deleted</i>
      )}
    </p>
  );
}

function Reactions({ message, person }: { message: MessageData; person: Person }) {
  if (!message.reactions?.length) return null;
  return (
    <div class="reactions">
      {message.reactions.map(({ emoji, count, me }) => {
        const name = emoji.id ? `${emoji.name}:${emoji.id}` : (emoji.name ?? "");
        return (
          <button
            key={name}
            type="button"
            aria-pressed={me}
            aria-label={`${emoji.name}, ${count} reacted`}
            onClick={() => void person.react(message, name, !me)}
          >
            <EmojiMark emoji={emoji} /> {count}
          </button>
        );
      })}
    </div>
  );
}

function Poll({ message, person }: { message: MessageData; person: Person }) {
  const poll = message.poll;
  const [chosen, setChosen] = useState<number[]>([]);
  if (!poll) return null;
  const counts = poll.results?.answer_counts ?? [];
  const total = counts.reduce((sum, one) => sum + one.count, 0);
  const voted = counts.some((one) => one.me_voted);
  const over = poll.results?.is_finalized ?? false;
  const toggle = (id: number) =>
    setChosen(poll.allow_multiselect ? (chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]) : [id]);
  return (
    <fieldset class="poll" disabled={over}>
      <legend>{poll.question.text}</legend>
      {poll.answers.map(({ answer_id, poll_media }) => {
        const count = counts.find((one) => one.id === answer_id);
        const share = total ? Math.round(((count?.count ?? 0) / total) * 100) : 0;
        return (
          <label key={answer_id} class={count?.me_voted ? "mine" : ""}>
            <span class="poll-bar" style={{ inlineSize: `${voted || over ? share : 0}%` }} />
            {!voted && !over && (
              <input
                type={poll.allow_multiselect ? "checkbox" : "radio"}
                name={`poll-${message.id}`}
                checked={chosen.includes(answer_id)}
                onChange={() => toggle(answer_id)}
              />
            )}
            <EmojiMark emoji={poll_media.emoji} /> {poll_media.text}
            {(voted || over) && <b>{share}%</b>}
          </label>
        );
      })}
      <p>
        {total} {total === 1 ? "vote" : "votes"}
        {over ? " · Poll closed" : poll.expiry ? ` · ends ${relative((Date.parse(poll.expiry) - Date.now()) / 1000)}` : ""}
      </p>
      {!over && (
        <button
          type="button"
          class="button primary"
          disabled={!voted && !chosen.length}
          onClick={() => void person.vote(message, voted ? [] : chosen)}
        >
          {voted ? "Remove vote" : "Vote"}
        </button>
      )}
    </fieldset>
  );
}

function Clock({ instant }: { instant: string }) {
  const date = new Date(instant);
  const shown = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit" }).format(date);
  return <time dateTime={instant} title={date.toString()}>{shown}</time>;
}

function systemWords(message: MessageData, author: string): string {
  switch (message.type) {
    case JOINED:
      return `${author} joined the server.`;
    case PINNED:
      return `${author} pinned a message to this channel.`;
    case THREAD_BEGUN:
      return `${author} started a thread: ${message.content}`;
    default:
      return "";
  }
}
