import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Person, Shown } from "../discord/person";
import { ChannelKind, type Message as MessageData } from "../discord/types";
import { Composer } from "./Composer";
import { Message, type MessageMenu } from "./Message";
import type { OpenMenu } from "./ContextMenu";

const JOIN_MS = 7 * 60_000;
const NEAR_END_PX = 120;

interface Props {
  person: Person;
  guildId: string | null;
  channelId: string;
  openMenu: OpenMenu;
}

export function Chat({ person, guildId, channelId, openMenu }: Props) {
  const messages = person.in(channelId).value;
  const channel = person.channel(channelId);
  const [replyTo, setReplyTo] = useState<MessageData | null>(null);
  const [beginning, setBeginning] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const loading = useRef(false);

  const loadOlder = useCallback(async () => {
    if (loading.current || !box.current) return;
    loading.current = true;
    const { scrollHeight, scrollTop } = box.current;
    const more = await person.older(channelId).catch(() => false);
    setBeginning(!more);
    requestAnimationFrame(() => {
      if (box.current && !atEnd.current) box.current.scrollTop = scrollTop + box.current.scrollHeight - scrollHeight;
      loading.current = false;
    });
  }, [person, channelId]);

  useEffect(() => {
    atEnd.current = true;
    setReplyTo(null);
    setBeginning(false);
    void loadOlder();
  }, [channelId, person]);

  useLayoutEffect(() => {
    person.read(channelId);
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [messages, channelId, person.unread.value[channelId]]);

  const onScroll = () => {
    const at = box.current;
    if (!at) return;
    atEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_END_PX;
    if (at.scrollTop < NEAR_END_PX && !beginning) void loadOlder();
  };

  const onMenu = useCallback<MessageMenu>(
    (event, about) => openMenu(event, { person, place: { guildId, channelId }, ...about }),
    [person, guildId, channelId],
  );

  const typing = (person.typing.value[channelId] ?? []).map((one) => one.name);
  return (
    <>
      <div class="messages" ref={box} onScroll={onScroll} role="log" aria-label={`Messages in ${channel?.name ?? "the conversation"}`} tabIndex={0}>
        {beginning && (
          <div class="beginning">
            <h2>{channel?.type === ChannelKind.Dm ? (channel.recipients?.[0]?.username ?? "Direct message") : `#${channel?.name ?? ""}`}</h2>
            <p>{channel?.topic || "This is where it begins."}</p>
          </div>
        )}
        {messages.map((message, index) => (
          <Message
            key={message.id}
            message={message}
            joined={goesOn(messages[index - 1], message)}
            person={person}
            guildId={guildId}
            onReply={setReplyTo}
            onMenu={onMenu}
          />
        ))}
      </div>
      <p class="typing" aria-live="polite">
        {typing.length > 0 && (
          <>
            <span class="dots" aria-hidden="true"><i /><i /><i /></span> {typing.join(", ")} {typing.length === 1 ? "is" : "are"} typing…
          </>
        )}
      </p>
      <Composer
        key={`${person.id}-${channelId}`}
        person={person}
        place={{ guildId, channelId }}
        channelName={channel?.name ?? channel?.recipients?.[0]?.username ?? ""}
        replyTo={replyTo}
        onReplied={() => setReplyTo(null)}
      />
    </>
  );
}

function goesOn(before: Shown | undefined, message: Shown): boolean {
  if (!before || message.type !== 0 || before.author.id !== message.author.id || before.failure !== undefined) return false;
  if (message.message_reference || message.interaction_metadata || before.type !== 0 || message.failure !== undefined) return false;
  return Date.parse(message.timestamp) - Date.parse(before.timestamp) < JOIN_MS;
}
