import type { z } from "zod";

/** Checks what lies between the keys of `backup`: one from this machine, whole, or schedules, or both. */
export function checkBackupKind(backup: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  if (typeof backup !== "object" || backup === null) return;
  const fromHere = ["generation", "directory"] as const;
  const given = fromHere.filter((key) => backup[key] !== undefined);
  if (backup.schedules !== undefined && given.length === 0) {
    if (backup.recipients === undefined) return;
    const message =
      "is of backups from this machine, and backup.generation is absent; those of schedules have recipients of their own";
    const remedy =
      "pulumi config rm --path backup.recipients   (and: pulumi config set --path 'backup.schedules.recipients[0]' age1...)";
    context.addIssue({ code: "custom", path: ["recipients"], message, params: { remedy } });
    return;
  }
  for (const key of fromHere.filter((one) => !given.includes(one)))
    context.addIssue({ code: "custom", path: [key], message: "is required" });
}
