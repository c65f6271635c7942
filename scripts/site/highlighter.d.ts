/** What is used of highlight.js. Its own types would bring those of web pages into all programs. */
declare const highlighter: {
  registerLanguage(name: string, language: unknown): void;
  getLanguage(name: string): unknown;
  highlight(code: string, options: { readonly language: string }): { readonly value: string };
};
export default highlighter;
