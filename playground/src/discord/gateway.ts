// One session on the gateway, as a user's client keeps it: it beats, resumes, and comes back by itself.

export type Status = "connecting" | "ready" | "lost";

interface Frame {
  op: number;
  d: unknown;
  s: number | null;
  t: string | null;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;

export class Gateway {
  sessionId = "";
  private socket: WebSocket | null = null;
  private seq: number | null = null;
  private beating = 0;
  private waitMs = FIRST_WAIT_MS;
  private closed = false;

  constructor(
    private readonly token: string,
    private readonly hear: (event: string, data: unknown) => void,
    private readonly tell: (status: Status) => void,
  ) {}

  open(): void {
    this.tell("connecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/discord/gateway`);
    this.socket = socket;
    socket.onmessage = (message) => this.read(JSON.parse(String(message.data)) as Frame);
    socket.onclose = (event) => this.lost(event.code);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.beating);
    this.socket?.close(1000);
  }

  private lost(code: number): void {
    clearInterval(this.beating);
    if (this.closed) return;
    this.tell("lost");
    // The session is over, or belongs to a server that is gone.
    if (code >= 4000 && code !== 4000) this.forget();
    setTimeout(() => this.open(), this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  private forget(): void {
    this.sessionId = "";
    this.seq = null;
  }

  private send(op: number, d: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ op, d }));
  }

  private beat(): void {
    this.send(1, this.seq);
  }

  private read(frame: Frame): void {
    if (frame.s !== null && frame.s !== undefined) this.seq = frame.s;
    switch (frame.op) {
      case 10: {
        const { heartbeat_interval } = frame.d as { heartbeat_interval: number };
        clearInterval(this.beating);
        this.beating = window.setInterval(() => this.beat(), heartbeat_interval);
        this.identify();
        break;
      }
      case 1:
        this.beat();
        break;
      case 7:
        this.socket?.close(4000);
        break;
      case 9:
        if (frame.d !== true) this.forget();
        setTimeout(() => this.identify(), FIRST_WAIT_MS);
        break;
      case 0:
        this.dispatch(frame.t ?? "", frame.d);
        break;
    }
  }

  private identify(): void {
    if (this.sessionId && this.seq !== null) {
      this.send(6, { token: this.token, session_id: this.sessionId, seq: this.seq });
    } else {
      this.send(2, { token: this.token, properties: { browser: "Wisp playground" }, compress: false });
    }
  }

  private dispatch(event: string, data: unknown): void {
    if (event === "READY") this.sessionId = (data as { session_id: string }).session_id;
    this.hear(event, data);
    if (event === "READY" || event === "RESUMED") {
      this.waitMs = FIRST_WAIT_MS;
      this.tell("ready");
    }
  }
}
