/**
 * How Node is started for the processes of the control plane. A small young generation: 150 MB less for a controller with a thousand
 * hosts, at the same CPU. The controller mostly waits, so it also collects garbage when its heap has grown by 40 %, and compiles
 * WebAssembly (the query compiler of Prisma) once only and not again for speed: another 40 MB, for a seventh more CPU in sweeps.
 */
export const NODE_FLAGS = {
  web: ['--max-semi-space-size=4'],
  controller: ['--max-semi-space-size=4', '--heap-growing-percent=40', '--liftoff-only'],
}
