// @ts-check
// Plain JavaScript: for a configuration in TypeScript, Next would load its compiler into every web process (25 MB).

/** Routes named `route.bench.ts` exist only in a build made for the benchmark. */
const benchExtensions = process.env.HOLDFAST_BENCH === '1' ? ['bench.ts'] : []

/** @type {import('next').NextConfig} */
const config = {
  reactStrictMode: true,
  poweredByHeader: false,
  // No page shows pictures that are to be scaled; without this anybody may have the server read and scale them, and keep them on disk.
  images: { unoptimized: true },
  // `npm run check` checks types; a start should not wait for it again.
  typescript: { ignoreBuildErrors: true },
  pageExtensions: ['tsx', 'ts', ...benchExtensions],
  serverExternalPackages: ['better-sqlite3', 'pg', '@prisma/adapter-pg', '@prisma/client'],
  // The words of problems are for the API to say: some 7 KB that no page needs.
  turbopack: {
    // Documents are taken in as they are; the pages under /help make pages of them.
    rules: { '*.md': { type: 'text' } },
    resolveAlias: { '@/lib/drivers/*/problems': { browser: './lib/drivers/contract/no-problems.ts' } },
  },
  // A request is worth more than a few KB that two pages load both: the first load takes 23 requests instead of 29.
  // With `authInterrupts` a page may say that it is not for this person (`forbidden.tsx`), with the status 403.
  experimental: { turbopackChunking: { requestCost: 1_000_000 }, authInterrupts: true },
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'X-Content-Type-Options', value: 'nosniff' },
        { key: 'Referrer-Policy', value: 'no-referrer' },
        { key: 'X-Frame-Options', value: 'DENY' },
        { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
        { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=()' },
      ],
    },
    // What a client of tus asks before it sends (OPTIONS), and sees with each answer.
    ...['/api/v1/storage', '/api/storage'].map((start) => ({
      source: `${start}/pools/:pool/uploads/:path*`,
      headers: [
        { key: 'Tus-Resumable', value: '1.0.0' },
        { key: 'Tus-Version', value: '1.0.0' },
        { key: 'Tus-Extension', value: 'creation,expiration,checksum,termination' },
        { key: 'Tus-Checksum-Algorithm', value: 'sha1,sha256,md5' },
      ],
    })),
  ],
  // Bookmarks of the older name.
  redirects: async () => [{ source: '/mounts/matrix', destination: '/mounts/placement', permanent: true }],
  // Paths of the products that this one replaces for some of its users. WolfStack's mounts have records of their own shape, so
  // they have routes of their own (app/api/storage/mounts).
  rewrites: async () => [
    // Where Prometheus looks unless it is told otherwise.
    { source: '/metrics', destination: '/api/v1/metrics' },
    // One volume is the same one below its pool.
    ...['/api/v1/storage', '/api/storage'].map((start) => ({
      source: `${start}/pools/:pool/volumes/:path+`,
      destination: '/api/v1/volumes/:path+',
    })),
    ...['backends', 'import', 'import-rclone', 'pools'].map((noun) => ({
      source: `/api/storage/${noun}/:path*`,
      destination: `/api/v1/storage/${noun}/:path*`,
    })),
  ],
}

export default config
