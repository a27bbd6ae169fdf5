import { MOST_PASTED_CHARACTERS } from '@/lib/consoles/pasted'

export interface OwnClipboard {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
}

/** Whether this browser lets a page of this address ask for its clipboard at all. */
export function ownClipboard(): OwnClipboard | null {
  const found = typeof navigator === 'undefined' ? undefined : navigator.clipboard
  return typeof found?.readText === 'function' && typeof found.writeText === 'function' ? found : null
}

/** Keeps the clipboard of a person and that of a machine in step. Each text goes over once, and never back where it came from. */
export class ClipboardSync {
  readonly #own: OwnClipboard
  readonly #paste: (text: string) => void
  #last = ''

  constructor(own: OwnClipboard, paste: (text: string) => void) {
    this.#own = own
    this.#paste = paste
  }

  /** What the person has, to the machine. Rejects where the browser does not let the page read. */
  async give(): Promise<void> {
    const text = await this.#own.readText()
    if (text === '' || text === this.#last || text.length > MOST_PASTED_CHARACTERS) return
    this.#last = text
    this.#paste(text)
  }

  /** What was copied in the machine, to the person. Rejects likewise. */
  async take(text: string): Promise<void> {
    if (text === this.#last) return
    await this.#own.writeText(text)
    this.#last = text
  }
}
