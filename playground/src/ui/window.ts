// Which of a channel's messages stand in the page: never more than a window's worth, wherever one reads.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ref } from "preact";
import type { Shown } from "../discord/person";

const WINDOW = 200;
const STEP = 60;
const NEAR_PX = 700;
const NEAR_END_PX = 120;

interface Anchor {
  id: string;
  top: number;
}

export interface Window {
  box: Ref<HTMLDivElement>;
  shown: Shown[];
  /** The message before the first that is shown. */
  before: Shown | undefined;
  /** Whether the newest message is among those that are shown. */
  isLast: boolean;
  onScroll: () => void;
  toEnd: () => void;
}

/**
 * The messages that stand in the page. They follow the newest while one reads at the end; elsewhere they go
 * along as one scrolls, and what is looked at stays where it is.
 *
 * `older` is asked for messages before the oldest known.
 */
export function useWindow(messages: Shown[], personId: string, older: () => Promise<void>): Window {
  const box = useRef<HTMLDivElement>(null);
  // The window begins so many messages before this one, as soon as they are known; null: it follows the newest.
  const [held, setHeld] = useState<{ id: string; ahead: number } | null>(null);
  const atEnd = useRef(true);
  const loading = useRef(false);

  const found = held === null ? -1 : messages.findIndex((message) => message.id === held.id);
  const start = Math.max(0, held === null || found < 0 ? messages.length - WINDOW : found - held.ahead);
  const end = Math.min(messages.length, start + WINDOW);
  const newest = messages.at(-1);

  const toEnd = () => {
    atEnd.current = true;
    setHeld(null);
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };

  const lastSeen = useRef(newest?.id);
  useLayoutEffect(() => {
    // One's own words are looked at, wherever one read before.
    if (lastSeen.current !== newest?.id && newest?.author.id === personId && held !== null) toEnd();
    lastSeen.current = newest?.id;
  }, [newest?.id]);

  // Measured before this change reaches the page, and put right after it did.
  const anchor = box.current && !atEnd.current ? topmost(box.current) : null;
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    if (atEnd.current) at.scrollTop = at.scrollHeight;
    else if (anchor) {
      const now = at.querySelector(`[data-id="${CSS.escape(anchor.id)}"]`)?.getBoundingClientRect().top;
      if (now !== undefined && Math.abs(now - anchor.top) >= 1) at.scrollTop += now - anchor.top;
    }
  });

  // Who reads at the end stays there when the page grows narrower, or a picture has come.
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const follow = () => {
      if (atEnd.current) at.scrollTop = at.scrollHeight;
    };
    const observer = new ResizeObserver(follow);
    observer.observe(at);
    at.addEventListener("load", follow, true);
    return () => observer.disconnect();
  }, []);

  const begin = (index: number, ahead = 0) => {
    const message = messages[index];
    setHeld(message ? { id: message.id, ahead } : null);
  };

  const up = () => {
    if (start > 0) {
      begin(Math.max(0, start - STEP));
    } else if (!loading.current) {
      loading.current = true;
      begin(0, STEP);
      void older().finally(() => {
        loading.current = false;
      });
    }
  };

  const onScroll = () => {
    const at = box.current;
    if (!at) return;
    const left = at.scrollHeight - at.scrollTop - at.clientHeight;
    atEnd.current = end === messages.length && left < NEAR_END_PX;
    if (atEnd.current) {
      if (held !== null) setHeld(null);
    } else if (at.scrollTop < NEAR_PX) {
      up();
    } else if (left < NEAR_PX && end < messages.length) {
      begin(Math.min(start + STEP, messages.length - WINDOW));
    } else if (held === null) {
      begin(start);
    }
  };

  return { box, shown: messages.slice(start, end), before: messages[start - 1], isLast: end === messages.length, onScroll, toEnd };
}

function topmost(box: HTMLElement): Anchor | null {
  const edge = box.getBoundingClientRect().top;
  // The very first may change itself, once it is known what comes before.
  for (const one of [...box.querySelectorAll<HTMLElement>("[data-id]")].slice(1)) {
    const { top, bottom } = one.getBoundingClientRect();
    if (bottom > edge) return { id: one.dataset.id ?? "", top };
  }
  return null;
}
