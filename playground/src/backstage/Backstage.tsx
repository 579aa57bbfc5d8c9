// What goes on behind the chat, and what can be changed there.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import {
  advance,
  asTest,
  backstage,
  backstageOpen,
  bot,
  decisions,
  exchanges,
  frames,
  jsonShown,
  lines,
  linesOf,
  pane,
  people,
  setFault,
  setSwitch,
  startAnew,
  steps,
  type Decision,
  type Line,
} from "../state";

const TABS = ["Modules", "Decisions", "Traffic", "Log", "Time & faults", "Test"] as const;
type Tab = (typeof TABS)[number];

const tab = signal<Tab>("Modules");

export function Backstage() {
  const ids = TABS.map((_, index) => `backstage-tab-${index}`);
  const at = TABS.indexOf(tab.value);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const next = (at + step + TABS.length) % TABS.length;
    tab.value = TABS[next] ?? "Modules";
    document.getElementById(ids[next] ?? "")?.focus();
  };
  const close = () => {
    backstageOpen.value = false;
    document.querySelector<HTMLElement>(".backstage-tool")?.focus();
  };
  return (
    <aside class="backstage" aria-label="Backstage" onKeyDown={(event) => event.key === "Escape" && close()}>
      <header>
        <h2>Backstage</h2>
        <button type="button" class="plain" aria-label="Close the backstage" onClick={close}>✕</button>
      </header>
      <div role="tablist" aria-label="Backstage" class="tabs" onKeyDown={onKeyDown}>
        {TABS.map((name, index) => (
          <button
            key={name}
            id={ids[index]}
            type="button"
            role="tab"
            aria-selected={tab.value === name}
            aria-controls="backstage-panel"
            tabIndex={tab.value === name ? 0 : -1}
            onClick={() => (tab.value = name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id="backstage-panel" aria-labelledby={ids[at]} tabIndex={0}>
        {tab.value === "Modules" && <Modules />}
        {tab.value === "Decisions" && <Decisions />}
        {tab.value === "Traffic" && <Traffic />}
        {tab.value === "Log" && <Log all={lines.value} />}
        {tab.value === "Time & faults" && <TimeAndFaults />}
        {tab.value === "Test" && <Test />}
      </div>
    </aside>
  );
}

function Modules() {
  const guildId = pane.value?.guildId;
  const modules = guildId ? backstage.value.switches?.[guildId] : undefined;
  if (!guildId || !modules) return <p class="nothing">Modules are switched in a server. {bot.value.name} is not in this one.</p>;
  return (
    <ul class="switches">
      {modules.map((module) => (
        <li key={module.name}>
          <label>
            <input
              type="checkbox"
              role="switch"
              checked={module.on}
              disabled={!module.can_disable}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                event.currentTarget.checked = module.on;
                void setSwitch(guildId, module.name, on);
              }}
            />
            <span>
              <b>{module.name}</b>
              <small>{module.problem ?? (module.description || (module.can_disable ? "" : "cannot be switched off"))}</small>
            </span>
          </label>
        </li>
      ))}
    </ul>
  );
}

function nameOfUser(id: string): string {
  return people.value.find((person) => person.id === id)?.name ?? id;
}

function Decisions() {
  const newest = [...decisions.value].reverse();
  if (!newest.length) return <p class="nothing">Each command, press and form leaves a record here. Use one.</p>;
  return (
    <ul class="records">
      {newest.map((decision) => <Record key={decision.reference} decision={decision} />)}
    </ul>
  );
}

function Record({ decision }: { decision: Decision }) {
  const [open, setOpen] = useState(false);
  const [logged, setLogged] = useState<Line[]>([]);
  useEffect(() => {
    if (open) linesOf(decision.reference).then(setLogged, () => setLogged([]));
  }, [open]);
  return (
    <li>
      <button type="button" class="record" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class={`outcome ${decision.outcome.replace(" ", "-")}`}>{decision.outcome}</span>
        <b>{decision.kind === "command" ? `/${decision.name}` : decision.name}</b>
        <small>{nameOfUser(decision.user_id)} · {decision.took_ms.toFixed(0)} ms</small>
      </button>
      {open && (
        <div class="record-detail">
          <dl>
            <dt>Reference</dt><dd><code>{decision.reference}</code></dd>
            <dt>Module</dt><dd>{decision.module ?? "none"}</dd>
            {decision.gate && <><dt>Gate</dt><dd>{decision.gate}</dd></>}
            {decision.detail && <><dt>Detail</dt><dd>{decision.detail}</dd></>}
          </dl>
          <ol class="steps">
            {decision.steps.map((step) => (
              <li key={step.name}><b>{step.name}</b> {step.verdict} <small>after {step.at_ms.toFixed(1)} ms</small></li>
            ))}
          </ol>
          {logged.length > 0 && <Log all={logged} />}
        </div>
      )}
    </li>
  );
}

const OPS: Record<number, string> = { 0: "DISPATCH", 1: "HEARTBEAT", 2: "IDENTIFY", 3: "PRESENCE", 6: "RESUME", 7: "RECONNECT", 8: "MEMBERS", 9: "INVALID SESSION", 10: "HELLO", 11: "ACK" };

function Traffic() {
  const [onlyBot, setOnlyBot] = useState(true);
  const rest = exchanges.value
    .filter((one) => !onlyBot || one.bot)
    .map((one) => ({ at: one.at, key: `r${one.at}${one.path}`, row: (
      <>
        <span class={one.status >= 400 ? "status bad" : "status"}>{one.status}</span>
        <span><b>{one.method}</b> <code>{one.path}</code>
          <small>{one.took_ms.toFixed(1)} ms{one.limit_scope ? ` · limited (${one.limit_scope}), ${one.retry_after_s} s` : ""}</small></span>
      </>
    ) }));
  const sent = frames.value
    .filter((one) => (!onlyBot || one.bot) && one.op !== 11 && one.op !== 1)
    .map((one) => ({ at: one.at, key: `f${one.at}${one.event}${one.seq}`, row: (
      <>
        <span class="status">{one.sent ? "→" : "←"}</span>
        <span><b>{one.event || OPS[one.op] || `op ${one.op}`}</b><small>{one.seq !== null ? `seq ${one.seq} · ` : ""}{one.size_bytes} bytes</small></span>
      </>
    ) }));
  const all = [...rest, ...sent].sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, 200);
  return (
    <>
      <label class="only"><input type="checkbox" checked={jsonShown.value} onChange={(event) => (jsonShown.value = event.currentTarget.checked)} /> JSON beside each message of the chat</label>
      <label class="only"><input type="checkbox" checked={onlyBot} onChange={(event) => setOnlyBot(event.currentTarget.checked)} /> Only the bot's</label>
      <ul class="traffic">
        {all.map((one) => <li key={one.key}>{one.row}</li>)}
        {!all.length && <li class="nothing">Nothing has passed yet</li>}
      </ul>
    </>
  );
}

function Log({ all }: { all: Line[] }) {
  if (!all.length) return <p class="nothing">Nothing was logged yet</p>;
  return (
    <ol class="log">
      {[...all].reverse().map((line, index) => (
        <li key={index} class={line.level}>
          <small>{line.timestamp.slice(11, 23)} {line.level}{line.request_id ? ` · ${line.request_id}` : ""}</small>
          {line.event}
          {typeof line.exception === "string" && <pre tabIndex={0}>{line.exception}</pre>}
        </li>
      ))}
    </ol>
  );
}

const STEPS: [string, number][] = [["1 minute", 60], ["15 minutes", 900], ["1 hour", 3600], ["1 day", 86_400]];

function TimeAndFaults() {
  const { clock, faults, health } = backstage.value;
  return (
    <>
      <h3>Time</h3>
      {clock?.moves ? (
        <>
          <p>{clock.ahead_s > 0 ? `Discord and the bot are ${span(clock.ahead_s)} ahead of you.` : "Jump, and see a button expire."}</p>
          <p class="buttons">
            {STEPS.map(([label, seconds]) => (
              <button key={label} type="button" class="button secondary" onClick={() => void advance(seconds)}>+ {label}</button>
            ))}
          </p>
        </>
      ) : (
        <p>Time can be moved with the extra <code>sim</code>: <code>pip install 'wisp-framework[sim]'</code></p>
      )}
      <h3>Faults</h3>
      <ul class="switches">
        {faults?.map((fault) => (
          <li key={fault.name}>
            {fault.name === "cut" ? (
              <button type="button" class="button secondary" onClick={() => void setFault("cut", true)}>{fault.label}</button>
            ) : (
              <label>
                <input type="checkbox" role="switch" checked={fault.on} onChange={(event) => void setFault(fault.name, event.currentTarget.checked)} />
                <span><b>{fault.label}</b><small>{fault.explanation}</small></span>
              </label>
            )}
            {fault.name === "cut" && <small class="below">{fault.explanation}</small>}
          </li>
        ))}
      </ul>
      <h3>Health</h3>
      <ul class="health">
        {health?.map((one) => (
          <li key={one.name}>
            <span class={`lamp ${one.state}`} aria-hidden="true" /> <b>{one.name}</b> {one.state}
            {one.detail && <small>{one.detail}</small>}
          </li>
        ))}
      </ul>
      <h3>World</h3>
      <p>It is kept when you stop. <button type="button" class="button danger" onClick={() => void startAnew()}>Begin anew</button></p>
    </>
  );
}

function span(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

function Test() {
  const [text, setText] = useState("");
  const [failure, setFailure] = useState("");
  const make = () =>
    asTest().then(
      (made) => {
        setText(made);
        setFailure("");
      },
      (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)),
    );
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
    link.download = "test_dialogue.py";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      <p>What was played becomes a test for pytest: {steps.value.length} {steps.value.length === 1 ? "step" : "steps"} so far. It begins with fresh data, so forget the steps before you play what you want to keep.</p>
      <p class="buttons">
        <button type="button" class="button primary" disabled={!steps.value.length} onClick={() => void make()}>Save as test</button>
        <button type="button" class="button secondary" onClick={() => { steps.value = []; setText(""); }}>Forget the steps</button>
      </p>
      {failure && <p class="failure" role="alert">{failure}</p>}
      {text && (
        <>
          <pre class="code" tabIndex={0} aria-label="The test"><code>{text}</code></pre>
          <p class="buttons">
            <button type="button" class="button secondary" onClick={save}>Download test_dialogue.py</button>
            <button type="button" class="button secondary" onClick={() => void navigator.clipboard.writeText(text)}>Copy</button>
          </p>
        </>
      )}
    </>
  );
}
