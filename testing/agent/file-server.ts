import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { programText } from '@/lib/program-text'

interface Asked {
  how: string
  method: string | undefined
  headers: IncomingMessage['headers']
  /** How often the same was asked, with this time. */
  count: number
}

/** One file, as that part of the path says. */
function deliver(content: Buffer, { how, method, headers: asked, count }: Asked, response: ServerResponse): void {
  const CUT = 300_000
  const isTurned = how === 'turns' && method === 'GET' && count > 1
  if (isTurned) content.reverse()
  const tag = isTurned ? '"two"' : '"one"'
  const knowsParts = how !== 'whole'
  const isPart = knowsParts && asked.range !== undefined && asked['if-range'] === tag
  const from = isPart ? Number(/\d+/.exec(asked.range ?? '')?.[0]) : 0
  const part = content.subarray(from)
  response.writeHead(isPart ? 206 : 200, {
    'content-length': String(part.length),
    ...(knowsParts ? { etag: tag, 'accept-ranges': 'bytes' } : {}),
    ...(isPart ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  })
  const isCut = how === 'cut' || ((how === 'whole' || how === 'turns') && count === 1)
  if (method === 'HEAD') response.end()
  else if (how === 'stuck') response.write('', () => response.destroy())
  else if (how === 'slow') response.write(part.subarray(0, 65_536))
  else if (isCut) response.write(part.subarray(0, CUT), () => response.destroy())
  else response.end(part)
}

/**
 * A web server of files, on loopback, in a process of its own, so that a test may wait without an event loop. The first part of a path
 * says how it serves: `plain`; `cut`: each answer ends after 300,000 bytes; `whole`: it knows no parts and cuts the first answer to a file;
 * `stuck`: it cuts before anything comes; `slow`: 64 KiB and nothing more; `turns`: every answer but the first is another version;
 * `private`: with a sign-in; `loop` and `away`: it sends elsewhere.
 */
function serveFiles(root: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const http = process.getBuiltinModule('node:http')
  const answered = new Map<string, number>()
  const answer = ({ url = '', method, headers }: IncomingMessage, response: ServerResponse): void => {
    const [, how = '', name = ''] = url.split('/')
    const count = (answered.get(`${method} ${url}`) ?? 0) + 1
    answered.set(`${method} ${url}`, count)
    process.stdout.write(`${JSON.stringify({ method, url, range: headers.range ?? null })}\n`)
    const path = `${root}/${decodeURIComponent(name)}`
    const to = { loop: `/loop/${name}`, away: 'http://169.254.169.254/latest' }[how]
    const isLetIn = how !== 'private' || headers.authorization === `Basic ${btoa('reader:obviously-fake')}`
    if (to !== undefined) response.writeHead(302, { location: to }).end()
    else if (!isLetIn) response.writeHead(401).end()
    else if (!fs.existsSync(path)) response.writeHead(404).end()
    else deliver(fs.readFileSync(path), { how, method, headers, count }, response)
  }
  const server = http.createServer(answer)
  server.listen(0, '127.0.0.1', () => void process.stdout.write(`${JSON.stringify(server.address())}\n`))
}

export interface FileServer {
  url: string
  /** What it was asked, in order. */
  asked: { method: string; url: string; range: string | null }[]
  close(): Promise<void>
}

export async function startFileServer(root: string): Promise<FileServer> {
  const child: ChildProcess = spawn(process.execPath, ['-e', programText(serveFiles, [root], [deliver])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const asked: FileServer['asked'] = []
  const port = Promise.withResolvers<number>()
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const told = JSON.parse(line)
      if (told.port === undefined) asked.push(told)
      else port.resolve(told.port)
    }
  })
  return {
    url: `http://127.0.0.1:${await port.promise}`,
    asked,
    async close() {
      const gone = once(child, 'close')
      child.kill('SIGKILL')
      await gone
    },
  }
}
