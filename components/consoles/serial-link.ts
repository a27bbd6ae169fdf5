import type { FitAddon } from '@xterm/addon-fit'
import type { Terminal } from '@xterm/xterm'
import { ConsoleLink } from '@/components/consoles/console-link'
import { coloursNow, followTheme } from '@/components/consoles/terminal-colours'

/** What has come of the port since the page is open is kept up to this, the newest. Bytes. */
const MOST_KEPT = 1024 * 1024
/** Lines that can be scrolled back to. */
const SCROLLBACK = 5_000

/** The way of a page to a serial console, which xterm.js draws. Over a lost connection, what it has said stays. */
export class SerialLink extends ConsoleLink {
  protected readonly kind = 'serial'
  #terminal: Terminal | undefined
  #fit: FitAddon | undefined
  #socket: WebSocket | undefined
  #unfollow: (() => void) | undefined
  readonly #kept: Uint8Array[] = []
  #keptBytes = 0

  /** Sends what stands for keys, such as `\x03`. Without a connection it is lost. */
  send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(new TextEncoder().encode(text))
  }

  focus(): void {
    this.#terminal?.focus()
  }

  /** As the size of its element is now. */
  fit(): void {
    this.#fit?.fit()
  }

  /** What has come of the port in this page. */
  said(): Blob {
    return new Blob(
      this.#kept.map((part) => part.slice()),
      { type: 'text/plain' },
    )
  }

  /** For good: the page is left, and nothing of it stays. */
  dispose(): void {
    this.stop()
    this.#unfollow?.()
    this.#terminal?.dispose()
    this.#terminal = undefined
    this.#kept.length = 0
    this.#isDisposed = true
  }

  #isDisposed = false

  protected drop(): void {
    this.#socket?.close()
    this.#socket = undefined
  }

  protected async prepare(): Promise<(socket: WebSocket) => void> {
    const [{ Terminal }, { FitAddon }] = await Promise.all([import('@xterm/xterm'), import('@xterm/addon-fit')])
    return (socket) => {
      if (this.#isDisposed) return
      if (this.#terminal === undefined) {
        const terminal = new Terminal({
          fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono') || 'monospace',
          fontSize: 13,
          scrollback: SCROLLBACK,
          theme: coloursNow(),
          // Told to people who cannot see it, line by line.
          screenReaderMode: true,
        })
        this.#fit = new FitAddon()
        terminal.loadAddon(this.#fit)
        terminal.open(this.element)
        terminal.onData((text) => this.send(text))
        this.#unfollow = followTheme((colours) => {
          terminal.options.theme = colours
        })
        this.#terminal = terminal
        this.fit()
      }
      this.#listen(socket, this.#terminal)
    }
  }

  #listen(socket: WebSocket, terminal: Terminal): void {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    const opened = this.whileCurrent(() => {
      this.opened()
      terminal.focus()
    })
    socket.addEventListener('open', opened)
    const take = this.whileCurrent((data: ArrayBuffer) => {
      const bytes = new Uint8Array(data)
      this.#keep(bytes)
      terminal.write(bytes)
    })
    socket.addEventListener('message', ({ data }) => take(data as ArrayBuffer))
  }

  #keep(bytes: Uint8Array): void {
    this.#kept.push(bytes)
    this.#keptBytes += bytes.length
    while (this.#keptBytes > MOST_KEPT) this.#keptBytes -= this.#kept.shift()?.length ?? 0
  }
}
