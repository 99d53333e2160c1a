import type { z } from "zod";

/** Checks what lies between the keys of `backup`: one from this machine, whole, or schedules, or both. */
export function checkBackupKind(backup: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  if (typeof backup !== "object" || backup === null) return;
  const fromHere = ["generation", "directory"] as const;
  const given = fromHere.filter((key) => backup[key] !== undefined);
  if (backup.schedules !== undefined && given.length === 0) return;
  for (const key of fromHere.filter((one) => !given.includes(one)))
    context.addIssue({ code: "custom", path: [key], message: "is required" });
}
