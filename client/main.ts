import { realpathSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { openDoorway } from '@/client/doorway'
import { readLink, registerLinks } from '@/client/links'
import { isOwnProgram } from '@/client/peer'
import { type Machine, Product } from '@/client/product'
import { forgetProfile, keepProfile, originOf, readProfile } from '@/client/profile'
import { Said } from '@/client/said'
import { connectionFile, startViewer } from '@/client/viewer'

const USAGE = `Usage: holdfast <verb>          the screens of virtual machines in a viewer of your own

  sign-in URL                  use this Holdfast; reads an API token from standard input
  sign-out                     forget it
  console MACHINE [--host H]   open its screen, by name or UUID, in remote-viewer or vncviewer
      --view-only              nothing that is typed or clicked reaches the machine
      --viewer PROGRAM         this viewer, which gets 127.0.0.1::PORT
      --vv FILE                write a file for remote-viewer, and start nothing
      --print                  print vnc://127.0.0.1:PORT, start nothing, and stay until Ctrl-C
  register                     links of the console open here (Linux)
  open LINK                    what such a link does

HOLDFAST_URL and HOLDFAST_TOKEN come before what sign-in has kept.
`

const OPTIONS = {
  host: { type: 'string' },
  'view-only': { type: 'boolean' },
  viewer: { type: 'string' },
  vv: { type: 'string' },
  print: { type: 'boolean' },
} as const
type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

/** For a person; what programs read goes to stdout. */
function tell(words: string): void {
  process.stderr.write(`${words}\n`)
}

function wordsOf(error: unknown): string {
  const isPlain = error instanceof Said || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  return `holdfast: ${isPlain ? (error as Error).message : String(error)}`
}

async function signIn(address: string): Promise<void> {
  const url = originOf(address)
  const token = (await readToken()).trim()
  if (!/^hf_\S+$/.test(token))
    throw new Said('That is no API token; it begins with hf_. Make one under Settings, API tokens.')
  const name = await new Product({ url, token }).whoAmI()
  const file = keepProfile({ url, token }, process.env)
  tell(`Signed in at ${url} as ${name}; the token is kept in ${file}.`)
}

/** From a pipe as it is; from a person without showing it. */
async function readToken(): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin)
  process.stderr.write('API token: ')
  const asked = createInterface({ input: process.stdin, terminal: true })
  try {
    return await asked.question('')
  } finally {
    asked.close()
    process.stderr.write('\n')
  }
}

async function show(product: Product, machine: Machine, options: Options): Promise<void> {
  const stays = options.print === true || options.vv !== undefined
  const open = () => product.openScreen(machine, options['view-only'] === true)
  const staysAndTells = stays ? (error: unknown) => tell(wordsOf(error)) : undefined
  const doorway = await openDoorway({ open, isOwn: isOwnProgram, staysAndTells })
  const { port } = doorway
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, doorway.close)
  const screen = { port, title: machine.name }
  const where = `vnc://127.0.0.1:${port}`
  if (options.vv !== undefined) writeFileSync(options.vv, connectionFile(screen), { mode: 0o600 })
  if (options.print) process.stdout.write(`${where}\n`)
  if (stays) tell(`The screen of ${machine.name} is at ${where} until Ctrl-C.`)
  else if (await startViewer(screen, options.viewer)) tell(`The screen of ${machine.name} opens in a viewer.`)
  else {
    doorway.close()
    const cure =
      'Install virt-viewer or a VNC viewer, name one with --viewer, or use --print and open the address yourself.'
    throw new Said(
      options.viewer ? `${options.viewer} could not be started. ${cure}` : `There is no viewer here. ${cure}`,
    )
  }
  await doorway.over
}

async function openLink(link: string): Promise<void> {
  const { workloadId, at } = readLink(link)
  const profile = readProfile(process.env)
  if (at !== profile.url)
    throw new Said(`This link is of ${at}, and you are signed in at ${profile.url}; nothing was opened.`)
  const product = new Product(profile)
  await show(product, await product.machineOf(workloadId), {})
}

async function run([verb, ...rest]: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: rest, options: OPTIONS, allowPositionals: true })
  const [what] = positionals
  if (verb === 'sign-in' && what) await signIn(what)
  else if (verb === 'sign-out') forgetProfile(process.env)
  else if (verb === 'console' && what) {
    const product = new Product(readProfile(process.env))
    await show(product, await product.findMachine(what, values.host), values)
  } else if (verb === 'open' && what) await openLink(what)
  else if (verb === 'register') {
    const file = await registerLinks(process.execPath, realpathSync(process.argv[1] ?? ''), process.env)
    tell(`Links of the console open here (${file}).`)
  } else {
    tell(USAGE)
    return verb === undefined || verb === '--help' ? 0 : 2
  }
  return 0
}

/** A terminal that was opened for one link closes with it; what went wrong is to be read first. */
async function waitForReader(): Promise<void> {
  if (process.argv[2] !== 'open' || !process.stdin.isTTY) return
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  await reader.question('Press Enter to close. ')
  reader.close()
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  tell(wordsOf(error))
  process.exitCode = 1
  await waitForReader()
}
