import type { Embed as EmbedData } from "../discord/types";
import type { Person } from "../discord/person";
import { Link, Markdown, safeUrl } from "./Markdown";

interface Props {
  embed: EmbedData;
  person: Person;
  guildId: string | null;
}

export function Embed({ embed, person, guildId }: Props) {
  const colour = embed.color ? `#${embed.color.toString(16).padStart(6, "0")}` : undefined;
  const text = (words: string) => <Markdown text={words} person={person} guildId={guildId} />;
  return (
    <article class="embed" style={colour ? { borderInlineStartColor: colour } : undefined}>
      <div class="embed-main">
        {embed.provider?.name && <div class="embed-provider">{embed.provider.name}</div>}
        {embed.author && (
          <div class="embed-author">
            <Picture url={embed.author.icon_url} class="embed-icon" />
            <Link url={embed.author.url}>{embed.author.name}</Link>
          </div>
        )}
        {embed.title && (
          <div class="embed-title">
            <Link url={embed.url}>{text(embed.title)}</Link>
          </div>
        )}
        {embed.description && <div class="embed-description">{text(embed.description)}</div>}
        {!!embed.fields?.length && (
          <dl class="embed-fields">
            {embed.fields.map((field, index) => (
              <div key={index} class={field.inline ? "inline" : undefined}>
                <dt>{text(field.name)}</dt>
                <dd>{text(field.value)}</dd>
              </div>
            ))}
          </dl>
        )}
        <Picture url={embed.image?.url} class="embed-image" />
        {embed.video && !embed.image && <Link url={embed.video.url}>Video</Link>}
        {(embed.footer || embed.timestamp) && (
          <footer class="embed-footer">
            <Picture url={embed.footer?.icon_url} class="embed-icon" />
            {[embed.footer?.text, embed.timestamp && dated(embed.timestamp)].filter(Boolean).join(" • ")}
          </footer>
        )}
      </div>
      <Picture url={embed.thumbnail?.url} class="embed-thumbnail" />
    </article>
  );
}

/** A picture that comes from this machine; one from elsewhere is named, and not fetched. */
export function Picture({ url, alt = "", class: name }: { url: string | undefined; alt?: string; class: string }) {
  const safe = safeUrl(url);
  if (!safe) return null;
  const { hostname } = new URL(safe);
  if (hostname === "127.0.0.1" || hostname === "localhost") {
    return <img class={name} src={safe} alt={alt} loading="lazy" />;
  }
  return (
    <span class={`${name} absent`} title={`${safe} is not fetched: nothing here comes from elsewhere`}>
      <Link url={safe}>{name === "embed-icon" ? "◧" : `Picture at ${hostname}`}</Link>
    </span>
  );
}

function dated(instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" }).format(date);
}
