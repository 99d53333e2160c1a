import type { DamageOptions, Lab } from "./lab";

export async function damageMembers(_lab: Lab, _options: DamageOptions): Promise<void> {
  throw new Error("not written yet");
}
