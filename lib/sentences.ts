/** The first sentence says what is wrong; the others, what to do about it. */
export function firstSentence(text: string): string {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text
}

/** What comes after the first sentence; empty when there is no more. */
export function furtherSentences(text: string): string {
  return text.slice(firstSentence(text).length).trim()
}
