// What is used here of noVNC 1.7, which has no types of its own: docs/API.md of its sources.
declare module '@novnc/novnc' {
  interface RfbEvents {
    connect: CustomEvent<Record<string, never>>
    disconnect: CustomEvent<{ clean: boolean }>
    credentialsrequired: CustomEvent<{ types: string[] }>
    securityfailure: CustomEvent<{ status: number; reason?: string }>
    /** What is in the clipboard of the server. */
    clipboard: CustomEvent<{ text: string }>
    desktopname: CustomEvent<{ name: string }>
  }

  export default class RFB extends EventTarget {
    /** Begins at once, on a WebSocket that is being opened. */
    constructor(target: HTMLElement, channel: WebSocket, options?: { shared?: boolean })
    viewOnly: boolean
    /** Makes the picture as large as its element. */
    scaleViewport: boolean
    /** A picture that is larger than its element is moved in it. */
    clipViewport: boolean
    dragViewport: boolean
    /** Any `background` of CSS. */
    background: string
    addEventListener<K extends keyof RfbEvents>(type: K, listener: (event: RfbEvents[K]) => void): void
    disconnect(): void
    focus(): void
    /** `code` as in `KeyboardEvent`: a server that knows such takes that, others the symbol. */
    sendKey(keysym: number, code: string | null, down: boolean): void
    /** A server that knows only the old way is sent Latin-1, and sees other characters as question marks. */
    clipboardPasteFrom(text: string): void
    sendCredentials(credentials: { username?: string; password?: string }): void
  }
}
