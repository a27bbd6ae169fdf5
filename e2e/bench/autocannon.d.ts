declare module 'autocannon' {
  interface Options {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    method: string
    headers: Record<string, string>
    body?: string
    /** Replaces `[<id>]` in the body by a value that is unique to the request. */
    idReplacement?: boolean
  }
  interface Result {
    '2xx': number
    non2xx: number
    /** Seconds. */
    duration: number
    latency: { p50: number; p99: number }
  }
  export default function autocannon(options: Options): Promise<Result>
}
