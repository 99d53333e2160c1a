/** An absolute path as it is compared: without slashes that mean nothing. */
export const plainPath = (path: string): string => path.replace(/\/+/g, "/").replace(/\/$/, "");
