/**
 * How Node is started for the processes of the control plane. A small young generation: 150 MB less for a controller with a thousand
 * hosts, at the same CPU. WebAssembly, which is Prisma's query compiler, is compiled once only and not again for speed: 10 to 20 MB
 * less, and the first queries are faster. The controller mostly waits, so it also collects garbage when its heap has grown by 40 %:
 * 40 MB less for a seventh more CPU in sweeps.
 */
export const NODE_FLAGS = {
  web: ['--max-semi-space-size=4', '--liftoff-only'],
  controller: ['--max-semi-space-size=4', '--heap-growing-percent=40', '--liftoff-only'],
}
