declare module 'autocannon' {
  interface Request {
    method: string
    headers: Record<string, string>
    path?: string
    body?: string
    /** Called before each request. */
    setupRequest?(request: Request): Request
  }
  interface Options {
    /** Origin; paths are in the requests. */
    url: string
    connections: number
    /** Seconds. */
    duration: number
    requests: Request[]
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
