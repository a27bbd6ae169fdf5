import { defineConfig } from 'prisma/config'

// For the Prisma CLI only; Holdfast itself applies the migrations when it starts. The provider follows the URL.
const url = process.env.HOLDFAST_DATABASE_URL ?? 'file:./holdfast.db'
const provider = url.startsWith('file:') ? 'sqlite' : 'postgresql'

export default defineConfig({
  schema: `prisma/${provider}`,
  migrations: { path: `prisma/migrations/${provider}` },
  datasource: { url },
})
