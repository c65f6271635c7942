/** A language of highlight.js, which only highlight.js looks into. */
declare const language: unknown;
export default language;
