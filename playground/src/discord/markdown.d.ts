declare module "@cloudrac3r/discord-markdown" {
  export interface Node {
    type: string;
    content?: string | Node[];
    [other: string]: unknown;
  }
  export interface Rule {
    match?: (source: string, state: object) => RegExpExecArray | null;
  }
  export const rules: Record<string, Rule>;
  export const markdownEngine: {
    parserFor(rules: Record<string, object>): (source: string, state: object) => Node[];
    defaultRules: Record<string, { order: number }>;
  };
}
