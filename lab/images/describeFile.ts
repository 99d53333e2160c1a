import { realpath, stat } from "node:fs/promises";

/** The cache names built tools by their content, so the path with size and time stands for the bytes. */
export async function describeFile(path: string): Promise<string> {
  const real = await realpath(path);
  const { size, mtimeMs } = await stat(real);
  return `${real} ${size} ${mtimeMs}`;
}
