// `npm run check`: the fast tiers. Types, lint, agent bundle, unit tests.
import { runTiers } from './test.mjs'

await runTiers(['types', 'lint', 'unit'])
