/** Why a file cannot be read or written, in words: what the operating system says with a code. */

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "its folder is a file",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "its name is too long",
  EFBIG: "it grows too large",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EPIPE: "nobody reads it any more",
};

/** The reason of an error that node:fs has thrown. */
export function fileReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return REASONS[code] ?? code;
}
