import type RFB from '@novnc/novnc'
import type { Key } from '@/components/consoles/screen-keys'
import { pauseBefore, type ScreenState, stateAfter } from '@/components/consoles/screen-state'
import { problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import type { ConsoleTicketView } from '@/lib/consoles/schema'

export interface ScreenLinkOptions {
  /** The picture is put in here. */
  element: HTMLElement
  hostId: string
  machine: string
  onState(state: ScreenState): void
  /** The machine has told what is in its clipboard. */
  onCopied(text: string): void
}

/** How the picture is shown; kept over a lost connection. */
export interface ScreenLook {
  isViewOnly: boolean
  isScaled: boolean
}

/**
 * The way of a page to a screen: asks for a ticket, opens the WebSocket, has noVNC draw, and begins again with back-off when it was
 * lost. noVNC is loaded with the first.
 */
export class ScreenLink {
  readonly #options: ScreenLinkOptions
  #look: ScreenLook = { isViewOnly: false, isScaled: true }
  #rfb: RFB | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  /** What was begun before the newest beginning says nothing any more. */
  #turn = 0

  constructor(options: ScreenLinkOptions) {
    this.#options = options
  }

  /** Also after it has ended. */
  start(): void {
    this.#attempt = 0
    this.#options.onState({ name: 'connecting' })
    this.#begin()
  }

  stop(): void {
    this.#turn++
    clearTimeout(this.#timer)
    this.#rfb?.disconnect()
    this.#rfb = undefined
  }

  show(look: ScreenLook): void {
    this.#look = look
    const rfb = this.#rfb
    if (!rfb) return
    rfb.viewOnly = look.isViewOnly
    rfb.scaleViewport = look.isScaled
    rfb.clipViewport = !look.isScaled
    rfb.dragViewport = !look.isScaled && look.isViewOnly
  }

  pressOne([symbol, code]: Key, isDown: boolean): void {
    this.#rfb?.sendKey(symbol, code, isDown)
  }

  /** All of them down, and up again from the last to the first. */
  press(keys: readonly Key[]): void {
    for (const key of keys) this.pressOne(key, true)
    for (const key of keys.toReversed()) this.pressOne(key, false)
    this.focus()
  }

  sendPassword(password: string): void {
    this.#options.onState({ name: 'connecting' })
    this.#rfb?.sendCredentials({ password })
  }

  /** Into the clipboard of the machine. */
  paste(text: string): void {
    this.#rfb?.clipboardPasteFrom(text)
  }

  focus(): void {
    this.#rfb?.focus()
  }

  #begin(): void {
    this.stop()
    const turn = this.#turn
    this.#connect(turn).catch((error: unknown) => {
      if (turn !== this.#turn) return
      const { status, detail, recovery } = problemOf(error)
      // What was refused for a reason is refused again; a web process that does not answer may soon.
      const isForGood = status >= 400 && status < 500 && status !== 429
      this.#over(
        isForGood ? { name: 'refused', words: `${detail} ${recovery}` } : { name: 'reconnecting', words: detail },
      )
    })
  }

  async #connect(turn: number): Promise<void> {
    const { element, hostId, machine, onState, onCopied } = this.#options
    const [{ default: Rfb }, ticket] = await Promise.all([
      import('@novnc/novnc'),
      requestOne<ConsoleTicketView>('/api/v1/consoles', { method: 'POST', body: { host_id: hostId, machine } }),
    ])
    if (turn !== this.#turn) return
    const url = new URL(ticket.path, window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url, ticket.protocols)
    const rfb = new Rfb(element, socket, { shared: true })
    this.#rfb = rfb
    rfb.background = 'transparent'
    this.show(this.#look)
    const whenCurrent = (then: () => void) => () => {
      if (turn === this.#turn) then()
    }
    rfb.addEventListener(
      'connect',
      whenCurrent(() => {
        this.#attempt = 0
        onState({ name: 'open' })
        rfb.focus()
      }),
    )
    rfb.addEventListener(
      'credentialsrequired',
      whenCurrent(() => onState({ name: 'password' })),
    )
    rfb.addEventListener('clipboard', ({ detail }) => {
      if (turn === this.#turn) onCopied(detail.text)
    })
    let refused: ScreenState | null = null
    rfb.addEventListener('securityfailure', ({ detail }) => {
      refused = { name: 'refused', words: detail.reason ?? 'The VNC server of the machine did not let this page in.' }
    })
    socket.addEventListener('close', ({ code, reason }) => {
      if (turn === this.#turn) this.#over(refused ?? stateAfter(code, reason))
    })
  }

  /** Either it is tried again soon, or it is over. */
  #over(state: ScreenState): void {
    this.stop()
    const pauseMs = state.name === 'reconnecting' ? pauseBefore(this.#attempt++) : null
    if (state.name === 'reconnecting' && pauseMs === null) this.#options.onState({ name: 'ended', words: state.words })
    else this.#options.onState(state)
    if (pauseMs !== null) this.#timer = setTimeout(() => this.#begin(), pauseMs)
  }
}
