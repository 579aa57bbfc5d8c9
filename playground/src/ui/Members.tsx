import { colourOf } from "../discord/permissions";
import type { Person } from "../discord/person";
import { nameOf, type Guild, type Member } from "../discord/types";
import { Avatar } from "./Avatar";
import type { OpenMenu } from "./ContextMenu";

interface Props {
  guild: Guild;
  person: Person;
  channelId: string;
  openMenu: OpenMenu;
}

export function Members({ guild, person, channelId, openMenu }: Props) {
  const groups = grouped(guild);
  return (
    <aside class="members" aria-label="Members">
      {groups.map(([name, members]) => (
        <section key={name} aria-label={name}>
          <h2>{name} — {members.length}</h2>
          <ul>
            {members.map((member) => (
              <li key={member.user.id}>
                <button
                  type="button"
                  style={{ color: colourOf(guild, member) }}
                  onClick={(event) => openMenu(event, { person, place: { guildId: guild.id, channelId }, userId: member.user.id })}
                  onContextMenu={(event) => openMenu(event, { person, place: { guildId: guild.id, channelId }, userId: member.user.id })}
                >
                  <Avatar name={member.nick ?? nameOf(member.user)} id={member.user.id} small />
                  {member.nick ?? nameOf(member.user)}
                  {member.user.bot && <span class="tag">APP</span>}
                  {guild.owner_id === member.user.id && <span title="Owner" aria-label="owner">👑</span>}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </aside>
  );
}

function grouped(guild: Guild): [string, Member[]][] {
  const hoisted = guild.roles.filter((role) => role.hoist && role.id !== guild.id).sort((one, other) => other.position - one.position);
  const left = new Set(guild.members);
  const groups: [string, Member[]][] = [];
  for (const role of hoisted) {
    const members = [...left].filter((member) => member.roles.includes(role.id));
    for (const member of members) left.delete(member);
    if (members.length) groups.push([role.name, members]);
  }
  const people = [...left].filter((member) => !member.user.bot);
  const bots = [...left].filter((member) => member.user.bot);
  if (people.length) groups.push(["Members", people]);
  if (bots.length) groups.push(["Apps", bots]);
  for (const [, members] of groups) members.sort((one, other) => nameOf(one.user).localeCompare(nameOf(other.user)));
  return groups;
}
