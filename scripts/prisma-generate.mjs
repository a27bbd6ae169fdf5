// Generates both Prisma clients. The native schema engine is not needed for that, and its download is not possible everywhere;
// a path that cannot run keeps the CLI from trying.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const provider of ['sqlite', 'postgresql']) {
  if (process.argv.includes('--if-missing') && existsSync(`${root}lib/db/generated/${provider}/client.ts`)) continue
  execFileSync(
    process.execPath,
    [`${root}node_modules/prisma/build/index.js`, 'generate', '--schema', `prisma/${provider}`],
    {
      cwd: root,
      env: { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false', ...process.env },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
}
