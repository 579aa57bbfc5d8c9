// Requests to the offline Discord, by way of the page's own origin.

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly body: unknown,
  ) {
    super(message);
  }
}

/** The words of the first thing that Discord found wrong, wherever it lies in its tree of errors. */
function firstError(tree: unknown): string {
  if (typeof tree !== "object" || tree === null) return "";
  const own = (tree as { _errors?: { message?: string }[] })._errors;
  if (own?.[0]?.message) return own[0].message;
  for (const inner of Object.values(tree)) {
    const found = firstError(inner);
    if (found) return found;
  }
  return "";
}

export class Rest {
  constructor(private readonly token: string) {}

  async call<T>(method: string, path: string, body?: unknown, files: File[] = []): Promise<T> {
    const headers: Record<string, string> = { Authorization: this.token };
    let sent: BodyInit | undefined;
    if (files.length) {
      const form = new FormData();
      form.append("payload_json", JSON.stringify(body));
      files.forEach((file, index) => form.append(`files[${index}]`, file, file.name));
      sent = form;
    } else if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      sent = JSON.stringify(body);
    }
    const answer = await fetch(`/discord/api${path}`, { method, headers, body: sent ?? null });
    if (answer.status === 204) return undefined as T;
    const text = await answer.text();
    let read: unknown = null;
    try {
      read = text ? JSON.parse(text) : null;
    } catch {
      read = null;
    }
    if (!answer.ok) {
      const told = (read ?? {}) as { message?: string; code?: number; errors?: unknown };
      const words = firstError(told.errors) || told.message || text || `status ${answer.status}`;
      throw new Refused(answer.status, told.code ?? 0, words, read);
    }
    return read as T;
  }
}
