import { enterLane } from '@/e2e/support/lab-lanes'

// Runs in each worker before its test file; vitest numbers the workers that run at once.
enterLane(Number(process.env.VITEST_POOL_ID ?? 1))
