// What a member may do, as Discord computes it. Source: https://docs.discord.com/developers/topics/permissions

import type { Channel, Guild, Member } from "./types";

export const VIEW_CHANNEL = 1n << 10n;
export const SEND_MESSAGES = 1n << 11n;
export const MANAGE_CHANNELS = 1n << 4n;
export const MANAGE_GUILD = 1n << 5n;
export const MANAGE_ROLES = 1n << 28n;
const ADMINISTRATOR = 1n << 3n;
const ALL = (1n << 53n) - 1n;

export function guildPermissions(guild: Guild, member: Member | undefined): bigint {
  if (!member) return 0n;
  if (guild.owner_id === member.user.id) return ALL;
  let found = 0n;
  for (const role of guild.roles) {
    if (role.id === guild.id || member.roles.includes(role.id)) found |= BigInt(role.permissions);
  }
  return found & ADMINISTRATOR ? ALL : found;
}

export function channelPermissions(guild: Guild, channel: Channel, member: Member | undefined): bigint {
  let found = guildPermissions(guild, member);
  if (found === ALL || !member) return found;
  const overwrites = channel.permission_overwrites ?? [];
  const everyone = overwrites.find((one) => one.id === guild.id);
  if (everyone) found = (found & ~BigInt(everyone.deny)) | BigInt(everyone.allow);
  let allow = 0n;
  let deny = 0n;
  for (const one of overwrites) {
    if (member.roles.includes(one.id)) {
      allow |= BigInt(one.allow);
      deny |= BigInt(one.deny);
    }
  }
  found = (found & ~deny) | allow;
  const own = overwrites.find((one) => one.id === member.user.id);
  return own ? (found & ~BigInt(own.deny)) | BigInt(own.allow) : found;
}

export function colourOf(guild: Guild | undefined, member: Member | undefined): string | undefined {
  if (!guild || !member) return undefined;
  const coloured = guild.roles.filter((role) => member.roles.includes(role.id) && role.color);
  const top = coloured.sort((one, other) => other.position - one.position)[0];
  return top ? `#${top.color.toString(16).padStart(6, "0")}` : undefined;
}
