declare module "@cloudrac3r/discord-markdown" {
  export interface Node {
    type: string;
    content?: string | Node[];
    [other: string]: unknown;
  }
  export const rules: Record<string, object>;
  export const markdownEngine: {
    parserFor(rules: Record<string, object>): (source: string, state: object) => Node[];
    defaultRules: Record<string, { order: number }>;
  };
}
