// What the offline Discord sends, as far as the page reads it. Field names are Discord's.

export interface User {
  id: string;
  username: string;
  global_name?: string | null;
  bot?: boolean;
}

export interface Role {
  id: string;
  name: string;
  color: number;
  position: number;
  hoist: boolean;
  managed: boolean;
  permissions: string;
}

export interface Member {
  user: User;
  nick?: string | null;
  roles: string[];
  communication_disabled_until?: string | null;
}

export interface Overwrite {
  id: string;
  type: number;
  allow: string;
  deny: string;
}

export interface Channel {
  id: string;
  type: number;
  name?: string | null;
  topic?: string | null;
  position?: number;
  parent_id?: string | null;
  guild_id?: string;
  nsfw?: boolean;
  permission_overwrites?: Overwrite[];
  recipients?: User[];
  available_tags?: { id: string; name: string }[];
}

export interface Guild {
  id: string;
  name: string;
  owner_id: string;
  unavailable?: boolean;
  roles: Role[];
  channels: Channel[];
  threads: Channel[];
  members: Member[];
  emojis: { id: string; name: string; animated?: boolean }[];
}

export interface Emoji {
  id?: string | null;
  name?: string | null;
  animated?: boolean;
}

export interface EmbedMedia {
  url: string;
  width?: number | null;
  height?: number | null;
}

export interface Embed {
  type?: string;
  title?: string;
  description?: string;
  url?: string;
  timestamp?: string;
  color?: number;
  footer?: { text: string; icon_url?: string };
  image?: EmbedMedia;
  thumbnail?: EmbedMedia;
  video?: EmbedMedia;
  provider?: { name?: string; url?: string };
  author?: { name: string; url?: string; icon_url?: string };
  fields?: { name: string; value: string; inline?: boolean }[];
}

export interface Attachment {
  id: string;
  filename: string;
  size: number;
  url: string;
  content_type?: string;
  description?: string;
  width?: number | null;
  height?: number | null;
}

export interface SelectOption {
  label: string;
  value: string;
  description?: string;
  emoji?: Emoji;
  default?: boolean;
}

export interface Media {
  url: string;
}

// One shape for all kinds: Discord tells them apart by `type`.
export interface Component {
  type: number;
  id?: number;
  custom_id?: string;
  label?: string;
  description?: string;
  style?: number;
  emoji?: Emoji;
  url?: string;
  disabled?: boolean;
  placeholder?: string;
  min_values?: number;
  max_values?: number;
  min_length?: number;
  max_length?: number;
  required?: boolean;
  value?: string;
  content?: string;
  options?: SelectOption[];
  default?: boolean;
  default_values?: { id: string; type: string }[];
  channel_types?: number[];
  components?: Component[];
  component?: Component;
  accessory?: Component;
  items?: { media: Media; description?: string; spoiler?: boolean }[];
  media?: Media;
  file?: Media;
  name?: string;
  size?: number;
  spoiler?: boolean;
  divider?: boolean;
  spacing?: number;
  accent_color?: number | null;
}

export interface Poll {
  question: { text?: string };
  answers: { answer_id: number; poll_media: { text?: string; emoji?: Emoji } }[];
  expiry?: string | null;
  allow_multiselect?: boolean;
  results?: { is_finalized: boolean; answer_counts: { id: number; count: number; me_voted: boolean }[] };
}

export interface Message {
  id: string;
  type: number;
  channel_id: string;
  guild_id?: string;
  author: User;
  member?: Partial<Member>;
  content: string;
  timestamp: string;
  edited_timestamp?: string | null;
  flags?: number;
  tts?: boolean;
  mention_everyone?: boolean;
  mentions: User[];
  mention_roles?: string[];
  attachments: Attachment[];
  embeds: Embed[];
  components?: Component[];
  reactions?: { emoji: Emoji; count: number; me: boolean }[];
  pinned?: boolean;
  application_id?: string;
  interaction_metadata?: { user: User; name?: string; type: number };
  interaction?: { name: string; user: User };
  message_reference?: { message_id?: string; channel_id?: string; type?: number };
  referenced_message?: Message | null;
  message_snapshots?: { message: Message }[];
  poll?: Poll | null;
  thread?: Channel;
  nonce?: string;
}

export interface CommandOption {
  type: number;
  name: string;
  name_localized?: string;
  description: string;
  required?: boolean;
  autocomplete?: boolean;
  choices?: Choice[];
  options?: CommandOption[];
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
  channel_types?: number[];
}

export interface Choice {
  name: string;
  value: string | number;
}

export interface Command {
  id: string;
  application_id: string;
  version: string;
  type: number;
  name: string;
  description: string;
  guild_id?: string;
  options?: CommandOption[];
  [other: string]: unknown;
}

export interface Modal {
  id: string;
  custom_id: string;
  title: string;
  channel_id: string;
  application_id: string;
  components: Component[];
  nonce?: string;
}

export const EPHEMERAL = 1 << 6;
export const LOADING = 1 << 7;
export const COMPONENTS_V2 = 1 << 15;
export const SUPPRESS_EMBEDS = 1 << 2;
export const IS_FORWARD = 1;

export const enum Kind {
  Row = 1,
  Button = 2,
  StringSelect = 3,
  TextInput = 4,
  UserSelect = 5,
  RoleSelect = 6,
  MentionableSelect = 7,
  ChannelSelect = 8,
  Section = 9,
  TextDisplay = 10,
  Thumbnail = 11,
  Gallery = 12,
  File = 13,
  Separator = 14,
  Container = 17,
  Label = 18,
  FileUpload = 19,
  Radio = 21,
  Checkboxes = 22,
  Checkbox = 23,
}

export const enum ChannelKind {
  Text = 0,
  Dm = 1,
  Voice = 2,
  Category = 4,
  News = 5,
  NewsThread = 10,
  PublicThread = 11,
  PrivateThread = 12,
  Stage = 13,
  Forum = 15,
  MediaForum = 16,
}

export function nameOf(user: User): string {
  return user.global_name || user.username;
}
