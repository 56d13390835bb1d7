import { crashScene } from './scenes/crash.scene.js';
import { degradedScene } from './scenes/degraded.scene.js';
import { idempotencyScene } from './scenes/idempotency.scene.js';
import { isolationScene } from './scenes/isolation.scene.js';
import { refusalScene } from './scenes/refusal.scene.js';
import { mailScene, registrationScene } from './scenes/registration.scene.js';
import { secrecyScene } from './scenes/secrecy.scene.js';
import { tenantLimitScene } from './scenes/tenant-limit.scene.js';
import type { Scene, Stage } from './stage.js';

const SCENES: readonly Scene[] = [
  registrationScene,
  mailScene,
  refusalScene,
  degradedScene,
  tenantLimitScene,
  isolationScene,
  idempotencyScene,
  crashScene,
  secrecyScene,
];

/** Plays all scenes in their order; each builds on what the ones before it left. */
export async function play(stage: Stage): Promise<void> {
  const { pid } = await stage.server.start();
  stage.narrator.say(`The server runs as process ${pid}; its database is new.`);
  for (const scene of SCENES) await scene(stage);
  stage.narrator.conclusion();
}
