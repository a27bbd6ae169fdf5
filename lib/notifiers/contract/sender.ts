import type { Notice } from '@/lib/notifiers/contract/notice'
import type { PinnedAnswer } from '@/lib/pinned-request'
import type { Secret } from '@/lib/secret'

/** The way out of the controller. Every address is checked before it is used: see `lib/controller/notifiers/outside.ts`. */
export interface Outside {
  /** An address of a name, allowed; whoever connects uses it and not the name. Throws `SendError`. */
  resolve(host: string): Promise<string>
  /** One request; a redirect is an answer and is not followed. Throws `SendError` when there is no answer. */
  request(asked: {
    url: string
    method: 'POST' | 'GET'
    headers: Record<string, string>
    body?: string
    ca?: string | undefined
  }): Promise<PinnedAnswer>
}

export interface SendContext {
  outside: Outside
  /** Ends the attempt; what is under way then is abandoned. */
  signal: AbortSignal
  now: Date
  /** Tells several Holdfasts apart. */
  installation: string
}

export interface SendTo<Config, Key extends string> {
  config: Config
  secrets: Partial<Record<Key, Secret>>
}

/** The half of a type that runs in the controller. */
export interface Sender<Config, Key extends string = never> {
  /** Returns what the receiver answered, in one line without secrets. Throws `SendError` when it did not take the message. */
  send(notice: Notice, to: SendTo<Config, Key>, context: SendContext): Promise<string>
}

/** It was not taken. `message` is for people and must never carry a secret. */
export class SendError extends Error {
  override readonly name = 'SendError'
  /** How long the receiver wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined
  constructor(message: string, options: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.retryAfterMs = options.retryAfterMs
  }
}

const CONNECTION_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut off',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ENOTFOUND: 'no such name',
  EAI_AGAIN: 'the name server does not answer',
}

/** What the system says of a connection, in words with its code; what is not known here stays as it is. */
export function connectionWords(text: string): string {
  const code = Object.keys(CONNECTION_WORDS).find((one) => text.includes(one))
  return code === undefined ? text : `${CONNECTION_WORDS[code]} (${code})`
}

/** A line of what a receiver said: printable, and not longer than people read. */
export function said(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
