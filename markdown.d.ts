/** The text of a document, as next.config.mjs has it read. */
declare module '*.md' {
  const text: string
  export default text
}
