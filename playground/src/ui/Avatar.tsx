const HUES = [258, 205, 160, 28, 340, 12, 95, 300];

/** A coloured circle with a letter: nobody's picture is fetched. */
export function Avatar({ name, id, small = false }: { name: string; id: string; small?: boolean }) {
  const hue = HUES[Number(BigInt(id || "0") % BigInt(HUES.length))] ?? 258;
  return (
    <span class={small ? "avatar small" : "avatar"} style={{ background: `hsl(${hue} 45% 38%)` }} aria-hidden="true">
      {[...name][0]?.toUpperCase() ?? "?"}
    </span>
  );
}
