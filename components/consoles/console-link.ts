import { pauseBefore, type ScreenState, stateAfter } from '@/components/consoles/screen-state'
import { problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import type { ConsoleKind, ConsoleTicketView } from '@/lib/consoles/schema'

export interface ConsoleLinkOptions {
  /** What there is to see is put in here. */
  element: HTMLElement
  hostId: string
  machine: string
  onState(state: ScreenState): void
  /** A console was opened; what it is called in the API. */
  onConsole?(id: string): void
}

/**
 * The way of a page to a console of a machine: asks for a ticket, opens the WebSocket, and begins again with back-off when it was lost.
 * What is spoken on it is the business of the class below, which loads what it needs with the first.
 */
export abstract class ConsoleLink {
  protected abstract readonly kind: ConsoleKind
  readonly #options: ConsoleLinkOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  /** What was begun before the newest beginning says nothing any more. */
  #turn = 0

  constructor(options: ConsoleLinkOptions) {
    this.#options = options
  }

  /** Loads what draws; what comes back is called with the WebSocket, which may not be open yet. */
  protected abstract prepare(): Promise<(socket: WebSocket) => void>
  /** Ends what `prepare` has begun. */
  protected abstract drop(): void

  /** Also after it has ended. */
  start(): void {
    this.#attempt = 0
    this.say({ name: 'connecting' })
    this.#begin()
  }

  stop(): void {
    this.#turn++
    clearTimeout(this.#timer)
    this.drop()
  }

  protected get element(): HTMLElement {
    return this.#options.element
  }

  protected say(state: ScreenState): void {
    this.#options.onState(state)
  }

  /** It works: the next loss is the first again. */
  protected opened(): void {
    this.#attempt = 0
    this.say({ name: 'open' })
  }

  /** Only while nothing newer was begun. */
  protected whileCurrent<Args extends unknown[]>(then: (...args: Args) => void): (...args: Args) => void {
    const turn = this.#turn
    return (...args) => {
      if (turn === this.#turn) then(...args)
    }
  }

  /** Either it is tried again soon, or it is over. */
  protected over(state: ScreenState): void {
    this.stop()
    const pauseMs = state.name === 'reconnecting' ? pauseBefore(this.#attempt++) : null
    this.say(state.name === 'reconnecting' && pauseMs === null ? { name: 'ended', words: state.words } : state)
    if (pauseMs !== null) this.#timer = setTimeout(() => this.#begin(), pauseMs)
  }

  /** What the body of the request for a ticket has besides the machine. */
  protected wishes(): Record<string, unknown> {
    return {}
  }

  #begin(): void {
    this.stop()
    const turn = this.#turn
    this.#connect(turn).catch((error: unknown) => {
      if (turn !== this.#turn) return
      const { status, detail, recovery } = problemOf(error)
      // What was refused for a reason is refused again; a web process that does not answer may soon.
      const isForGood = status >= 400 && status < 500 && status !== 429
      this.over(
        isForGood ? { name: 'refused', words: `${detail} ${recovery}` } : { name: 'reconnecting', words: detail },
      )
    })
  }

  async #connect(turn: number): Promise<void> {
    const { hostId: host_id, machine } = this.#options
    const body = { host_id, machine, kind: this.kind, ...this.wishes() }
    const [use, ticket] = await Promise.all([
      this.prepare(),
      requestOne<ConsoleTicketView>('/api/v1/consoles', { method: 'POST', body }),
    ])
    if (turn !== this.#turn) return
    this.#options.onConsole?.(ticket.id)
    const url = new URL(ticket.path, window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url, ticket.protocols)
    use(socket)
    const closed = this.whileCurrent((code: number, reason: string) => this.over(this.whyClosed(code, reason)))
    socket.addEventListener('close', ({ code, reason }) => closed(code, reason))
  }

  protected whyClosed(code: number, reason: string): ScreenState {
    return stateAfter(code, reason)
  }
}
