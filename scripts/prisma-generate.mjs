// Generates both Prisma clients; with --if-stale only those whose models are others than the ones they were made from. The native schema
// engine is not needed for that, and its download is not possible everywhere; a path that cannot run keeps the CLI from trying.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Of what a client is made from. */
function hashOf(provider) {
  const models = path.join(root, 'prisma/models')
  const files = [
    path.join(root, 'prisma', provider, 'schema.prisma'),
    ...readdirSync(models)
      .sort()
      .map((name) => path.join(models, name)),
  ]
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${path.basename(file)}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

for (const provider of ['sqlite', 'postgresql']) {
  const client = path.join(root, 'lib/db/generated', provider)
  const stamp = path.join(client, 'models-stamp')
  const wanted = hashOf(provider)
  const isMade = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isMade && process.argv.includes('--if-stale')) continue
  execFileSync(
    process.execPath,
    [path.join(root, 'node_modules/prisma/build/index.js'), 'generate', '--schema', `prisma/${provider}`],
    {
      cwd: root,
      env: { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', ...process.env },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  writeFileSync(stamp, wanted)
}
