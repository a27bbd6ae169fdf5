import { z } from 'zod'

/**
 * The agent idles nearly all of its life: memory matters more than speed. zod would otherwise compile code for each schema at its
 * first use. Loaded before any schema is made.
 */
z.config({ jitless: true })
