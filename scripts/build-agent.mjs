// Bundles the agent into one file: dist/agent/holdfast-agent.mjs, with what `holdfast-agent install` copies beside it.
// `--package` adds the plain Node binary and makes dist/agent/holdfast-agent-linux-x64.tar.gz and its .sha256. `--out DIR`: elsewhere.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const BUNDLE = 'holdfast-agent.mjs'

/** zod brings its messages in fifty languages; the agent speaks one. */
const oneLanguage = {
  name: 'one-language',
  setup(build) {
    build.onResolve({ filter: /locales\/index\.js$/ }, ({ resolveDir }) =>
      /[\\/]zod[\\/]v4[\\/]/.test(resolveDir) ? { path: 'zod-locales', namespace: 'one-language' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'one-language' }, () => ({
      contents: "export { default as en } from 'zod/v4/locales/en.js'",
      resolveDir: root,
    }))
  },
}

/**
 * Node's own modules by `require`: an import makes Node read every export at once, and a getter of `node:http` then loads the
 * whole of fetch, which the agent never needs at rest. And each export by itself, so that those that nobody uses are left out: of a
 * module that is required whole, esbuild makes a copy with a getter per export for every file that imports it (2.5 MB of heap).
 */
const builtinsByRequire = {
  name: 'builtins-by-require',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : { path, external: true },
    )
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.getOwnPropertyNames(require(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name))
      const lines = names
        .filter((name) => name !== 'default')
        .map((name) => `const _${name} = /* @__PURE__ */ read('${name}'); export { _${name} as ${name} }`)
      const head = `const whole = require('${path}'); const read = (name) => whole[name]; export default whole`
      return { contents: [head, ...lines].join('\n') }
    })
  },
}

function productVersion() {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version
}

/** Bundles into `outDir` (default dist/agent); returns esbuild's metafile, which names every input. */
export async function bundleAgent(outDir = path.join(root, 'dist/agent')) {
  const version = productVersion()
  const result = await build({
    absWorkingDir: root,
    entryPoints: { 'holdfast-agent': 'agent/main.ts' },
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay, so that a stack trace from a host can be read.
    minifyIdentifiers: false,
    legalComments: 'none',
    metafile: true,
    plugins: [oneLanguage, builtinsByRequire],
    logLevel: 'warning',
    define: { HOLDFAST_AGENT_VERSION: JSON.stringify(version) },
    // execa brings CommonJS modules, which want `require`.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  })
  // One character beyond Latin-1 (esbuild leaves them in regular expressions) makes V8 keep the whole source in two bytes a
  // character, for as long as the agent runs.
  const bundle = path.join(outDir, BUNDLE)
  const spell = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(bundle, readFileSync(bundle, 'utf8').replace(/[\u0080-\uffff]/g, spell))
  writeFileSync(path.join(outDir, 'metafile.json'), JSON.stringify(result.metafile))
  for (const [name, mode] of [
    ['holdfast-agent.service', 0o644],
    ['holdfast-mounts.service', 0o644],
    ['agent.example.json', 0o644],
    ['holdfast-agent.sh', 0o755],
  ]) {
    const target = path.join(outDir, name === 'holdfast-agent.sh' ? 'holdfast-agent' : name)
    copyFileSync(path.join(root, 'agent/packaging', name), target)
    chmodSync(target, mode)
  }
  return result.metafile
}

/** Of the Node binary that goes along; the package `node` fetches it together with the binary. */
function nodeLicence() {
  const name = `node-linux-${process.arch}/LICENSE`
  const nested = path.join(root, 'node_modules/node/node_modules', name)
  return existsSync(nested) ? nested : path.join(root, 'node_modules', name)
}

/** One archive that a host needs nothing else for. The same sources give the same bytes. */
export function packageAgent(outDir = path.join(root, 'dist/agent')) {
  const name = `holdfast-agent-linux-${process.arch}.tar.gz`
  const stage = mkdtempSync(path.join(tmpdir(), 'holdfast-agent-'))
  try {
    const files = ['holdfast-agent', BUNDLE, 'holdfast-agent.service', 'holdfast-mounts.service', 'agent.example.json']
    const inner = path.join(stage, 'holdfast-agent')
    mkdirSync(inner)
    for (const file of files) copyFileSync(path.join(outDir, file), path.join(inner, file))
    copyFileSync(path.join(root, 'node_modules/node/bin/node'), path.join(inner, 'node'))
    for (const file of ['LICENSE', 'THIRD-PARTY-NOTICES']) copyFileSync(path.join(root, file), path.join(inner, file))
    copyFileSync(nodeLicence(), path.join(inner, 'LICENSE-node'))
    for (const file of ['node', 'holdfast-agent']) chmodSync(path.join(inner, file), 0o755)
    const archive = path.join(stage, name)
    const sorted = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
    execFileSync('tar', [...sorted, '--use-compress-program=gzip -n -3', '-cf', archive, '-C', stage, 'holdfast-agent'])
    const digest = createHash('sha256').update(readFileSync(archive)).digest('hex')
    const target = path.join(outDir, name)
    copyFileSync(archive, `${target}.new`)
    renameSync(`${target}.new`, target)
    writeFileSync(`${target}.sha256`, `${digest}  ${name}\n`)
    writeFileSync(`${target}.version`, `${productVersion()}\n`)
    return target
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { package: { type: 'boolean' }, out: { type: 'string' } } })
  await bundleAgent(values.out)
  if (values.package) console.log(packageAgent(values.out))
}
