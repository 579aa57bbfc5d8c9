import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Person, Shown } from "../discord/person";
import { ChannelKind, type Message as MessageData } from "../discord/types";
import { Composer } from "./Composer";
import { Message, type MessageMenu } from "./Message";
import type { OpenMenu } from "./ContextMenu";
import { useWindow } from "./window";

const JOIN_MS = 7 * 60_000;

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

  const older = async () => setBeginning(!(await person.older(channelId).catch(() => true)));
  const { box, shown, before, isLast, onScroll, toEnd } = useWindow(messages, person.id, older);

  useEffect(() => {
    void older();
  }, []);

  useLayoutEffect(() => {
    person.read(channelId);
  }, [messages, person.unread.value[channelId]]);

  const onMenu = useCallback<MessageMenu>(
    (event, about) => openMenu(event, { person, place: { guildId, channelId }, ...about }),
    [person, guildId, channelId],
  );

  const typing = (person.typing.value[channelId] ?? []).map((one) => one.name);
  return (
    <>
      <div class="messages" ref={box} onScroll={onScroll} role="log" aria-label={`Messages in ${channel?.name ?? "the conversation"}`} tabIndex={0}>
        {beginning && !before && (
          <div class="beginning">
            <h2>{channel?.type === ChannelKind.Dm ? (channel.recipients?.[0]?.username ?? "Direct message") : `#${channel?.name ?? ""}`}</h2>
            <p>{channel?.topic || "This is where it begins."}</p>
          </div>
        )}
        {shown.map((message, index) => (
          <Message
            key={message.id}
            message={message}
            joined={goesOn(index ? shown[index - 1] : before, message)}
            person={person}
            guildId={guildId}
            onReply={setReplyTo}
            onMenu={onMenu}
          />
        ))}
      </div>
      {!isLast && <button type="button" class="to-end" onClick={toEnd}>Go to the newest ↓</button>}
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
