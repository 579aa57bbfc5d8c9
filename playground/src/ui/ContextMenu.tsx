// The menu of a message or a member: what Discord offers there, and the bot's context menu commands.

import { useEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { guildPermissions, MANAGE_ROLES } from "../discord/permissions";
import type { Person, Place } from "../discord/person";
import { EPHEMERAL, nameOf, type Command, type Message } from "../discord/types";
import { bot, change, panes, problem } from "../state";

const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;
const MARGIN_PX = 8;

/** The reactions that are one press away. */
export const QUICK = ["⭐", "👍", "❤️", "😂", "🎉", "👀"];

interface About {
  person: Person;
  place: Place;
  message?: Message;
  userId?: string;
}

interface Opened extends About {
  x: number;
  y: number;
  back: HTMLElement | null;
}

export type OpenMenu = (event: MouseEvent | KeyboardEvent, about: About) => void;

export const opened = signal<Opened | null>(null);

export const openMenu: OpenMenu = (event, about) => {
  event.preventDefault();
  const at = event.currentTarget as HTMLElement;
  const box = at.getBoundingClientRect();
  const byMouse = event instanceof MouseEvent && event.type === "contextmenu" && event.clientX > 0;
  opened.value = {
    ...about,
    x: byMouse ? event.clientX : box.left,
    y: byMouse ? event.clientY : box.bottom,
    back: document.activeElement instanceof HTMLElement ? document.activeElement : null,
  };
};

export function ContextMenu() {
  const menu = opened.value;
  return menu ? <Menu key={`${menu.x}-${menu.y}`} menu={menu} /> : null;
}

function Menu({ menu }: { menu: Opened }) {
  const { person, place, message } = menu;
  const box = useRef<HTMLDivElement>(null);
  const [commands, setCommands] = useState<Command[]>([]);
  const [at, setAt] = useState({ left: menu.x, top: menu.y });
  const userId = menu.userId;
  const kind = message ? MESSAGE_COMMAND : USER_COMMAND;
  const guild = person.guild(place.guildId);
  const member = guild?.members.find((known) => known.user.id === userId);

  const close = () => {
    opened.value = null;
    menu.back?.focus();
  };

  useEffect(() => {
    person.commands(place).then(
      (found) => setCommands(found.filter((command) => command.type === kind)),
      () => setCommands([]),
    );
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) opened.value = null;
    };
    document.addEventListener("mousedown", outside);
    return () => document.removeEventListener("mousedown", outside);
  }, []);

  useEffect(() => {
    const size = box.current?.getBoundingClientRect();
    if (size) {
      setAt({
        left: Math.max(MARGIN_PX, Math.min(menu.x, innerWidth - size.width - MARGIN_PX)),
        top: Math.max(MARGIN_PX, Math.min(menu.y, innerHeight - size.height - MARGIN_PX)),
      });
    }
    box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [commands]);

  const act = (work: () => unknown) => () => {
    close();
    void Promise.resolve(work()).catch((error: unknown) => {
      problem.value = error instanceof Error ? error.message : String(error);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const items = Array.from(box.current?.querySelectorAll<HTMLElement>("[role=menuitem], [role=menuitemcheckbox]") ?? []);
    const index = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") close();
    const step = ["ArrowDown", "ArrowRight"].includes(event.key) ? 1 : ["ArrowUp", "ArrowLeft"].includes(event.key) ? -1 : 0;
    if (step) {
      event.preventDefault();
      items[(index + step + items.length) % items.length]?.focus();
    }
  };

  const mayManage = guild && (guildPermissions(guild, guild.members.find((known) => known.user.id === person.id)) & MANAGE_ROLES) !== 0n;
  const roles = member && mayManage ? guild.roles.filter((role) => role.id !== guild.id && !role.managed) : [];
  return (
    <div class="menu" role="menu" ref={box} style={{ left: `${at.left}px`, top: `${at.top}px` }} onKeyDown={onKeyDown}>
      {message && !((message.flags ?? 0) & EPHEMERAL) && (
        <div class="menu-reactions" role="group" aria-label="React">
          {QUICK.map((emoji) => (
            <button key={emoji} type="button" role="menuitem" aria-label={`React with ${emoji}`} onClick={act(() => person.react(message, emoji, true))}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      {commands.map((command) => (
        <button
          key={command.id}
          type="button"
          role="menuitem"
          onClick={act(() => person.menu(place, command, message?.id ?? userId ?? "", message ? null : member ? (member.nick ?? nameOf(member.user)) : null))}
        >
          {command.name}
          <small>{bot.value.name}</small>
        </button>
      ))}
      {commands.length > 0 && <hr />}
      {message && (
        <button type="button" role="menuitem" onClick={act(() => navigator.clipboard.writeText(message.content))}>Copy text</button>
      )}
      {message && (
        <button type="button" role="menuitem" onClick={act(() => navigator.clipboard.writeText(message.id))}>Copy message ID</button>
      )}
      {message?.author.id === person.id && !((message.flags ?? 0) & EPHEMERAL) && (
        <button type="button" role="menuitem" class="danger" onClick={act(() => person.remove(message))}>Delete message</button>
      )}
      {userId && userId !== person.id && (
        <button
          type="button"
          role="menuitem"
          onClick={act(async () => {
            const channel = await person.directMessage(userId);
            const index = panes.value.findIndex((pane) => pane.personId === person.id);
            if (index >= 0) change(index, { guildId: null, channelId: channel.id });
          })}
        >
          Message
        </button>
      )}
      {userId && (
        <button type="button" role="menuitem" onClick={act(() => navigator.clipboard.writeText(userId))}>Copy user ID</button>
      )}
      {roles.map((role) => {
        const has = member?.roles.includes(role.id) ?? false;
        return (
          <button
            key={role.id}
            type="button"
            role="menuitemcheckbox"
            aria-checked={has}
            onClick={act(() =>
              person.rest.call(has ? "DELETE" : "PUT", `/guilds/${guild?.id}/members/${userId}/roles/${role.id}`),
            )}
          >
            {has ? "☑" : "☐"} {role.name}
          </button>
        );
      })}
    </div>
  );
}
