import { useEffect, useState } from "preact/hooks";
import { Backstage } from "../backstage/Backstage";
import type { Person } from "../discord/person";
import { ChannelKind, nameOf } from "../discord/types";
import { active, announcement, backstage, backstageOpen, become, feedStatus, panes, people, personOf, problem, split, type Pane } from "../state";
import { Chat } from "./Chat";
import { ContextMenu, openMenu } from "./ContextMenu";
import { Members } from "./Members";
import { ModalForm } from "./ModalForm";
import { Channels, Guilds } from "./Sidebar";

export function App() {
  const shown = panes.value[active.value];
  const person = shown && personOf(shown);
  const [drawer, setDrawer] = useState(false);
  useEffect(() => setDrawer(false), [shown?.channelId]);
  useEffect(() => {
    if (!drawer) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setDrawer(false);
      document.querySelector<HTMLElement>(".pane .only-narrow")?.focus();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [drawer]);
  if (!shown || !person) {
    return (
      <main class="starting" aria-live="polite">
        <p>{feedStatus.value === "lost" ? "The bot is being started…" : "Connecting…"}</p>
      </main>
    );
  }
  const unwell = backstage.value.health?.filter((one) => one.state !== "ok") ?? [];
  return (
    <div class={["app", drawer && "drawer-open", backstageOpen.value && "with-backstage"].filter(Boolean).join(" ")}>
      <a class="skip" href="#chat">Skip to the messages</a>
      <div class="side">
        <Guilds pane={shown} index={active.value} person={person} />
        <Channels pane={shown} index={active.value} person={person} />
      </div>
      {drawer && <div class="outside" onClick={() => setDrawer(false)} />}
      <main id="chat" class={panes.value.length > 1 ? "panes two" : "panes"}>
        <Notice person={person} />
        {panes.value.map((pane, index) => {
          const who = personOf(pane);
          return who ? (
            <PaneView
              key={`${index}-${pane.personId}`}
              pane={pane}
              index={index}
              person={who}
              onDrawer={() => setDrawer(!drawer)}
              unwell={unwell.length}
            />
          ) : null;
        })}
      </main>
      {backstageOpen.value && <Backstage />}
      <ContextMenu />
      {panes.value.map((pane, index) => {
        const who = personOf(pane);
        const modal = who?.modal.value;
        return who && modal ? <ModalForm key={`${index}-${modal.id}`} modal={modal} person={who} /> : null;
      })}
      <p class="hidden" role="status">{announcement.value}</p>
    </div>
  );
}

function Notice({ person }: { person: Person }) {
  if (problem.value) {
    return (
      <p class="notice bad" role="alert">
        {problem.value} <button type="button" class="plain" aria-label="Dismiss" onClick={() => (problem.value = "")}>✕</button>
      </p>
    );
  }
  if (feedStatus.value === "lost") return <p class="notice" role="status">The bot was stopped or is being started anew. This page comes back by itself.</p>;
  if (person.status.value === "lost") return <p class="notice" role="status">The connection was lost. Reconnecting…</p>;
  return null;
}

const MEMBERS_OVER = matchMedia("(max-width: 1100px)");

/** Whether the list of members lies over the chat, because there is no room beside it. */
function useMembersOver(): boolean {
  const [over, setOver] = useState(MEMBERS_OVER.matches);
  useEffect(() => {
    const onChange = () => setOver(MEMBERS_OVER.matches);
    MEMBERS_OVER.addEventListener("change", onChange);
    return () => MEMBERS_OVER.removeEventListener("change", onChange);
  }, []);
  return over;
}

interface PaneProps {
  pane: Pane;
  index: number;
  person: Person;
  onDrawer: () => void;
  unwell: number;
}

function PaneView({ pane, index, person, onDrawer, unwell }: PaneProps) {
  const guild = person.guild(pane.guildId);
  const channel = pane.channelId ? person.channel(pane.channelId) : undefined;
  const over = useMembersOver();
  const [shownOver, setShownOver] = useState(false);
  const [shownBeside, setShownBeside] = useState(true);
  const membersShown = over ? shownOver : shownBeside;
  const setMembersShown = over ? setShownOver : setShownBeside;
  const two = panes.value.length > 1;
  const title = channel?.type === ChannelKind.Dm ? (channel.recipients?.[0] ? nameOf(channel.recipients[0]) : "Direct message") : (channel?.name ?? "");
  return (
    <section
      class={index === active.value && two ? "pane active" : "pane"}
      aria-label={`${person.name} in ${title || "no channel"}`}
      onFocusCapture={() => (active.value = index)}
      onMouseDown={() => (active.value = index)}
    >
      <header class="pane-head">
        <button type="button" class="plain only-narrow" aria-label="Servers and channels" onClick={onDrawer}>☰</button>
        <h2>{channel?.type === ChannelKind.Dm ? "@" : "#"} {title}</h2>
        {channel?.topic && <p class="topic">{channel.topic}</p>}
        {two && (
          <label class="pane-who">
            <span class="hidden">Who speaks here</span>
            <select value={person.id} onChange={(event) => become(index, event.currentTarget.value)}>
              {people.value.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </select>
          </label>
        )}
        {index === 0 && (
          <span class="pane-tools">
            {guild && !two && <button type="button" class="tool members-tool" aria-pressed={membersShown} onClick={() => setMembersShown(!membersShown)}>Members</button>}
            <button type="button" class="tool" aria-pressed={two} onClick={split}>Split</button>
            <button type="button" class="tool backstage-tool" aria-pressed={backstageOpen.value} onClick={() => (backstageOpen.value = !backstageOpen.value)}>
              Backstage{unwell > 0 && <span class="lamp degraded" title={`${unwell} not well`} />}
            </button>
          </span>
        )}
      </header>
      <div class="pane-body">
        <div class="pane-chat">
          {pane.channelId && channel ? (
            <Chat key={`${person.id}-${pane.channelId}`} person={person} guildId={pane.guildId} channelId={pane.channelId} openMenu={openMenu} />
          ) : (
            <p class="nothing">{pane.guildId === null ? "No conversation yet. Write to the bot: choose it on the left." : "No channel here that you may see."}</p>
          )}
        </div>
        {guild && membersShown && !two && pane.channelId && <Members guild={guild} person={person} channelId={pane.channelId} openMenu={openMenu} />}
      </div>
    </section>
  );
}
