import type RFB from '@novnc/novnc'
import { ConsoleLink, type ConsoleLinkOptions } from '@/components/consoles/console-link'
import type { Key } from '@/components/consoles/screen-keys'
import type { ScreenState } from '@/components/consoles/screen-state'

export interface ScreenLinkOptions extends ConsoleLinkOptions {
  /** The machine has told what is in its clipboard. */
  onCopied?(text: string): void
  /** Only to look: nothing that is typed or clicked leaves the page, and the relay would hand nothing on. */
  isOnlyLooking?: boolean
}

/** How the picture is shown; kept over a lost connection. */
export interface ScreenLook {
  isViewOnly: boolean
  isScaled: boolean
}

/** The way of a page to a screen, which noVNC draws. */
export class ScreenLink extends ConsoleLink {
  protected readonly kind = 'screen'
  readonly #onCopied: (text: string) => void
  readonly #isOnlyLooking: boolean
  #look: ScreenLook = { isViewOnly: false, isScaled: true }
  #rfb: RFB | undefined
  #refused: ScreenState | null = null

  constructor(options: ScreenLinkOptions) {
    super(options)
    this.#onCopied = options.onCopied ?? (() => undefined)
    this.#isOnlyLooking = options.isOnlyLooking ?? false
    if (this.#isOnlyLooking) this.#look = { isViewOnly: true, isScaled: true }
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
    this.say({ name: 'connecting' })
    this.#rfb?.sendCredentials({ password })
  }

  /** Into the clipboard of the machine. */
  paste(text: string): void {
    this.#rfb?.clipboardPasteFrom(text)
  }

  focus(): void {
    this.#rfb?.focus()
  }

  protected override wishes() {
    return this.#isOnlyLooking ? { view_only: true } : {}
  }

  protected drop(): void {
    this.#rfb?.disconnect()
    this.#rfb = undefined
  }

  protected async prepare(): Promise<(socket: WebSocket) => void> {
    const { default: Rfb } = await import('@novnc/novnc')
    return (socket) => this.#draw(new Rfb(this.element, socket, { shared: true }))
  }

  protected override whyClosed(code: number, reason: string): ScreenState {
    return this.#refused ?? super.whyClosed(code, reason)
  }

  #draw(rfb: RFB): void {
    this.#rfb = rfb
    this.#refused = null
    rfb.background = 'transparent'
    this.show(this.#look)
    rfb.addEventListener(
      'connect',
      this.whileCurrent(() => {
        this.opened()
        // What only shows does not take the keys of the page.
        if (!this.#isOnlyLooking) rfb.focus()
      }),
    )
    rfb.addEventListener(
      'credentialsrequired',
      this.whileCurrent(() => this.say({ name: 'password' })),
    )
    const copied = this.whileCurrent(this.#onCopied)
    rfb.addEventListener('clipboard', ({ detail }) => copied(detail.text))
    rfb.addEventListener('securityfailure', ({ detail }) => {
      const words = detail.reason ?? 'The VNC server of the machine did not let this page in.'
      this.#refused = { name: 'refused', words }
    })
  }
}
