// `npm run check`: the fast tiers. Types, lint, agent bundle, unit tests; a tenth of the hostile inputs that `npm test` tries.
import { runTiers } from './test.mjs'

process.env.HOLDFAST_PROPERTY_RUNS ??= '2000'
await runTiers(['types', 'lint', 'unit'])
